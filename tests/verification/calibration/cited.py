"""Figures that pages of the docs cite, each between two comments that name it.

``<!-- measured NAME -->0.93 to 0.99<!-- end -->`` becomes the range of what the rows give today.
Where there are no rows yet the text stays, which should then say where its figures are from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from calibration.jobs import Part
from calibration.rows import FOLDER, Row, read
from calibration.trial import bare

DOCS = Path(__file__).parents[3] / "docs"
PAGES = (DOCS / "inference.md", DOCS / "evaluating-mistakes.md")
_MARKED = re.compile(r"<!-- measured ([^>]+) -->(.*?)<!-- end -->", re.DOTALL)


class Cited(NamedTuple):
    """Which rows a figure is of."""

    part: str
    what: str
    scores: tuple[str, ...] = ()
    """Bare names; all scores, where none is named."""
    setting: str = ""
    """What must stand in the setting, and in the shape."""
    shape: str = ""
    kind: str = "range"
    """Or "most", or "least"."""

    def is_of(self, row: Row) -> bool:
        """Tell whether a row counts."""
        named = not self.scores or bare(row.score) in self.scores or row.score in self.scores
        told = self.setting in row.setting and self.shape in row.shape
        return row.what == self.what and named and told and row.n >= ENOUGH


ENOUGH = 200
"""Shares of fewer replicates, where there seldom is a test or interval, are in the table alone."""

EMBEDDED = ("hierarchical_similarity_at_k", "average_hierarchical_similarity_at_k",
            "precision_at_1", "r_precision", "map_at_r")  # fmt: skip
MEANS = ("accuracy", "average_hierarchical_cost", "recall_macro", "precision_macro", "f1_macro")
CORRELATIONS = ("elementwise_correlation", "classwise_correlation")
CITED = {
    "random representatives": Cited("rejection", "rejected", kind="most"),
    "correlations": Cited("coverage", "covered", CORRELATIONS),
    "retrieval": Cited("coverage", "covered", ("precision_at_1", "r_precision", "map_at_r")),
    "triplets": Cited("coverage", "covered", ("triplet", "quartet")),
    "other groups": Cited("coverage", "held", CORRELATIONS, shape="even tree", kind="least"),
    "embeddings": Cited("sample_intervals", "covered", EMBEDDED, "with embeddings", "200 samples"),
    "calibration errors": Cited("calibration_errors", "covered"),
    "grouped intervals": Cited("sample_groups", "covered", setting="right in"),
    "grouped tests": Cited("sample_groups", "rejected", MEANS, kind="most"),
    "grouped severity": Cited(
        "sample_groups", "rejected", ("mistake_severity",), shape="40 groups", kind="most"
    ),
    "equivalence": Cited("how_good", "rejected", kind="most"),
    "ungrouped intervals": Cited("sample_groups", "held", ("accuracy",), "not told"),
    "ungrouped tests": Cited("sample_groups", "misled", ("accuracy",), "not told"),
} | {
    f"{settings} {n} classes": Cited(
        "self_pair", "mean", (f'classwise_correlation, settings="{settings}"',), f"{n} classes"
    )
    for n in (10, 20, 50, 100, 300)
    for settings in ("default", "paper")
}  # fmt: skip


def figures(cited: Cited, parts: Iterable[Part], folder: Path = FOLDER) -> str | None:
    """Return what the rows give, of each cell the last attempt; None where there are none."""
    last: dict[tuple[str, str, str], float] = {}
    for part in parts:
        if part.name != cited.part:
            continue
        for attempts in read(part, folder).values():
            for _, rows in sorted(attempts.items()):
                for row in filter(cited.is_of, rows):
                    last[row.shape, row.setting, row.score] = row.value
    if not last:
        return None
    least, most = (_two_digits(end(last.values())) for end in (min, max))
    return {"least": least, "most": most}.get(
        cited.kind, least if least == most else f"{least} to {most}"
    )


def renewed(text: str, parts: Iterable[Part], folder: Path = FOLDER) -> str:
    """Return a page with the figures that the rows give."""
    parts = tuple(parts)

    def put(found: re.Match[str]) -> str:
        told = figures(CITED[found[1]], parts, folder)
        return f"<!-- measured {found[1]} -->{found[2] if told is None else told}<!-- end -->"

    return _MARKED.sub(put, text)


def names_in(text: str) -> list[str]:
    """Return the names of all figures that a page cites."""
    return [found[1] for found in _MARKED.finditer(text)]


def _two_digits(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")
