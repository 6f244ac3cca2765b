"""Settings of every test run: no screen, no stray files, no leftover figures, no luck."""

from __future__ import annotations

import ast
import os
import sys
from importlib.util import find_spec
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
# Bridges to what the tests' environment lacks: not even their doctests can be imported.
collect_ignore = [
    f"hiertools_torch/frameworks/{name}.py"
    for name in ("lightning", "torchmetrics")
    if find_spec(name) is None
]

settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser):
    parser.addoption(
        "--as-installed",
        action="store_true",
        help="leave out tests that say by @pytest.mark.needs(...) that they need what is missing",
    )


def missing(modules):
    return [name for name in modules if find_spec(name) is None]


def pytest_ignore_collect(collection_path, config):
    """Leave out files that can't even be imported: their `pytestmark` is read, not run."""
    if not config.getoption("as_installed") or collection_path.suffix != ".py":
        return None
    for node in ast.parse(collection_path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            mark = node.value
            assert isinstance(mark, ast.Call), f"{collection_path}: one mark a file"
            if ast.unparse(mark.func) == "pytest.mark.needs":
                return True if missing(ast.literal_eval(a) for a in mark.args) else None
    return None


def pytest_collection_modifyitems(config, items):
    """Without the option every test runs, and fails where something is missing: none is skipped.

    Lines that property tests run, other tests run, too; traced, they would take half as long again.
    """
    if config.pluginmanager.hasplugin("_cov"):
        for item in items:
            if item.get_closest_marker("hypothesis"):
                item.add_marker("no_cover")
    if config.getoption("as_installed"):
        lacks = [any(missing(mark.args) for mark in i.iter_markers("needs")) for i in items]
        left_out = [item for item, lacking in zip(items, lacks) if lacking]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item, lacking in zip(items, lacks) if not lacking]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    """Run each test and doctest in an empty folder, so that files it writes land there."""
    monkeypatch.chdir(tmp_path)
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
