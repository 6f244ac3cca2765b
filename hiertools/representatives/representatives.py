"""`ClassRepresentatives`: one vector per class, and everything that can be read as such."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core import checks
from hiertools._core.arrays import Floats, plain
from hiertools._core.files import atomic_write, named_path
from hiertools._core.number_tables import (
    are_numbers,
    drop_row_numbers,
    is_number,
    number_frame,
    read_number_table,
    row_numbers,
    to_numbers,
)
from hiertools._core.own_names import agreed_names, names_in_order
from hiertools._core.seal import check_members, check_seal, seal
from hiertools._core.tables import TABLE_ENDINGS, delimiter_of, is_frame, is_unnamed, quoting
from hiertools.errors import FileFormatError, RepresentativesError

if TYPE_CHECKING:
    import pandas as pd


TABLES = (*TABLE_ENDINGS, ".parquet")
NAME_HEADERS = (
    "", "category", "class", "class_name", "classes", "id", "index", "label", "labels", "name",
    "names", "species", "target", "unnamed: 0",
)  # fmt: skip
"""Headers of a column of class names, below which numbers are names and beside which are headers.
"""


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

    def __init__(
        self,
        vectors: ArrayLike,
        classes: Sequence[str] | Mapping[str, int],
        kind: str = "representative",
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        names = names_in_order(classes, "class representatives", RepresentativesError)
        if is_frame(vectors) and all(isinstance(name, str) for name in vectors.index):
            advice = "as_representatives(frame) takes the names of the index"
            names = agreed_names(names, vectors.index, "the DataFrame", advice=advice)
        array = checks.numeric(vectors, "class representatives", RepresentativesError)
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
        object.__setattr__(self, "classes", names)
        object.__setattr__(self, "kind", str(kind))
        object.__setattr__(self, "provenance", MappingProxyType(dict(provenance or {})))

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.vectors.shape[0]

    @property
    def n_dimensions(self) -> int:
        """Length of each vector."""
        return self.vectors.shape[1]

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

    def __reduce__(self) -> tuple[Any, ...]:  # a mapping proxy can't be pickled
        return type(self), (self.vectors, self.classes, self.kind, dict(self.provenance))

    def take(self, classes: Sequence[str]) -> ClassRepresentatives:
        """Return the representatives of `classes`, in that order."""
        index = {name: i for i, name in enumerate(self.classes)}
        missing = [name for name in classes if name not in index]
        if missing:
            raise checks.missing_classes(
                missing,
                len(classes),
                "the representatives",
                self.classes,
                "Name only classes they have.",
            )
        rows = self.vectors[[index[name] for name in classes]]
        return ClassRepresentatives(rows, classes, self.kind, self.provenance)

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame with one row a class, indexed by class name."""
        import pandas as pd

        return pd.DataFrame(self.vectors, index=pd.Index(self.classes, name="class"))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``.npz``, ``.csv`` or ``.parquet``, whole or not at all.

        ``.npz`` keeps everything (``vectors``, ``classes``, ``kind``, ``provenance`` as JSON text,
        no pickles), and a digest that is checked when it is read; the tables keep names and
        vectors only.
        """
        suffix = _suffix(path)
        if suffix == ".npz":
            with atomic_write(path, "wb") as file:
                np.savez_compressed(
                    file,
                    vectors=self.vectors,
                    classes=np.array(self.classes, dtype=np.str_),
                    kind=np.array(self.kind),
                    provenance=np.array(json.dumps(dict(self.provenance), default=str)),
                )
                seal(file)
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


def as_representatives(
    source: Any, classes: Sequence[str] | None = None, *, kind: str | None = None
) -> ClassRepresentatives:
    """Return class representatives from whatever holds a labelled matrix.

    Parameters
    ----------
    source : ClassRepresentatives, DataFrame, mapping, path, tensor, or array_like
        A DataFrame has the class names as its index, or in its first column if that is text. A
        mapping goes from class name to vector. A path is read by `read_representatives`;
        ``"timm:resnet50"``, and the path of a model, by `hiertools.producers.produce`. A torch
        tensor may need a gradient or sit on a GPU.
    classes : sequence of str, optional
        Names of the rows; needed for bare arrays. Where the source has names of its own, others are
        refused: ``take`` gives another order, ``rename=`` of `compare` other names.
    kind : str, optional
        What the vectors are; default what the source says, else "representative".

    Returns
    -------
    ClassRepresentatives

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.as_representatives({"lynx": [1.0, 0.0], "newt": [0.0, 1.0]})
    ClassRepresentatives(2 classes x 2 dimensions, kind='representative')
    """
    if isinstance(source, ClassRepresentatives):
        names = agreed_names(classes, source.classes, "the ClassRepresentatives object")
        if kind in (None, source.kind) and names == source.classes:
            return source
        return ClassRepresentatives(
            source.vectors, names, source.kind if kind is None else kind, source.provenance
        )
    kind_or_default = kind or "representative"
    if isinstance(source, str | os.PathLike):
        read = _read_any(source, classes)
        return (
            read
            if kind is None
            else ClassRepresentatives(read.vectors, read.classes, kind, read.provenance)
        )
    if isinstance(source, Mapping):
        own = checks.class_names(source, "the mapping", RepresentativesError)
        names = agreed_names(classes, own, "the mapping")
        rows = [
            plain(vector, f"the vector of {name!r}", RepresentativesError)
            for name, vector in source.items()
        ]
        lengths = {np.shape(row) for row in rows}
        if len(lengths) > 1:
            raise RepresentativesError(
                f"the vectors of a mapping must have one length; got shapes "
                f"{', '.join(map(str, sorted(lengths)))}."
            )
        return ClassRepresentatives(rows, names, kind_or_default)
    if is_frame(source):
        return _from_frame(source, classes, kind_or_default, "the DataFrame")
    _refuse_model(source)
    array = plain(source, "class representatives", RepresentativesError)
    if classes is None:
        raise RepresentativesError(
            f"an array of shape {np.shape(array)} has no class names; "
            "pass classes=[...], one a row."
        )
    return ClassRepresentatives(array, classes, kind_or_default)


def _read_any(
    source: str | os.PathLike[str], classes: Sequence[str] | None
) -> ClassRepresentatives:
    from hiertools.representatives.producers.registry import is_source, produce

    if not is_source(source):
        return read_representatives(source, classes)
    found = produce(source, **({} if classes is None else {"classes": classes}))
    if not isinstance(found, ClassRepresentatives):
        raise RepresentativesError(
            f"{source} gives distances between classes and no vectors, which are needed here."
        )
    return found


def read_representatives(
    path: str | os.PathLike[str], classes: Sequence[str] | None = None
) -> ClassRepresentatives:
    """Read class representatives from ``.npz``, ``.csv`` (``.tsv``) or ``.parquet``.

    Parameters
    ----------
    path : path
        ``.npz`` with ``vectors (C, D)`` and ``classes (C,)`` (and ``kind``, ``provenance``), never
        with pickles; or a table with a header, the class in its first column (call it ``class``)
        and numbers in all others. CSV is separated by commas, semicolons or tabs. A first column
        without a name that counts the rows is left out, with a warning; nothing else is.
    classes : sequence of str, optional
        Names of the rows of a ``.npz`` that holds vectors only.

    Raises
    ------
    FileFormatError
        No such file, empty, not of its format, or holding pickles; rows of several lengths, a
        column name twice, a cell that is no number.

    Examples
    --------
    >>> import hiertools as ht
    >>> reps = ht.ClassRepresentatives([[1, 0], [0, 1]], ["lynx", "newt"])
    >>> reps.save("reps.npz")
    >>> ht.read_representatives("reps.npz") == reps
    True
    """
    suffix = _suffix(path)
    if not Path(path).is_file():
        raise FileFormatError(f"{path}: there is no such file.")
    if Path(path).stat().st_size == 0:
        raise FileFormatError(f"{path}: the file is empty.")
    if suffix == ".npz":
        return _read_npz(path, classes)
    if suffix != ".parquet":
        return _from_frame(_read_csv(path, classes), classes, "representative", str(path))
    checks.need("pyarrow", "parquet", "reading .parquet")
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as cause:
        raise FileFormatError(f"{path}: can't be read as {suffix}: {_first_line(cause)}") from None
    return _from_frame(frame, classes, "representative", str(path))


def _read_csv(path: str | os.PathLike[str], classes: Sequence[str] | None) -> pd.DataFrame:
    frame = read_number_table(path, _text_columns)
    first = frame.columns[0]
    if not _heads_names(first) and are_numbers(frame.iloc[:, 0]):
        if classes is None:
            raise RepresentativesError(
                f"{path}: the first column, {first!r}, holds numbers only and so no class names; "
                "call it 'class' if they are names, or put a column of names in front."
            )
        frame[first] = to_numbers(frame.iloc[:, 0])
    return frame


def _text_columns(header: Sequence[str], row: Sequence[str]) -> list[int]:
    """Return the column of names; behind row numbers it is the second one."""
    names = header[1].strip() if len(header) > 1 else ""
    if not is_unnamed(header[0]) or not names:
        return [0]
    text = _heads_names(names) or not is_number(row[1].replace(",", "."))
    return [0, 1] if text else [0]


def _heads_names(header: str) -> bool:
    """Tell the header of a column of class names; no one calls a class "class"."""
    return header.strip().lower() in NAME_HEADERS


def _read_npz(path: str | os.PathLike[str], classes: Sequence[str] | None) -> ClassRepresentatives:
    held = load_npz(path)
    if "vectors" not in held:
        raise FileFormatError(
            f"{path}: has no array named 'vectors', only {checks.name_list(held)}; "
            "save the class matrix under that name."
        )
    if "classes" in held:
        classes = agreed_names(classes, names_in(held, path), str(path))
    elif classes is None:
        raise FileFormatError(f"{path}: has no array named 'classes'; pass classes=[...].")
    try:
        provenance = json.loads(str(held["provenance"])) if "provenance" in held else {}
    except json.JSONDecodeError:
        raise FileFormatError(f"{path}: 'provenance' must be JSON text.") from None
    if not isinstance(provenance, dict):
        raise FileFormatError(f"{path}: 'provenance' must be a JSON object.")
    kind = str(held["kind"]) if "kind" in held else "representative"
    return ClassRepresentatives(held["vectors"], classes, kind, provenance)


def load_npz(path: str | os.PathLike[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a ``.npz`` file; refuse pickles, damage, and what is no such file."""
    try:
        # A file of our own: np.load leaves one open that turns out to be no archive.
        with open(path, "rb") as file:
            failure = f"{path}: is not a readable .npz file"
            sealed = check_seal(file, failure)
            with np.load(file, allow_pickle=False) as held:
                if not isinstance(held, np.lib.npyio.NpzFile):
                    raise FileFormatError(
                        f"{path}: holds one bare array, not the arrays of a .npz file."
                    )
                if not sealed and held.zip is not None:
                    check_members(held.zip, failure)
                return {name: held[name] for name in held.files}
    except FileFormatError:
        raise
    except Exception as cause:  # a damaged archive can raise nearly anything
        if "pickle" in str(cause) or "Object arrays" in str(cause):
            raise FileFormatError(
                f"{path}: holds pickled objects, which could run code and are never loaded; "
                "save plain arrays (names as an array of text, dtype str)."
            ) from None
        raise FileFormatError(
            f"{path}: is not a readable .npz file: {_first_line(cause)}"
        ) from None


