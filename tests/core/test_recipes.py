"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the package.

What a recipe doesn't tell isn't done here; so a recipe that has become too short fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Copy:
    """A copy of the package to be added to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            ROOT / "hiertools",
            folder / "hiertools",
            ignore=shutil.ignore_patterns("__pycache__", "_kernels", "data", "licenses", "make"),
        )
        # The same folder, so that kernels needn't be compiled anew.
        (folder / "hiertools" / "_kernels").symlink_to(ROOT / "hiertools" / "_kernels")

    def add(self, path: str, text: str) -> None:
        """Make a file, as a recipe says: no other may stand there."""
        target = self.folder / "hiertools" / path
        assert not target.exists()
        target.write_text(text, encoding="utf-8")

    def write_in(self, path: str, before: str, text: str) -> None:
        """Write lines in front of the first place that begins with `before`."""
        target = self.folder / "hiertools" / path
        held = target.read_text(encoding="utf-8")
        assert before in held, f"{path} holds no {before!r}"
        target.write_text(held.replace(before, text + before, 1), encoding="utf-8")

    def run(self, *code: str) -> str:
        """Run code in this copy."""
        return self._ended([sys.executable, "-c", "import hiertools as ht\n" + "\n".join(code)])

    def command(self, *words: str) -> str:
        """Run the command line of this copy."""
        return self._ended([sys.executable, "-m", "hiertools", *words])

    def _ended(self, command: list[str]) -> str:
        env = {**os.environ, "PYTHONPATH": str(self.folder), "NO_COLOR": "1"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


def test_every_recipe_is_told_and_its_places_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:hiertools|hiertools_torch|docs|tests)/[\w/.-]*)`", text)
    assert len(named) > 10
    assert [place for place in named if not (ROOT / place).exists()] == []
    for title in ("tree distance", "measure", "tree format", "class vectors", "taxonomy", "loss"):
        assert re.search(rf"^\*\*.*{title}", text, re.MULTILINE), title


TREE_DISTANCE = '''
"""Whether two trees have the same number of nodes."""

import numpy as np

from hiertools.treedist.method import TreeDistance


def clade_surplus(reference, other):
    """Return how many more nodes one tree has than the other."""
    return {"distance": float(abs(reference.n_nodes - other.n_nodes))}


def prepare(reference, other):
    """Relabelling moves no node."""
    value = clade_surplus(reference, other)["distance"]
    return lambda permutations: np.full(len(permutations), value)


METHODS = (
    TreeDistance(
        name="clade_surplus",
        function=clade_surplus,
        better="lower",
        symmetric=True,
        rooted=True,
        formula="|N_a - N_b|",
        source="nobody",
        title="surplus of clades",
        meaning="nodes that one tree has more than the other",
        prepare=prepare,
    ),
)
'''

COMPARED = """
tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad,frog));")
reps = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1], "frog": [0.3, 1]}
"""


def test_a_tree_distance(copy):
    copy.add("treedist/clade_surplus.py", TREE_DISTANCE)
    copy.write_in("treedist/__init__.py", "    cophenetic,\n", "    clade_surplus,\n")
    copy.write_in("treedist/__init__.py", "        quartets,\n", "        clade_surplus,\n")
    copy.write_in(
        "comparison/scores/registry.py",
        '    tree_kind("dasgupta_cost"),\n',
        '    tree_kind("clade_surplus"),\n',
    )
    told = copy.run(
        COMPARED,
        "other = ht.infer_tree(reps)",
        "print(ht.tree_distance(tree, other, 'clade_surplus', on_missing='error'))",
        "found = ht.compare(reps, tree, scores=['clade_surplus'], permutations=9)",
        "print(found.value('clade_surplus'), found.scores.loc[0, 'n_permutations'])",
        "assert 'clade_surplus' in str(found)",
        "found.to_html('report.html'); tree.to_newick()",
        "ht.write_tree(tree, 'a.nwk'); ht.write_tree(other, 'b.nwk')",
    )
    assert told.split() == ["1.0", "1.0", "9"]
    assert "clade_surplus" in copy.command(
        "distance", "a.nwk", "b.nwk", "--method", "clade_surplus"
    )


MEASURE = '''
"""Spread of the distances as a measure."""

from __future__ import annotations

import numpy as np

from hiertools.comparison.scores.measure import Measure, MeasureKind, Observation
from hiertools.results.table import Key, Score


class Spread(Measure):
    """Largest less smallest distance."""

    key = Key("spread")

    def __init__(self, problem):
        self.value = float(np.ptp(problem.distances.condensed))

    def observe(self):
        return [Observation(self.key, self.value)]

    @property
    def operations(self):
        return 1.0

    def relabelled(self, permutations):
        return np.full((1, len(permutations)), self.value)


SPREAD = MeasureKind(
    (Score("spread", "spread", "higher", 2.0, "how far distances differ", "nobody"),),
    Spread,
    no_interval="none here",
)
'''


def test_another_measure(copy):
    copy.add("comparison/scores/spread.py", MEASURE)
    copy.write_in(
        "comparison/scores/registry.py",
        "from hiertools.comparison.scores.trees import",
        "from hiertools.comparison.scores.spread import SPREAD\n",
    )
    copy.write_in("comparison/scores/registry.py", "    SHARED_CLADES,\n", "    SPREAD,\n")
    told = copy.run(
        COMPARED,
        "found = ht.compare(reps, tree, scores=['spread'], permutations=9)",
        "print(round(found.value('spread'), 2), ht.SCORES['spread'].meaning)",
        "found.to_html('report.html'); ht.write_tree(tree, 'tree.nwk')",
        "ht.as_representatives(reps).save('reps.csv')",
    )
    assert told.strip() == "1.31 how far distances differ"
    assert "spread" in copy.command("compare", "reps.csv", "tree.nwk", "--scores", "spread")


FORMAT = '''
"""Indented text to a tree's columns, and back."""

