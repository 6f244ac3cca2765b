"""What notebooks show of data: a sentence, and the first rows of a small table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from hiertools.errors import visible

ROWS = 8
"""Rows of a summary; of more, the first are shown, and the others counted."""

LETTERS = 80
"""Longer texts are cut."""

CELL = "padding:0.15em 0.7em;text-align:"


def summary_html(
    title: str,
    columns: Mapping[str, Sequence[str]],
    *,
    beyond: str = "",
    shades: Sequence[Sequence[float]] | None = None,
) -> str:
    """Return a table as HTML that needs neither script nor style sheet; names are escaped.

    Parameters
    ----------
    title : str
    columns : mapping of str to sequence of str
        The first names the rows; the others are numbers, set to the right.
    beyond : str
        What is not shown.
    shades : sequence of sequence of float, optional
        For each row and further column how dark its cell is, 0 to 1; NaN is not shaded.

    Examples
    --------
    >>> print(summary_html("Two <classes>", {"class": ["a&b"], "x": ["1.0"]}))  # doctest: +ELLIPSIS
    <div><b>Two &lt;classes&gt;</b><div style="overflow-x:auto"><table>...a&amp;b...1.0...
    """
    head = "".join(
        f'<th scope="col" style="{CELL}{"right" if place else "left"}">{_told(name)}</th>'
        for place, name in enumerate(columns)
    )
    body = []
    for i, (name, *cells) in enumerate(zip(*columns.values(), strict=True)):
        row = f'<th scope="row" style="{CELL}left;font-weight:normal">{_told(name)}</th>'
        for j, cell in enumerate(cells):
            shade = np.nan if shades is None else shades[i][j]
            # Half of a middle blue at most: text stays readable on light and dark pages.
            ground = "" if np.isnan(shade) else f";background:rgba(43,123,186,{0.5 * shade:.2f})"
            row += f'<td style="{CELL}right{ground}">{_told(cell)}</td>'
        body.append(f"<tr>{row}</tr>")
    more = f"<div>{_told(beyond)}</div>" if beyond else ""
    return (
        f'<div><b>{_told(title)}</b><div style="overflow-x:auto"><table><thead><tr>{head}</tr>'
        f"</thead><tbody>{''.join(body)}</tbody></table></div>{more}</div>"
    )


def _told(text: str) -> str:
    text = visible(text)
    return escape(text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…")


def not_shown(n: int, what: str, shown: int = ROWS) -> str:
    """Say how many are left out.

    Examples
    --------
    >>> not_shown(10, "classes"), not_shown(8, "classes")
    ('… 2 more classes', '')
    """
    return f"… {n - shown:,} more {what}" if n > shown else ""
