"""All themes, in the order of the page."""

from __future__ import annotations

from bench.rows import Theme
from bench.themes.cold_start import COLD_START
from bench.themes.compare import COMPARE
from bench.themes.evaluate import EVALUATE
from bench.themes.heads import HEADS
from bench.themes.linkage import LINKAGE
from bench.themes.readers import READERS
from bench.themes.reports import REPORTS
from bench.themes.tree_distances import TREE_DISTANCES
from bench.themes.trees import TREES

THEMES: tuple[Theme, ...] = (
    COMPARE,
    LINKAGE,
    TREES,
    TREE_DISTANCES,
    COLD_START,
    EVALUATE,
    HEADS,
    REPORTS,
    READERS,
)
