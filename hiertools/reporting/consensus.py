"""A consensus of trees as text, as an HTML fragment, and as a page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hiertools._core.files import write_text
from hiertools.errors import visible
from hiertools.plots import style
from hiertools.reporting.explored import consensus_data
from hiertools.reporting.html import scores_html, table_html
from hiertools.reporting.page import EXPLORE, Section, facts_html, page
from hiertools.reporting.parts import Text, Texts, TextTable
from hiertools.reporting.protocols import ConsensusResult
from hiertools.reporting.text import scores_parts

if TYPE_CHECKING:
    import pandas as pd

MOST_CLADES, MOST_CLASSES = 20, 6


def clade_texts(per_clade: pd.DataFrame, most: int = MOST_CLADES) -> Texts:
    """Return the best supported clades as texts.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"n_classes": [2], "support": [0.75], "classes": [("a", "b")]})
    >>> clade_texts(table)
    {'support': ['75 %'], 'classes': ['2'], 'which': ['a, b']}
    """
    head = per_clade.head(most)
    return {
        "support": [f"{100 * share:.0f} %" for share in head["support"]],
        "classes": [f"{n:,}" for n in head["n_classes"]],
        "which": [
            ", ".join(names[:MOST_CLASSES]) + (", ..." if len(names) > MOST_CLASSES else "")
            for names in head["classes"]
        ],
    }


def _beyond(result: ConsensusResult) -> list[str]:
    more = len(result.per_clade) - MOST_CLADES
    return [f"{more:,} more clades, in .per_clade."] if more > 0 else []


def consensus_text(result: ConsensusResult) -> Text:
    """Return a consensus: clades, scores, notes."""
    notes = (*_beyond(result), *result.notes)
    return Text(
        visible(repr(result)),
        TextTable(clade_texts(result.per_clade)),
        *scores_parts(result.scores, notes),
    )


def consensus_html(result: ConsensusResult) -> str:
    """Return a consensus as an HTML fragment."""
    notes = (*_beyond(result), *result.notes)
    scores = scores_html(result.scores, title=repr(result), notes=notes)
    return f'{scores}<div class="hiertools">{table_html(clade_texts(result.per_clade))}</div>'


def write_consensus(result: ConsensusResult, path: str | os.PathLike[str]) -> None:
    """Write the report of a consensus: the tree with its support, clades, scores."""
    drawn = style.figure_of(result.plot.tree())
    caption = "Numbers are the shares of the trees, in percent, that hold each group."
    notes = (*_beyond(result), *result.notes)
    sections = [
        Section("The tree", figures=[(drawn, caption)]),
        EXPLORE,
        Section("Best supported groups", html=table_html(clade_texts(result.per_clade))),
        Section("Scores", html=scores_html(result.scores, notes=notes, style=False)),
        Section("Versions", html=facts_html(result.versions), folded=True),
    ]
    title = f"Consensus of {result.n_trees:,} trees"
    text = page(title, f"{result!r}.", sections, explored=consensus_data(result))
    write_text(path, text)
