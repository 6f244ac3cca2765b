"""`ClassRepresentatives`: one vector per class, and everything that can be read as such."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import door
from hiertools._core.files import atomic_write, named_path
from hiertools._core.npz import save_npz
from hiertools._core.own_names import ClassNames, SomeClasses, agreed_names, names_in_order
from hiertools._core.tables import TABLE_ENDINGS, delimiter_of, is_frame, quoting
from hiertools._core.text_files import ending_of
from hiertools.errors import FileFormatError, RepresentativesError

if TYPE_CHECKING:
    import pandas as pd


TABLES = (*TABLE_ENDINGS, ".parquet")


@dataclass(frozen=True, eq=False, repr=False)
class ClassRepresentatives:
    """One vector per class: proxies, prototypes, or the rows of a last layer.

    Parameters
    ----------
    vectors : array_like of float, shape (C, D)
        Row i stands for ``classes[i]``. Finite; kept as float64, read-only. A torch tensor may need
        a gradient or lie on a GPU: ``model.fc.weight`` will do.
    classes : sequence of str, length C
        Unique class names, those of a DataFrame's index where that is text; or the row of each
        class, such as a dataset's ``class_to_idx``.
    kind : str
        What the vectors are; "proxy", "prototype" and "weights" are usual.
    provenance : mapping, optional
        Where they come from: anything that JSON can hold.

    Raises
    ------
    RepresentativesError
        Not a two-dimensional array of finite numbers, or not one name a row.

    Examples
    --------
    >>> from hiertools import ClassRepresentatives
    >>> ClassRepresentatives([[1, 0], [0, 1]], ["lynx", "newt"], kind="proxy")
    ClassRepresentatives(2 classes x 2 dimensions, kind='proxy')
    """

    vectors: Floats
    classes: tuple[str, ...]
    kind: str = "representative"
    provenance: Mapping[str, Any] = field(default_factory=dict)
    rounded_to: np.dtype[Any] = field(default=np.dtype(np.float64), init=False)
    """float32 where the numbers come in that type or a narrower one, or once did, else float64."""

    @door
    def __init__(
        self,
        vectors: ArrayLike,
        classes: ClassNames,
        kind: str = "representative",
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        names = names_in_order(classes, "class representatives", RepresentativesError)
        if is_frame(vectors) and all(isinstance(name, str) for name in vectors.index):
            advice = "as_representatives(frame) takes the names of the index"
            names = agreed_names(names, vectors.index, "the DataFrame", advice=advice)
        given = checks.real_array(vectors, "class representatives", RepresentativesError)
        array = checks.doubles(given)
        coarse = (given.dtype.kind == "f" and given.dtype.itemsize <= 4) or were_float32(array)
        if array.ndim != 2 or 0 in array.shape:
            raise RepresentativesError(
                "class representatives must be a matrix with one row a class; "
                f"got shape {array.shape}."
            )
        if len(names) == 2 and array.shape[0] == 1:
            raise RepresentativesError(
                "one vector tells two classes apart, as in the coef_ of a binary classifier, so "
                "neither class has a vector of its own; use hiertools.prototypes(inputs, labels)."
            )
        if len(names) != array.shape[0]:
            turned = " (as many as columns: transpose it?)" if len(names) == array.shape[1] else ""
            raise RepresentativesError(
                f"class representatives have {array.shape[0]} rows but {len(names)} class names"
                f"{turned}; give one name a row."
            )
        bad = np.flatnonzero(~np.isfinite(array).all(axis=1))
        if bad.size:
            raise RepresentativesError(
                f"{bad.size} of {len(names)} class representatives hold NaN or infinity: "
                f"{checks.name_list([names[i] for i in bad])}; every value must be finite."
            )
        object.__setattr__(self, "vectors", checks.read_only(array))
        object.__setattr__(self, "rounded_to", np.dtype(np.float32 if coarse else np.float64))
        object.__setattr__(self, "classes", names)
        object.__setattr__(self, "kind", str(kind))
        object.__setattr__(self, "provenance", MappingProxyType(dict(provenance or {})))

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.vectors)

    @property
    def n_dimensions(self) -> int:
        """Length of each vector."""
        return int(self.vectors.shape[1])

    @property
    def as_given(self) -> NDArray[Any]:
        """The vectors in the type that they came in: the same numbers, and what is known of them.

        Examples
        --------
        >>> import numpy as np, hiertools as ht
        >>> reps = ht.ClassRepresentatives(np.ones((1, 2), dtype=np.float32), ["lynx"])
        >>> reps.vectors.dtype, reps.as_given.dtype
        (dtype('float64'), dtype('float32'))
        """
        return self.vectors.astype(self.rounded_to, copy=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ClassRepresentatives):
            return NotImplemented
        return (
            self.classes == other.classes
            and self.kind == other.kind
            and np.array_equal(self.vectors, other.vectors)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"ClassRepresentatives({self.n_classes:,} class{'es' * (self.n_classes != 1)} x "
            f"{self.n_dimensions:,} dimension{'s' * (self.n_dimensions != 1)}, kind={self.kind!r})"
        )

    def _repr_html_(self) -> str:
        from hiertools._core.summaries import ROWS, not_shown, summary_html

        shown, wide = self.vectors[:ROWS], min(self.n_dimensions, 6)
        columns = {"class": list(self.classes[:ROWS])}
        columns["length"] = [f"{length:.3g}" for length in np.linalg.norm(shown, axis=1)]
        columns |= {f"{i}": [f"{x:.3g}" for x in shown[:, i]] for i in range(wide)}
        if wide < self.n_dimensions:
            columns["…"] = ["…"] * len(shown)
        return summary_html(repr(self), columns, beyond=not_shown(self.n_classes, "classes"))

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy can't be pickled
        return type(self), (self.as_given, self.classes, self.kind, dict(self.provenance))

    @door
    def take(self, classes: SomeClasses) -> ClassRepresentatives:
        """Return the representatives of `classes`, in that order."""
        names = checks.class_names(classes, "classes", any_order=True)
        index = {name: i for i, name in enumerate(self.classes)}
        missing = [name for name in names if name not in index]
        if missing:
            raise checks.missing_classes(
                missing,
                len(names),
                "the representatives",
                self.classes,
                "Name only classes they have.",
            )
        rows = self.as_given[[index[name] for name in names]]
        return ClassRepresentatives(rows, names, self.kind, self.provenance)

    @door
    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with one row a class, indexed by class name."""
        import pandas as pd

        return pd.DataFrame(self.vectors, index=pd.Index(self.classes, name="class"))

    @door
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``.npz``, ``.csv`` or ``.parquet``, whole or not at all.

        ``.npz`` keeps everything (``vectors``, ``classes``, ``kind``, ``provenance`` as JSON text,
        no pickles), and a digest that is checked when it is read; the tables keep names and
        vectors only.
        """
        suffix = suffix_of(path)
        if suffix == ".npz":
            held = {
                "vectors": self.as_given,
                "classes": np.array(self.classes, dtype=np.str_),
                "kind": np.array(self.kind),
                "provenance": np.array(json.dumps(dict(self.provenance), default=str)),
            }
            save_npz(path, held)
            return
        frame = self.to_frame().reset_index()
        frame.columns = frame.columns.astype(str)
        if suffix in TABLE_ENDINGS:
            with atomic_write(path, "w") as file:
                frame.to_csv(
                    file,
                    index=False,
                    sep=delimiter_of(path) or ",",
                    quoting=quoting([self.classes]),
                )
            return
        checks.need("pyarrow", "parquet", "writing .parquet")
        with atomic_write(path, "wb") as file:
            frame.to_parquet(file, index=False)


LONGEST = 20
"""Bits that short numbers make do with, whole numbers up to a million among them."""

_LOOKED_AT = 4096
"""Numbers that tell of nearly all arrays that they never were of type float32."""


def were_float32(array: Floats) -> bool:
    """Tell whether numbers of 64 bits were of type float32 before, as those of a text may be.

    All of them are numbers of that type, and more than half of those that are not 0 need most of
    its 24 bits, which short decimals and whole numbers do not.

    Examples
    --------
    >>> found = np.random.default_rng(0).random((3, 2))
    >>> [were_float32(of) for of in (found, found.astype(np.float32).astype(float), found.round())]
    [False, True, False]
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # NaNs may signal
        for part in (array.ravel()[:_LOOKED_AT], array.ravel()):
            if not np.array_equal(part, part.astype(np.float32)):
                return False
    fraction = np.ldexp(np.frexp(array[array != 0])[0], LONGEST)
    long = int(np.count_nonzero(fraction != np.trunc(fraction)))
    return 2 * long > int(fraction.size)


def suffix_of(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file for representatives, in lower case; refuse other endings."""
    return _known_suffix(named_path(path, "the path of the representatives").suffix.lower(), path)


def suffix_to_read(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file that is there, which may be packed: ``.csv.gz`` is ``.csv``."""
    return _known_suffix(ending_of(named_path(path, "the path of the representatives")), path)


def _known_suffix(suffix: str, path: str | os.PathLike[str]) -> str:
    if suffix not in (".npz", *TABLES):
        raise FileFormatError(
            f"{path}: class representatives are kept in .npz, .csv or .parquet; got {suffix!r}."
        )
    return suffix
