"""Splitting images into training, validation and test parts, class by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hiertools._core.checks import name_list
from hiertools.errors import FileFormatError

__all__ = ["complete_parts", "limit_per_class", "random_parts", "stratified_split"]

Positions = NDArray[np.int64]


def stratified_split(
    positions: Positions, labels: NDArray[np.int64], share: float, seed: int
) -> tuple[Positions, Positions]:
    """Split positions in two, with `share` of each class in the second part.

    The number of a class's images in the second part is rounded to the nearest whole number, but a
    class of two or more images gives at least one to each part (if `share` is above 0), and a
    single image stays in the first. Which ones depends on (seed, class) alone.

    Parameters
    ----------
    positions : ndarray of int64, shape (n,)
        Images to split.
    labels : ndarray of int64, shape (N,)
        Class of every image; ``labels[positions]`` is used.
    share : float
        Share for the second part, in [0, 1).
    seed : int
        Seed of the choice.

    Returns
    -------
    first, second : ndarray of int64
        Ascending positions.

    Examples
    --------
    >>> first, second = stratified_split(np.arange(10), np.repeat([0, 1], 5), 0.2, seed=0)
    >>> len(first), len(second)
    (8, 2)
    """
    second = []
    for label in np.unique(labels[positions]):
        members = np.sort(positions[labels[positions] == label])
        n = int(np.floor(share * len(members) + 0.5))
        if share > 0:
            n = min(max(n, 1), len(members) - 1)
        order = np.random.default_rng([seed, int(label)]).permutation(len(members))
        second.append(members[order[:n]])
    taken = np.sort(np.concatenate(second)) if second else np.empty(0, dtype=np.int64)
    return np.setdiff1d(positions, taken), taken


def random_parts(
    n: int, tested: Positions | None, validation: float, test: float, seed: int
) -> dict[str, Positions]:
    """Draw parts of all images at random, as the paper's code does.

    It asks PyTorch's ``random_split`` with a generator of the seed: training images come first in
    the order drawn, then validation, then test; their numbers are rounded down, and the last part
    has what remains.

    Parameters
    ----------
    n : int
        Number of images.
    tested : ndarray of int64, optional
        Test images that the data bring; the others are drawn from.
    validation, test : float
        Shares of all that are drawn from (`test` only without `tested`).
    seed : int
        Seed.

    Examples
    --------
    >>> parts = random_parts(10, None, 0.1, 0.2, seed=1)
    >>> parts["train"].tolist(), parts["validation"].tolist(), parts["test"].tolist()
    ([0, 1, 2, 5, 6, 8, 9], [3], [4, 7])
    """
    import torch

    drawn = np.arange(n) if tested is None else np.setdiff1d(np.arange(n), tested)
    order = torch.randperm(len(drawn), generator=torch.Generator().manual_seed(seed)).numpy()
    # Shares such as 0.7 come out a little above or below as 1 - 0.1 - 0.2.
    share = round(1 - validation - (test if tested is None else 0), 9)
    n_train = int(share * len(drawn))
    n_validation = len(drawn) - n_train if tested is not None else int(validation * len(drawn))
    parts = {
        "train": order[:n_train],
        "validation": order[n_train : n_train + n_validation],
        "test": order[n_train + n_validation :],
    }
    if tested is not None:
        del parts["test"]
    return {name: np.sort(drawn[where]) for name, where in parts.items()}


def limit_per_class(
    positions: Positions, labels: NDArray[np.int64], most: int, seed: int
) -> Positions:
    """Keep at most `most` positions of each class, chosen by (seed, class)."""
    kept = []
    for label in np.unique(labels[positions]):
        members = np.sort(positions[labels[positions] == label])
        order = np.random.default_rng([seed, int(label)]).permutation(len(members))
        kept.append(members[order[:most]])
    return np.sort(np.concatenate(kept))


def complete_parts(
    parts: Mapping[str, Positions],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    *,
    validation: float,
    test: float,
    seed: int,
) -> tuple[dict[str, Positions], tuple[str, ...]]:
    """Fill in the parts that a data set does not bring, and check the result.

    "test" is split off the training images unless given, then "validation" off what remains.

    Returns
    -------
    parts : dict
        "train", "validation" and "test", each ascending positions.
    notes : tuple of str
        Classes without images in a part.

    Raises
    ------
    FileFormatError
        A class has no training image.
    """
    train = np.asarray(parts["train"], dtype=np.int64)
    empty = np.empty(0, dtype=np.int64)
    if "test" in parts:
        tested = np.asarray(parts["test"], dtype=np.int64)
    else:
        train, tested = stratified_split(train, labels, test, seed) if test else (train, empty)
    if "validation" in parts:
        validated = np.asarray(parts["validation"], dtype=np.int64)
    else:
        train, validated = (
            stratified_split(train, labels, validation, seed + 1) if validation else (train, empty)
        )
    complete = {"train": train, "validation": validated, "test": tested}
    notes = []
    for name, where in complete.items():
        present = set(np.unique(labels[where]).tolist())
        absent = [c for i, c in enumerate(classes) if i not in present]
        if absent and name == "train":
            raise FileFormatError(
                f"{len(absent)} of {len(classes)} classes have no training image: "
                f"{name_list(absent)}; add some, or take these classes out of the data."
            )
        if absent and len(where):
            notes.append(
                f"{len(absent)} of {len(classes)} classes have no {name} image: {name_list(absent)}"
            )
    return complete, tuple(notes)