from __future__ import annotations

from hiertools._core.doors import door
from hiertools.trees.columns import TreeColumns, TreeLike
from hiertools.trees.formats.build import build


def read_indented(text: str) -> TreeColumns:
    """Read one node a line, indented by a blank for each level."""
    parent, labels, above = [-1], [""], [0]
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        parent.append(above[depth])
        labels.append(line.strip())
        above[depth + 1 :] = [len(parent) - 1]
    return build(parent, labels, "indented text")


@door
def to_indented(tree: TreeLike) -> str:
    """Return a tree as indented text."""
    depth = [0] * tree.n_nodes
    for node in range(1, tree.n_nodes):
        depth[node] = depth[tree.parent[node]] + 1
    return "\\n".join(" " * (depth[v] - 1) + tree.labels[v] for v in range(1, tree.n_nodes))
'''


def test_a_tree_format(copy):
    copy.add("trees/formats/indented.py", FORMAT)
    copy.write_in(
        "trees/reading/texts.py",
        "    @classmethod\n    @door\n    def from_newick(",
        '''    @classmethod
    @door
    def from_indented(cls, text: str, /) -> Self:
        """Build a tree from indented text."""
        from hiertools.trees.formats.indented import read_indented

        return cls._built(read_indented(text))

''',
    )
    copy.write_in(
        "trees/tree.py",
        "    @door\n    def to_edges(",
        '''    @door
    def to_indented(self) -> str:
        """Return indented text; see `hiertools.readers.to_indented`."""
        from hiertools.trees.formats.indented import to_indented

        return to_indented(self)

''',
    )
    copy.write_in(
        "trees/files.py",
        "    if ending in NEWICK_ENDINGS:\n",
        '    if ending == ".indented":\n        return "indented"\n',
    )
    copy.write_in("trees/files.py", '"newick", "json", "folder")\n', '"indented", ')
    copy.write_in(
        "trees/files.py",
        '    "newick": ClassTree.from_newick,\n',
        '    "indented": ClassTree.from_indented,\n',
    )
    copy.write_in(
        "trees/files.py", '    "newick": to_newick,\n', '    "indented": ClassTree.to_indented,\n'
    )
    copy.write_in("readers.py", '    "from_json",\n', '    "from_indented",\n')
    copy.write_in("readers.py", "from_json = ", "from_indented = ClassTree.from_indented\n")
    told = copy.run(
        "tree = ht.ClassTree.from_newick('((lynx,wolf)mammal,newt);')",
        "from hiertools import readers",
        "assert readers.from_indented(tree.to_indented()) == tree",
        "ht.write_tree(tree, 'a.indented'); assert ht.read_tree('a.indented') == tree",
        "ht.write_tree(tree, 'b.txt', format='indented')",
        "assert ht.read_tree('b.txt', format='indented') == tree",
        "assert ht.as_tree('a.indented') == tree",
        "print(open('a.indented').read())",
    )
    assert told.splitlines()[:4] == ["mammal", " lynx", " wolf", "newt"]
    assert "mammal" in copy.command("show", "a.indented")


PRODUCER = '''
"""Vectors in lines of text."""

