"""Importing hiertools is cheap, and what is called imports only what it runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import hiertools as ht

HEAVY = {"torch", "matplotlib", "networkx", "sklearn", "ete3", "pandas", "scipy", "numba", "jinja2"}


def loaded_by(code: str, folder: str | None = None) -> set[str]:
    """Return the modules that a fresh interpreter has after running some code."""
    program = f"{code}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def heavy(loaded: set[str]) -> set[str]:
    return HEAVY & {name.partition(".")[0] for name in loaded}


@pytest.mark.parametrize("code", ["import hiertools", "import hiertools.cli"])
def test_import_loads_nothing_heavy(code):
    loaded = loaded_by(code)
    assert heavy(loaded) == set()
    assert "numpy" not in loaded


SEVEN = """
import hiertools as ht, numpy as np
tree = ht.ClassTree.from_newick("(((lynx,cat),wolf),((newt,toad),(shark,ray)));")
random = np.random.default_rng(0)
"""
COMPARE = f"{SEVEN}result = ht.compare(random.normal(size=(7, 5)), tree, classes=tree.classes)\n"
EVALUATE = f"""{SEVEN}
labels, scores = random.integers(0, 7, 20), random.normal(size=(20, 7))
ht.evaluate(ht.Predictions(labels, scores, tree.classes), tree)
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (COMPARE, set()),
        (f"{COMPARE}print(result, repr(result), result.value('robinson_foulds'))", set()),
        (f"{COMPARE}result.to_json()", set()),
        (f"{COMPARE}result.scores", {"pandas"}),
        (f"{SEVEN}ht.tree_distance(tree, tree, 'triplet')", set()),
        (EVALUATE, {"scipy"}),
    ],
)
def test_a_call_imports_what_it_runs(code, expected):
    loaded = loaded_by(code)
    assert heavy(loaded) == expected
    assert "scipy.stats" not in loaded


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    tree = ht.ClassTree.from_newick("(((lynx,cat),wolf),((newt,toad),(shark,ray)));")
    vectors = [[len(name), ord(name[0]), ord(name[-1])] for name in tree.classes]
    reps = ht.ClassRepresentatives(vectors, tree.classes)
    made = ht.Predictions(["lynx", "newt"], classes=tree.classes, ranked=["wolf", "newt"])
    (folder / "tree.nwk").write_text(tree.to_newick())
    reps.save(folder / "proxies.npz")
    ht.compare(reps, tree, permutations=9).to_json(folder / "compared.json")
    ht.evaluate(made, tree, intervals=False).to_json(folder / "evaluated.json")
    return folder


@pytest.mark.parametrize(
    "tokens",
    [
        ["--help"],
        ["compare", "--help"],
        ["compare", "proxies.npz", "tree.nwk", "--save", "saved.json"],
        ["show", "compared.json"],
        ["show", "evaluated.json"],
        ["show", "tree.nwk"],
        ["distance", "tree.nwk", "tree.nwk"],
        ["infer", "proxies.npz"],
    ],
    ids=" ".join,
)
def test_a_command_imports_what_it_runs(tokens, files):
    loaded = loaded_by(f"from hiertools.cli import run\nassert run({tokens}) == 0", str(files))
    assert heavy(loaded) == set()
    assert ("numpy" in loaded) == ("--help" not in tokens)


def test_every_public_name_exists():
    missing = [name for name in ht.__all__ if not hasattr(ht, name)]
    assert missing == []


def test_every_kind_of_result_is_known_by_its_name():
    from hiertools.results.base import Result, ResultSet
    from hiertools.saved import KINDS

    kinds = [getattr(ht, name) for name in KINDS.values()]
    assert [kind.kind for kind in kinds] == list(KINDS)
    every = {*Result.__subclasses__(), *ResultSet.__subclasses__()} - {ResultSet}
    assert every == set(kinds)