def names_in(held: Mapping[str, NDArray[Any]], path: str | os.PathLike[str]) -> list[str]:
    """Return the class names of a ``.npz`` file, which must be text."""
    names = held["classes"]
    if names.dtype.kind != "U":
        raise FileFormatError(
            f"{path}: 'classes' must be text, but it is an array of {names.dtype}; save the names "
            "as np.array(names, dtype=str), where names is a list of str."
        )
    return [str(name) for name in names.ravel()]


def _from_frame(
    frame: pd.DataFrame, classes: Sequence[str] | None, kind: str, where: str
) -> ClassRepresentatives:
    if frame.shape[0] == 0 or frame.shape[1] == 0:
        raise RepresentativesError(f"{where}: the table is empty.")
    _refuse_numbers_as_header(frame, where)
    frame = number_frame(frame, where, RepresentativesError)
    in_index = all(isinstance(name, str) for name in frame.index)
    if is_unnamed(frame.columns[0]) and row_numbers(frame.iloc[:, 0]):
        named = frame.shape[1] > 1 and frame.dtypes.iloc[1].kind not in "fiub"
        if not (named or in_index or classes is not None):
            raise RepresentativesError(
                f"{where}: the first column has no name and counts the rows, and row numbers are "
                "no class names; call it 'class' if they are, or put a column of names in front."
            )
        frame = drop_row_numbers(frame, where)
    first = frame.iloc[:, 0]
    if first.dtype.kind not in "fiub":  # names in the first column, of whatever text dtype
        names, values = first.tolist(), frame.iloc[:, 1:]
        if in_index and names != frame.index.tolist():
            raise RepresentativesError(
                f"{where}: the index ({frame.index[0]!r}, ...) and the first column "
                f"({names[0]!r}, ...) both hold text; keep the one with the class names."
            )
        # What is no text, such as an empty cell, is refused below, and not called "nan".
        text = all(isinstance(name, str) for name in names)
        classes = agreed_names(classes, names, where) if text else names
    elif in_index:
        head = frame.columns[0]
        if not is_unnamed(head) and _heads_names(head):
            raise RepresentativesError(
                f"{where}: names are in the index ({frame.index[0]!r}, ...) and numbers below "
                f"{head!r}, as if rows were longer than the header; rename that column if "
                "it is a column of vectors."
            )
        classes, values = agreed_names(classes, frame.index, where), frame
    elif classes is not None:
        values = frame
    else:
        raise RepresentativesError(
            f"{where}: neither the index nor the first column holds class names (text); "
            "set one, or pass classes=[...]."
        )
    wrong = [str(c) for c, dtype in zip(values.columns, values.dtypes) if dtype.kind not in "fiub"]
    if wrong:
        raise RepresentativesError(
            f"{where}: {len(wrong)} column(s) after the class name are not numbers: "
            f"{checks.name_list(wrong)}."
        )
    return ClassRepresentatives(values.to_numpy(dtype=np.float64), classes, kind)


