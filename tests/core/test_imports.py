"""Importing hiertools is cheap: nothing heavy, nothing optional."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import hiertools as ht

HEAVY = {"torch", "matplotlib", "networkx", "sklearn", "ete3", "pandas", "scipy", "numba"}


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has after running some code."""
    program = f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize("code", ["import hiertools", "import hiertools.cli"])
def test_import_loads_nothing_heavy(code):
    assert loaded_by(code).isdisjoint(HEAVY)


def test_a_comparison_needs_no_torch_and_no_screen():
    code = """
import hiertools as ht
tree = ht.ClassTree.from_newick("((a,b),(c,d));")
result = ht.compare({"a": [1, 0], "b": [1, 0.1], "c": [0, 1], "d": [0.1, 1]}, tree, permutations=9)
str(result)
"""
    assert loaded_by(code).isdisjoint({"torch", "matplotlib", "ete3", "hiertools_torch"})


def test_every_public_name_exists():
    missing = [name for name in ht.__all__ if not hasattr(ht, name)]
    assert missing == []
