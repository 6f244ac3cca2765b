"""HTML reports: seconds and size."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import hiertools as ht
from bench import data
from bench.rows import Row, Theme, Wanted, ours
from bench.themes.compare import pairs


@cache
def _compared(n: int) -> ht.Comparison:
    return ht.compare(data.representatives(n), data.taxonomy(n), permutations=99)


def comparison(n: int) -> Callable[[], float]:
    """Return what writes a report, and gives its size in MB."""
    result, path = _compared(n), data.folder() / "report.html"

    def work() -> float:
        result.to_html(path)
        return path.stat().st_size / 1e6

    return work


REPORTS = Theme(
    "reports",
    "Reports",
    "`Comparison.to_html`; the comparison itself is not counted.",
    (
        Row(
            "report of a comparison",
            ours(comparison, memory=pairs(2)),
            sizes=(1_000, 6_500), quick=7, value="MB",
            wanted=(
                Wanted(1_000, seconds=5.0, mb=3.0),
                Wanted(6_500, seconds=5.0, mb=3.0),
            ),
        ),
    ),
)  # fmt: skip
