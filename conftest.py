"""Settings of every test run: no screen, no stray files, no leftover figures."""

from __future__ import annotations

import os
import sys

import pytest

# Before numpy or matplotlib is imported: two workers share the cores, and no screen is needed.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Run each test and doctest in an empty folder, so that files it writes land there."""
    monkeypatch.chdir(tmp_path)
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
