"""Which way scores are better, and where they lie."""

from __future__ import annotations

HIGHER, LOWER = "higher", "lower"

EDGES = (0.0, float("inf"))
"""The range of scores counted in edges of the tree."""
