"""The shipped drawings and the tree of their classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools._core.shipped import DATA
from hiertools.datasets.quickdraw import _unpack

MAKE = Path(__file__).parents[2] / "hiertools" / "datasets" / "make"


@pytest.fixture(scope="module")
def drawings():
    return ht.load_quickdraw("all")


@pytest.fixture(scope="module")
def hundred():
    return ht.load_quickdraw()


@pytest.fixture(scope="module")
def tree():
    return ht.load_quickdraw_tree("all")


def test_drawings(drawings):
    assert drawings.images.shape == (34_500, 28, 28)
    assert drawings.images.dtype == np.uint8
    assert len(drawings.classes) == 345
    assert drawings.classes == tuple(sorted(drawings.classes))
    assert (drawings.images % 17 == 0).all()  # 16 levels
    assert drawings.images.reshape(34_500, -1).any(axis=1).all()  # nothing blank
    assert np.array_equal(drawings.labels, np.repeat(np.arange(345), 100))
    assert repr(drawings) == "QuickDraw(345 classes, 34,500 drawings of 28 x 28)"
    # Ink is the exception: about 15 % of a drawing.
    assert drawings.images.mean() / 255 == pytest.approx(0.1497, abs=1e-3)


def test_unpacking_by_definition(drawings):
    with np.load(DATA / "quickdraw.npz") as file:
        packed = file["packed"]
    for n in (0, 17_000, 34_499):
        for row in range(28):
            for column in range(28):
                byte = int(packed[n, column // 2, row])
                level = byte % 16 if column % 2 else byte // 16
                assert drawings.images[n, row, column] == level * 17


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_packing_rounds_to_the_nearest_of_16_levels(seed):
    import sys

    sys.path.insert(0, str(MAKE))
    try:
        from quickdraw import pack
    finally:
        sys.path.remove(str(MAKE))
    grey = np.random.default_rng(seed).random((2, 28, 28))
    assert np.abs(_unpack(pack(grey)) / 255 - grey).max() <= 0.5 / 15 + 1e-12


def test_split_is_fixed_and_stratified(drawings, hundred):
    for data, n in ((drawings, 345), (hundred, 100)):
        parts = data.train, data.validation, data.test
        assert [len(part) for part in parts] == [70 * n, 10 * n, 20 * n]
        assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(100 * n))
        for part, each in zip(parts, (70, 10, 20), strict=True):
            assert (np.bincount(data.labels[part]) == each).all()
            assert (np.diff(part) > 0).all()
    # A class has the same drawings in the same part whatever is loaded beside it.
    few = ht.load_quickdraw(["zebra", "cat"])
    assert few.classes == ("cat", "zebra")
    for name in few.classes:
        for part in ("train", "validation", "test"):
            seen = [
                data.images[at[data.labels[at] == data.classes.index(name)]]
                for data in (few, hundred, drawings)
                for at in [getattr(data, part)]
            ]
            assert np.array_equal(seen[0], seen[1])
            assert np.array_equal(seen[0], seen[2])


def test_no_drawing_is_in_two_parts(drawings):
    part = np.empty(len(drawings), dtype=int)
    for number, at in enumerate((drawings.train, drawings.validation, drawings.test)):
        part[at] = number
    seen: dict[bytes, int] = {}
    for image, number in zip(drawings.images, part.tolist(), strict=True):
        assert seen.setdefault(image.tobytes(), number) == number


def test_arrays_are_read_only(hundred):
    for array in (hundred.images, hundred.labels, hundred.train, hundred.test):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_tree_of_all_classes(tree, drawings):
    assert tree.classes == drawings.classes
    depth = tree.depth[tree.class_node]
    assert set(depth.tolist()) == {3, 4, 5}
    assert (tree.subtree_size[tree.class_node] == 1).all()
    # No node stands for one child only, and siblings have different names.
    assert (tree.n_children != 1).all()
    pairs = set(zip(tree.parent.tolist(), tree.labels, strict=True))
    assert len(pairs) == tree.n_nodes
    for name, node in zip(tree.classes, tree.class_node, strict=True):
        assert tree.labels[node] == name


def test_tree_file_is_an_ordinary_table_of_lineages(tree):
    assert ht.sort_classes(ht.read_tree(DATA / "quickdraw_tree.csv")) == tree


@pytest.mark.parametrize(
    ("name", "above"),
    [
        ("bat", "Small mammals"),  # the animal; "baseball bat" is the stick
        ("baseball bat", "Bats, clubs and racquets"),
        ("mouse", "Small mammals"),  # four in five
        ("nail", "Hand tools"),  # for the hammer; one in five is a finger's
        ("keyboard", "Computers"),  # few are a piano's
        ("compass", "Instruments"),  # the navigator's
        ("diamond", "Jewellery"),  # cut stones, few rhombs
        ("star", "Closed shapes"),  # five points
        ("fan", "Fans"),  # the electric one
        ("snowman", "Figures"),
    ],
)
def test_meaning_as_drawn(tree, name, above):
    node = tree.class_node[tree.class_index[name]]
    assert tree.labels[tree.parent[node]] == above


def test_subset_of_a_hundred(tree, hundred):
    small = ht.load_quickdraw_tree()
    assert small.classes == hundred.classes
    assert len(small.classes) == 100
    whole = ht.path_distances(tree, classes=small.classes)
    assert np.array_equal(ht.path_distances(small), whole)
    # Every class has company under its own parent, and so at every level above.
    assert np.unique(small.parent[small.class_node], return_counts=True)[1].min() >= 2
    # No group of the coarsest level is left out or holds more than a third.
    top = np.unique(ht.level_groups(small, 0), return_counts=True)[1]
    assert len(top) == (tree.depth == 1).sum()
    assert top.max() <= 33


@pytest.mark.parametrize("load", [ht.load_quickdraw, ht.load_quickdraw_tree])
def test_bad_input(load):
    with pytest.raises(ht.OptionError, match=r"no option '50'; valid ones: '100', 'all'"):
        load("50")
    with pytest.raises(ht.OptionError, match="subset names no class; name some"):
        load([])
    with pytest.raises(
        ht.ClassMismatchError,
        match=r"1 of 2 classes have no place in Quick, Draw!: 'zebras'\. Closest .* 'zebra'",
    ):
        load(["cat", "zebras"])
    with pytest.raises(ht.ClassMismatchError, match="more than once: 'cat'"):
        load(["cat", "cat"])
