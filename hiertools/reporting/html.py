"""Results as HTML fragments: no scripts, nothing fetched, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from hiertools.errors import visible
from hiertools.reporting.parts import Texts, looks_numeric
from hiertools.reporting.text import (
    has_chance,
    headings,
    level_legend,
    level_texts,
    notes_of,
    permutations_text,
    score_texts,
)
from hiertools.results.columns import Table, records

if TYPE_CHECKING:
    import pandas as pd

# Colours come from the page (currentColor), so that a notebook's dark theme needs no second sheet.
STYLE = """<style>
.hiertools { font-size: 0.95em; line-height: 1.4; }
.hiertools .scroll { overflow-x: auto; margin: 0.6em 0; }
.hiertools table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0; }
.hiertools th, .hiertools td {
  padding: 0.25em 0.8em; text-align: left; white-space: nowrap; background: none;
  border: 0; border-bottom: 1px solid rgba(128, 128, 128, 0.3); vertical-align: top;
}
.hiertools thead th { border-bottom: 2px solid rgba(128, 128, 128, 0.6); }
.hiertools tbody th { font-weight: normal; }
.hiertools .n { text-align: right; }
.hiertools .best { font-weight: 700; }
.hiertools .tied { text-decoration: underline; }
.hiertools .behind { font-style: italic; }
.hiertools .c { color: inherit; opacity: 0.65; }
.hiertools caption { text-align: left; padding: 0.3em 0; font-weight: 600; }
.hiertools ul { margin: 0.4em 0; padding-left: 1.2em; opacity: 0.85; }
.hiertools h4 { margin: 0.6em 0 0.2em; }
</style>"""


def escaped(text: str) -> str:
    r"""Return a text as it stands in HTML, on one line: names may hold anything.

    Examples
    --------
    >>> escaped("a<b"), escaped("two\nlines")
    ('a&lt;b', 'two\\nlines')
    """
    return escape(visible(text))


def table_html(
    table: Texts,
    headings: dict[str, str] | None = None,
    caption: str = "",
    marks: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a table of texts as HTML; columns of numbers are set to the right.

    `marks` tell of the cells of a column which are "best", "tied" with the best, or "behind".

    Examples
    --------
    >>> html = table_html({"class": ["a<b"], "x": ["1.0"]})
    >>> "a&lt;b" in html, '<td class="n">1.0</td>' in html
    (True, True)
    """
    columns = {str(name): [str(text) for text in texts] for name, texts in table.items()}
    if not all(columns.values()) or not columns:
        return ""
    right = [place > 0 and looks_numeric(cells) for place, cells in enumerate(columns.values())]
    names = [(headings or {}).get(name, name) for name in columns]
    head = "".join(
        f'<th scope="col"{_class(is_right)}>{escaped(name)}</th>'
        for name, is_right in zip(names, right, strict=True)
    )
    body = []
    marked = [(marks or {}).get(name, ()) for name in columns]
    for place, row in enumerate(zip(*columns.values(), strict=True)):
        cells = [f'<th scope="row">{escaped(row[0])}</th>']
        cells += [
            f"<td{_class(is_right, mark[place] if mark else '')}>{_quiet_chance(cell)}</td>"
            for cell, is_right, mark in zip(row[1:], right[1:], marked[1:], strict=True)
        ]
        body.append(f"<tr>{''.join(cells)}</tr>")
    title = f"<caption>{escaped(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table>{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


MARKS = ("best", "tied", "behind")
"""Of a cell: the best of its column, what is not told from it, what is worse than a reference."""


def _class(is_right: bool, mark: str = "") -> str:
    names = [*(["n"] if is_right else []), *([mark] if mark in MARKS else [])]
    return f' class="{" ".join(names)}"' if names else ""


def _quiet_chance(cell: str) -> str:
    """Set the chance level, in brackets behind a value, in a quieter shade."""
    value, bracket, chance = cell.partition(" (")
    if not bracket or not chance.endswith(")"):
        return escaped(cell)
    return f'{escaped(value)} <span class="c">({escaped(chance)}</span>'


def notes_html(notes: Iterable[str]) -> str:
    """Return notes as a list, nothing where there are none."""
    items = "".join(f"<li>{escaped(note)}</li>" for note in notes if note)
    return f"<ul>{items}</ul>" if items else ""


def scores_html(
    scores: pd.DataFrame | Table | list[dict[str, Any]],
    title: str = "",
    notes: Sequence[str] = (),
    style: bool = True,
    confidence_level: float = 0.95,
) -> str:
    """Return the scores as an HTML fragment, fit for a notebook cell or a report.

    Parameters
    ----------
    scores : DataFrame, Table or list of dict
        The score table of a result, or rows of it, as for `hiertools.reporting.text.scores_parts`.
    title : str
        Heading above the tables.
    notes : sequence of str
        Further notes, shown below those of the scores.
    style : bool
        Whether to put the style sheet in front; a page needs it once.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    str
        HTML; every text that came from data is escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"score": ["quartet"], "value": [0.25], "better": ["lower"]})
    >>> '<th scope="row">quartet</th>' in scores_html(frame, title="Demo")
    True
    """
    rows = records(scores)
    leveled = level_texts(rows)
    legend = level_legend(rows).replace("<=", "≤") if has_chance(leveled) else "By level"
    parts = [
        f"<h4>{escaped(title)}</h4>" if title else "",
        table_html(score_texts(rows), headings(confidence_level)),
        table_html(leveled, caption=legend),
        notes_html([permutations_text(rows), *notes_of(rows), *notes]),
    ]
    return f'{STYLE if style else ""}<div class="hiertools">{"".join(parts)}</div>'
