"""Whose turn it is to draw."""

from __future__ import annotations

from threading import RLock

drawing = RLock()
"""Held by the thread that draws: matplotlib has one set of settings, and one list of figures."""
