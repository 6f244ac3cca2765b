"""Labels: class names, or positions in a list of classes, and never one taken for the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Ints, plain
from hiertools._core.one_form import nfc_of_all
from hiertools.errors import PredictionsError


def label_indices(labels: ArrayLike, classes: Sequence[str], n: int | None = None) -> Ints:
    """Return labels, names or positions, as positions in `classes`, shape (N,).

    Examples
    --------
    >>> label_indices(["newt", "lynx"], ["lynx", "newt"])
    array([1, 0])
    """
    given = label_array(labels, "labels")
    if given.ndim != 1:
        raise PredictionsError(f"labels must have shape (N,); got {given.shape}.")
    if given.size == 0:
        raise PredictionsError("the test set is empty: there are no labels; give at least one.")
    if n is not None and given.size != n:
        raise PredictionsError(f"{n} embeddings and {given.size} labels; give one a sample.")
    return positions_of(given, classes, "labels")


def label_array(labels: ArrayLike, what: str) -> NDArray[Any]:
    """Return labels as an array of text or whole numbers, or say what else they are."""
    labels = plain(labels, what, PredictionsError)
    given = checks.unmasked(labels, what, PredictionsError)
    if given.size == 0 or given.dtype.kind in "iu":
        return given
    if given.dtype.kind == "U" and isinstance(labels, np.ndarray):
        return given
    # numpy makes text of the numbers in a list that holds both, so look at the list itself.
    listed = np.ravel(np.asarray(labels, dtype=object)).tolist()
    odd = [value for value in listed if not isinstance(value, str)]
    if not odd:
        return np.array(listed, dtype=np.str_).reshape(given.shape)
    raise PredictionsError(
        f"{what} must be class names or whole numbers; got {odd[0]!r} ({type(odd[0]).__name__}); "
        "give text, or positions in classes as an array of int."
    )


def unmistakable(positions: NDArray[Any], classes: Sequence[str]) -> NDArray[Any]:
    """Return positions as they are or, where they could be read as names, the names they mean.

    Examples
    --------
    >>> unmistakable(np.array([0, 1]), ["lynx", "newt"])
    array([0, 1])
    >>> unmistakable(np.array([0, 1]), ["1", "0"])
    array(['1', '0'], dtype='<U1')
    """
    if _mistakable(positions, classes) is None:
        return positions
    names: NDArray[np.str_] = np.array(classes, dtype=np.str_)[positions]
    return names


def labels_under(
    names: Sequence[str], own: Sequence[str], given: Mapping[str, Any], where: str
) -> dict[str, NDArray[Any]]:
    """Return labels and ranked classes of a source whose `own` names give way to others.

    What is text may be names of either kind, and is refused where it could be both; what says
    nothing new is left out.

    Examples
    --------
    >>> labels_under(["lynx", "newt"], ["0", "1"], {"labels": ["1", "0"]}, "the file")
    {'labels': array(['newt', 'lynx'], dtype='<U4')}
    >>> labels_under(["lynx", "newt"], ["0", "1"], {"labels": ["newt"]}, "the file")
    {}
    """
    if len(names) != len(own):
        raise PredictionsError(
            f"{where} has {len(own)} classes, but {len(names)} names are given; name each one."
        )
    if tuple(names) == tuple(own) or len(set(own)) < len(own):
        return {}
    held = {what: given[what] for what in ("labels", "ranked") if given.get(what) is not None}
    texts = {what: label_array(values, what) for what, values in held.items()}
    texts = {what: array for what, array in texts.items() if array.dtype.kind == "U"}
    new = dict(zip(own, names))
    seen = {name for array in texts.values() for name in np.unique(array).tolist()}
    if not seen <= set(own):
        return {}
    twofold = [name for name in sorted(seen) if new[name] != name]
    if twofold and seen <= set(names):
        raise PredictionsError(
            f"{where}: {twofold[0]!r} could be the class of that name in classes= or the one that "
            f"is now called {new[twofold[0]]!r}; give labels that only classes= has, or leave "
            "classes= out."
        )
    return {what: np.array(names)[positions_of(array, own, what)] for what, array in texts.items()}


def _mistakable(given: NDArray[Any], classes: Sequence[str]) -> tuple[int, int] | None:
    """Return a number that is a class's name but not its position, and that class's position."""
    called = {int(name): i for i, name in enumerate(classes) if name.isascii() and name.isdigit()}
    if not called or all(number == i for number, i in called.items()):
        return None
    found = (value for value in np.unique(given).tolist() if called.get(value, value) != value)
    number = next(found, None)
    return None if number is None else (number, called[number])


def positions_of(given: NDArray[Any], classes: Sequence[str], what: str) -> Ints:
    if given.dtype.kind == "U":
        index = {name: i for i, name in enumerate(classes)}
        texts, inverse = np.unique(given, return_inverse=True)
        names = nfc_of_all(texts.tolist())
        unknown = [name for name in names if name not in index]
        if unknown:
            advice = f"Are the {what} spelt alike?"
            if all(name.isdecimal() for name in unknown):
                advice = (
                    "Whole numbers are names in a table and in text; for positions in classes give "
                    "an array of int."
                )
            raise checks.missing_classes(unknown, len(names), "the classes", classes, advice)
        return np.array([index[name] for name in names], dtype=np.int64)[inverse].reshape(
            given.shape
        )
    bad = np.argwhere((given < 0) | (given >= len(classes)))
    if len(bad):
        raise PredictionsError(
            f"{what} must lie between 0 and {len(classes) - 1}, but {len(bad)} of {given.size} "
            f"don't, first {given[tuple(bad[0])]} at row {bad[0][0]}; whole numbers are positions "
            "in classes, and names must be text."
        )
    twofold = _mistakable(given, classes)
    if twofold is not None:
        number, place = twofold
        raise PredictionsError(
            f"{what} are whole numbers, but {number} could be the class at position {number} "
            f"({classes[number]!r}) or the class called {classes[place]!r} (at {place}); give "
            "names: np.array(classes)[labels] where they are positions, else the names as text."
        )
    return given.astype(np.int64)
