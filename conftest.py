"""Settings of every test run: no screen, no stray files, no leftover figures, no luck."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.database import DirectoryBasedExampleDatabase

# Before numpy or matplotlib is imported: two workers share the cores, and no screen is needed.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["MPLBACKEND"] = "Agg"

# Property tests draw the same examples every time, so that red means the change at hand. `make
# search` draws new ones, and keeps those that failed until they pass.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile(
    "search",
    deadline=None,
    print_blob=True,
    database=DirectoryBasedExampleDatabase(Path(__file__).parent / ".hypothesis" / "examples"),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Run each test and doctest in an empty folder, so that files it writes land there."""
    monkeypatch.chdir(tmp_path)
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
