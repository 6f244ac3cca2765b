"""Tables of texts as Markdown, LaTeX and HTML: whatever is in a name, it is a name there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hiertools.errors import visible
from hiertools.reporting.html import notes_html, table_html
from hiertools.reporting.parts import looks_numeric

__all__ = ["Cell", "Grid", "html", "latex", "markdown"]

BEST, TIED, BEHIND = "best", "tied", "behind"


class Cell(NamedTuple):
    """A text, and whether it is "best", "tied" with the best, "behind", or nothing of these."""

    text: str
    mark: str = ""


@dataclass(frozen=True)
class Grid:
    """A table of texts with a title; number-like columns, beyond the first, stand to the right."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]] = field(default=())

    def right(self) -> list[bool]:
        """Tell of each column whether it stands to the right."""
        columns = zip(*self.rows) if self.rows else ([] for _ in self.headings)
        return [
            place > 0 and looks_numeric(cell.text for cell in column)
            for place, column in enumerate(columns)
        ]


def markdown(grids: Sequence[Grid], notes: Sequence[str]) -> str:
    r"""Return tables as Markdown, notes below them.

    Examples
    --------
    >>> grid = Grid("a|b", ["model", "x"], [[Cell("m_1"), Cell("0.5", "best")]])
    >>> print(markdown([grid], ["One seed."]))
    **a\|b**
    <BLANKLINE>
    | model | x |
    |---|--:|
    | m\_1 | **0.5** |
    <BLANKLINE>
    - One seed.
    <BLANKLINE>
    """
    dress = {BEST: "**{}**".format, TIED: "<u>{}</u>".format, BEHIND: "*{}*".format}
    blocks = []
    for grid in grids:
        rules = "|".join("--:" if right else "---" for right in grid.right())
        lines = [_line(_markdown_text(name) for name in grid.headings), f"|{rules}|"]
        lines += [_line(_dressed(cell, _markdown_text, dress) for cell in row) for row in grid.rows]
        blocks.append(f"**{_markdown_text(grid.title)}**\n\n" + "\n".join(lines))
    if notes:
        blocks.append("\n".join(f"- {_markdown_text(note)}" for note in notes))
    return "\n\n".join(blocks) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _dressed(
    cell: Cell, escaped: Callable[[str], str], dress: Mapping[str, Callable[[str], str]]
) -> str:
    text = escaped(cell.text)
    return dress[cell.mark](text) if cell.mark in dress and text else text


def _markdown_text(text: str) -> str:
    r"""Return a text as Markdown reads it back: nothing in it is an instruction.

    Examples
    --------
    >>> _markdown_text("a_b|<i>*[x](y)")
    'a\\_b\\|&lt;i&gt;\\*\\[x\\](y)'
    """
    text = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", visible(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def latex(grids: Sequence[Grid], notes: Sequence[str]) -> str:
    r"""Return tables as LaTeX for the package ``booktabs``; notes as comments.

    Examples
    --------
    >>> grid = Grid("R&D", ["model", "x ↑"], [[Cell("m_1"), Cell("0.5", "best")]])
    >>> print(latex([grid], ["One seed."]))
    % \usepackage{booktabs}
    % One seed.
    <BLANKLINE>
    \begin{table}
    \centering
    \caption{R\&D}
    \begin{tabular}{lr}
    \toprule
    model & x $\uparrow$ \\
    \midrule
    m\_1 & \textbf{0.5} \\
    \bottomrule
    \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    dress = {BEST: r"\textbf{{{}}}".format, TIED: r"\underline{{{}}}".format,
             BEHIND: r"\textit{{{}}}".format}  # fmt: skip
    blocks = ["\n".join(["% \\usepackage{booktabs}", *(f"% {visible(note)}" for note in notes)])]
    for grid in grids:
        columns = "".join("r" if right else "l" for right in grid.right())
        heads = " & ".join(map(_latex_text, grid.headings))
        rows = [
            " & ".join(_dressed(cell, _latex_text, dress) for cell in row) + r" \\"
            for row in grid.rows
        ]
        blocks.append(
            "\n".join(
                [
                    r"\begin{table}", r"\centering", rf"\caption{{{_latex_text(grid.title)}}}",
                    rf"\begin{{tabular}}{{{columns}}}", r"\toprule", rf"{heads} \\", r"\midrule",
                    *rows, r"\bottomrule", r"\end{tabular}", r"\end{table}",
                ]
            )
        )  # fmt: skip
    return "\n\n".join(blocks) + "\n"


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "±": r"$\pm$", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "≤": r"$\leq$", "…": r"\ldots{}",
    "[": "{[}", "]": "{]}", "*": "{*}",
}  # fmt: skip
"""Brackets and stars too: behind the end of a line, they would be taken for its arguments."""


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in visible(text))


def html(grids: Sequence[Grid], notes: Sequence[str]) -> str:
    """Return tables as an HTML fragment, which a page of the house's style shows.

    Examples
    --------
    >>> grid = Grid("a<b", ["model", "x"], [[Cell("m"), Cell("0.5", "best")]])
    >>> '<td class="n best">0.5</td>' in html([grid], ["One seed."])
    True
    """
    return "".join(map(grid_html, grids)) + notes_html(notes)


def grid_html(grid: Grid) -> str:
    """Return one table as HTML."""
    places = [str(place) for place in range(len(grid.headings))]
    columns = list(zip(*grid.rows)) if grid.rows else []
    return table_html(
        {place: [cell.text for cell in column] for place, column in zip(places, columns)},
        dict(zip(places, grid.headings, strict=True)),
        caption=grid.title,
        marks={place: [cell.mark for cell in column] for place, column in zip(places, columns)},
    )
