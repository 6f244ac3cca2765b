"""The house stays as drawn: the picture is that of the imports, and small rules hold.

Floors and circles are the import contract's, in pyproject.toml; `make lint` checks it.
"""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("hiertools", "hiertools_torch")
FACES = ("hiertools.readers", "hiertools.producers", "hiertools.taxonomies", "hiertools.saved")


def _modules():
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "make" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def _imports(tree):
    """Yield what a module imports from our own packages: (module, name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hiertools"):
            for alias in node.names:
                yield node.module, alias.name


def test_the_page_of_formats_is_that_of_the_registries():
    spec = importlib.util.spec_from_file_location("formats", ROOT / "docs" / "formats.py")
    formats = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(formats)
    written = formats.PAGE.read_text(encoding="utf-8")
    assert written == formats.page(), "formats have changed: run `python docs/formats.py`"


@pytest.mark.needs("grimp")
def test_the_picture_is_that_of_the_imports():
    spec = importlib.util.spec_from_file_location("floors", ROOT / "docs" / "floors.py")
    floors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(floors)
    drawn = floors.PICTURE.read_text(encoding="utf-8")
    assert drawn == floors.picture(), "imports have changed: run `python docs/floors.py`"


def test_private_names_stay_in_their_folder():
    odd = [
        f"{path.relative_to(ROOT)}: {module} import {name}"
        for path, tree in _modules()
        for module, name in _imports(tree)
        if name.startswith("_") and not name.startswith("__")
        # `hiertools._core` is private to the package, and open to every room of it.
        if f"{module}.{name}" not in ("hiertools._core", "hiertools._kernels")
        if (ROOT / module.replace(".", "/")) != path.parent
        and (ROOT / module.replace(".", "/")).parent != path.parent
    ]
    assert not odd


def test_nothing_inside_imports_a_face():
    odd = [
        str(path.relative_to(ROOT))
        for path, tree in _modules()
        for module, name in _imports(tree)
        if module in FACES or f"{module}.{name}" in FACES
    ]
    assert not odd


def test_few_modules_lie_flat():
    flat = sorted(path.name for path in (ROOT / "hiertools").glob("*.py"))
    assert len(flat) <= 8, flat