from __future__ import annotations

from hiertools._core.doors import door
from hiertools.representatives.representatives import ClassRepresentatives

__all__ = ["from_lines"]


@door
def from_lines(path: str) -> ClassRepresentatives:
    """Read a class and its numbers a line."""
    rows = [line.split() for line in open(path, encoding="utf-8")]
    return ClassRepresentatives([[float(x) for x in r[1:]] for r in rows], [r[0] for r in rows])
'''


def test_a_source_of_class_vectors(copy):
    copy.add("representatives/producers/lines.py", PRODUCER)
    copy.write_in(
        "representatives/producers/registry.py",
        '        "prototypes": _BuiltIn(\n',
        '        "lines": _BuiltIn("lines:from_lines", "vectors in lines", "lines:a.txt"),\n',
    )
    copy.write_in(
        "producers.py",
        "from hiertools.representatives.producers.onnx_heads",
        "from hiertools.representatives.producers.lines import from_lines\n",
    )
    copy.write_in("producers.py", '    "from_module",\n', '    "from_lines",\n')
    (copy.folder / "a.txt").write_text("lynx 1 0\nwolf 1 0.1\nnewt 0 1\n", encoding="utf-8")
    told = copy.run(
        "from hiertools.producers import from_lines",
        "assert ht.produce('lines:a.txt') == from_lines('a.txt')",
        "tree = ht.ClassTree.from_newick('((lynx,wolf),newt);'); ht.write_tree(tree, 't.nwk')",
        "print(ht.compare('lines:a.txt', tree, permutations=0).n_classes)",
    )
    assert told.strip() == "3"
    assert "lines:a.txt" in copy.command("producers")
    assert "3 classes" in copy.command("compare", "lines:a.txt", "t.nwk", "--permutations", "0")


TAXONOMY = '''
"""Names by their first letter."""

from __future__ import annotations

from hiertools._core.doors import door
from hiertools.trees.tree import ClassTree


@door
def from_alphabet(names: str) -> ClassTree:
    """Build a tree of names, by first letters."""
    return ClassTree.from_lineages({name: (name[0], name) for name in names.split(",")})
'''


def test_a_taxonomy_source(copy):
    copy.add("trees/taxonomies/alphabet.py", TAXONOMY)
    copy.write_in(
        "trees/taxonomies/sources.py",
        "from hiertools.trees.taxonomies.inaturalist",
        "from hiertools.trees.taxonomies.alphabet import from_alphabet\n",
    )
    copy.write_in(
        "trees/taxonomies/sources.py",
        '        TaxonomySource(\n            "wordnet"',
        '        TaxonomySource("alphabet", from_alphabet, "names", "alphabet:lynx,newt"),\n',
    )
    copy.write_in(
        "taxonomies.py",
        "from hiertools.trees.taxonomies.inaturalist",
        "from hiertools.trees.taxonomies.alphabet import from_alphabet\n",
    )
    copy.write_in("taxonomies.py", '    "from_inaturalist",\n', '    "from_alphabet",\n')
    told = copy.run(
        "from hiertools.taxonomies import TAXONOMIES, from_alphabet",
        "assert ht.as_tree('alphabet:lynx,lion,newt') == from_alphabet('lynx,lion,newt')",
        "print(list(TAXONOMIES)[0], ht.as_tree('alphabet:lynx,lion,newt').n_levels)",
    )
    assert told.split() == ["alphabet", "2"]
    assert "lion" in copy.command("show", "alphabet:lynx,lion,newt")