def _refuse_numbers_as_header(frame: pd.DataFrame, where: str) -> None:
    """Refuse a table whose first row was taken for its header, and so is lost.

    Numbers may head columns of numbers where the first header says that names stand below.
    """
    indexed = frame.iloc[:, 0].dtype.kind in "fiub"
    head = frame.index.name if indexed else frame.columns[0]
    rest = frame.columns if indexed else frame.columns[1:]
    # Whole numbers (not text) as column names are pandas' own.
    numbers = [name for name in rest if isinstance(name, str) and is_number(name)]
    if numbers and isinstance(head, str) and not _heads_names(head):
        raise RepresentativesError(
            f"{where}: the first row holds {head!r} and numbers ({checks.name_list(numbers)}), as "
            "if it were data; put a header in front (such as class,d0,d1), or call the first "
            "column 'class' if it is one."
        )


def _refuse_model(source: object) -> None:
    """Say how the vectors of a model are read, where the model itself was given."""
    for sign, reader in (("named_parameters", "from_module"), ("get_params", "from_sklearn_model")):
        if hasattr(source, sign):
            raise RepresentativesError(
                f"a {type(source).__name__} is a model; give the vectors of its classes: "
                f"hiertools.producers.{reader}(model)."
            )


def _suffix(path: str | os.PathLike[str]) -> str:
    suffix = named_path(path, "the path of the representatives").suffix.lower()
    if suffix not in (".npz", *TABLES):
        raise FileFormatError(
            f"{path}: class representatives are kept in .npz, .csv or .parquet; got {suffix!r}."
        )
    return suffix


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
