"""Figures that write names of any script with a font that is there, and keep text in SVG as text.

Names are drawn when a figure is saved or shown, long after a plot was made: what belongs to that
moment belongs to the figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

from hiertools._core.alerts import warn
from hiertools._core.quiet import no_warnings
from hiertools.errors import visible
from hiertools.plots.turns import drawing

WIDE = (
    "CJK", "Source Han Sans", "WenQuanYi", "YaHei", "PingFang", "Hiragino", "Yu Gothic", "Meiryo",
    "Malgun", "SD Gothic", "IPAGothic", "SimHei", "SimSun", "Droid Sans Fallback", "Noto Sans",
    "Arial Unicode", "Unifont",
)  # fmt: skip
"""What fonts are called that hold the scripts of the world, the most fitting first."""


class DrawnFigure(Figure):
    """A figure of ours; it differs from any other in how it writes text."""

    _noted = False

    def draw(self, renderer: Any) -> None:
        """Draw with fonts that have the characters of all names, or note once that there is none.

        Matplotlib would warn of each character by itself, at each draw.
        """
        with text_as_text():
            missing = find_fonts(self.findobj(Text))
            super().draw(renderer)
        in_svg = isinstance(self.canvas, FigureCanvasSVG)  # whose reader has other fonts
        if missing and not in_svg and not self._noted:
            self._noted = True
            warn(_note(missing))


@contextmanager
def text_as_text() -> Iterator[None]:
    """Keep text in SVG as text, and be quiet about characters that no font here has or joins."""
    glyphs = no_warnings(r"Glyph \d+ .*missing from|Matplotlib currently does not support ")
    with drawing, glyphs, mpl.rc_context({"svg.fonttype": "none"}):
        yield


def _note(missing: str) -> str:
    many = len(missing)
    return (
        f"no font here has {many} character{'s' * (many != 1)} of the names drawn, such as "
        f"{visible(missing[0])!r}: boxes stand in {'their' if many != 1 else 'its'} place, but not "
        "in SVG, which keeps text. Install a font that has them, such as Noto Sans CJK."
    )


def find_fonts(texts: Iterable[Text]) -> str:
    """Give texts fonts that have their characters, where there are; return those that none has."""
    lacking: dict[tuple[str, ...], list[Text]] = {}
    for text in texts:
        if not text.get_text().isascii():
            families = tuple(text.get_fontfamily())
            if lacked(text.get_text(), families):
                lacking.setdefault(families, []).append(text)
    missing = ""
    for families, held in lacking.items():
        wanted = lacked("".join(text.get_text() for text in held), families)
        found: list[str] = []
        for family in wide_fonts():
            if wanted and len(left := lacked(wanted, [family])) < len(wanted):
                found.append(family)
                wanted = left
        for text in held:
            text.set_fontfamily([*families, *found])
        missing += wanted
    return missing


def wide_fonts() -> list[str]:
    """Return the fonts installed here that hold many scripts, the most fitting first."""
    names = sorted({font.name for font in fontManager.ttflist})
    return [name for word in WIDE for name in names if word in name]


def lacked(text: str, families: Sequence[str]) -> str:
    """Return the characters of a text, each once, that none of some fonts has.

    Examples
    --------
    >>> lacked("wolf Ωß", ["DejaVu Sans"])
    ''
    """
    wanted = {letter: None for letter in text if not letter.isspace() and letter.isprintable()}
    for family in families:
        if not wanted:
            break
        font = get_font(findfont(FontProperties(family=[family])))
        wanted = {letter: None for letter in wanted if not font.get_char_index(ord(letter))}
    return "".join(wanted)
