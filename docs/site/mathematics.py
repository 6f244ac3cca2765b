"""Formulas as MathML, which browsers draw themselves: no script, no font, no network."""

from __future__ import annotations

import re

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml


def add_renderer(app):
    """Make the renderer known to Sphinx as "mathml"."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))


def inline(self, node):
    """Write a formula in running text."""
    self.body.append(mathml(node.astext()))
    raise SkipNode


def block(self, node):
    """Write a formula on a line of its own."""
    self.body.append(f'<div class="formula">{mathml(node.astext(), as_block=True)}</div>')
    raise SkipNode


def mathml(tex, as_block=False):
    """Return a formula as MathML, whose brackets are as large as what they hold anyway."""
    return tex2mathml(re.sub(r"\\[bB]ig+[lr]?(?![a-z])", "", tex), as_block=as_block)
