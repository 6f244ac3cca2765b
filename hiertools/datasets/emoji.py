"""Real images in colour: 86 classes of emoji as seven open sets draw them, and a class tree.

The classes and their tree are Unicode's subgroups and groups. Drawings: Noto Emoji of today and of
2016 (Apache-2.0, Google), Twemoji (CC BY 4.0, Twitter), Fluent Emoji (MIT, Microsoft), EmojiTwo
(CC BY 4.0), Firefox OS Emoji (CC BY 4.0, Mozilla) and Streamline (CC BY 4.0).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hiertools._core import checks
from hiertools._core.doors import behind_doors, door
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.shipped import from_nibbles, shipped
from hiertools.trees.taxonomies.shipped import from_shipped
from hiertools.trees.tree import ClassTree

FILE = "emoji.npz"


@behind_doors
@dataclass(frozen=True, eq=False)
class EmojiImages(ReadOnlyArrays):
    """Drawings of emoji, their labels, and a fixed split; see `load_emoji`.

    Attributes
    ----------
    images : ndarray of uint8, shape (N, 32, 32, 3)
        Red, green and blue (16 levels each), on white. Read-only, as all arrays here.
    labels : ndarray of int64, shape (N,)
        Index of each drawing's class in `classes`.
    classes : tuple of str, length C
        Class names, sorted.
    train, validation, test : ndarray of int64
        Positions of the drawings of each part, ascending. No emoji is in two parts.
    emoji : tuple of str, length N
        The emoji that each drawing shows.
    sets : tuple of str, length N
        The set that each drawing is from: "noto", "twemoji", "fluent", "emojione", "fxemoji",
        "streamline" or "noto-v1".
    """

    images: NDArray[np.uint8] = field(repr=False)
    labels: NDArray[np.int64] = field(repr=False)
    classes: tuple[str, ...] = field(repr=False)
    train: NDArray[np.int64] = field(repr=False)
    validation: NDArray[np.int64] = field(repr=False)
    test: NDArray[np.int64] = field(repr=False)
    emoji: tuple[str, ...] = field(repr=False)
    sets: tuple[str, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"EmojiImages({len(self.classes)} classes, {len(self):,} drawings of 32 x 32)"


@door
def load_emoji() -> EmojiImages:
    """Load emoji as seven open sets draw them, in colour, with a fixed split by emoji.

    A class is one of Unicode's subgroups ("face-smiling", "animal-bug", "food-fruit"), and its
    members are the drawings of all emoji in it. An emoji's drawings are all in one part, so that
    what is tested is whether a classifier tells the kind of something that it never saw, and not
    whether it knows an emoji again.

    Returns
    -------
    EmojiImages
        ``images (N, 32, 32, 3)``, ``labels (N,)``, ``classes``, ``train``, ``validation``,
        ``test``, ``emoji (N,)``, ``sets (N,)``.

    Examples
    --------
    >>> import hiertools as ht
    >>> data = ht.load_emoji()
    >>> data
    EmojiImages(86 classes, 7,391 drawings of 32 x 32)
    >>> len(data.train), len(data.validation), len(data.test)
    (5122, 788, 1481)
    >>> data.emoji[0], data.sets[0], data.classes[data.labels[0]]
    ('🔠', 'noto', 'alphanum')
    """
    with np.load(shipped(FILE), allow_pickle=False) as file:
        packed, labels, part, sets = (file[name] for name in ("packed", "label", "part", "set"))
        classes, set_names, parts = (file[name].tolist() for name in ("classes", "sets", "parts"))
        codes = file["emoji"].tolist()
    positions = {name: np.flatnonzero(part == i) for i, name in enumerate(parts)}
    return EmojiImages(
        images=checks.read_only(_unpack(packed)),
        labels=checks.read_only(labels.astype(np.int64)),
        classes=tuple(classes),
        train=checks.read_only(positions["train"]),
        validation=checks.read_only(positions["validation"]),
        test=checks.read_only(positions["test"]),
        emoji=tuple("".join(chr(int(one, 16)) for one in code.split("-")) for code in codes),
        sets=tuple(set_names[i] for i in sets),
    )


@door
def load_emoji_tree() -> ClassTree:
    """Load Unicode's groups and subgroups of emoji as a class tree.

    A class ("animal-bug") lies under its group ("animals-nature"). Where subgroups of a group begin
    with the same word, that word is a node between them ("animals-nature/animal/animal-bug").

    Returns
    -------
    ClassTree
        The classes of `load_emoji`, in the same order, 2 or 3 levels deep.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.load_emoji_tree()
    >>> tree
    ClassTree(86 classes, 103 nodes, 3 levels)
    >>> ht.node_path(tree, tree.class_node[tree.class_index["animal-bug"]])
    ('animals-nature', 'animal', 'animal-bug')
    """
    return from_shipped("emoji")


def _unpack(packed: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bytes of two 4-bit levels, (N, 3, 32, 16), to colours 0..255, (N, 32, 32, 3)."""
    return np.ascontiguousarray(np.moveaxis(from_nibbles(packed), 1, 3))
