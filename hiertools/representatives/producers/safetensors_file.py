"""safetensors: - the head among the tensors of a ``.safetensors`` file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.checks import need
from hiertools._core.doors import door
from hiertools._core.files import require_file
from hiertools.errors import FileFormatError
from hiertools.representatives.producers._heads import head_representatives
from hiertools.representatives.producers._names import Names
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.state_dicts import found_names, matrices_of
from hiertools.representatives.representatives import ClassRepresentatives

_TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
    "C64": "complex64",
}

# What numpy has no type for, by ml_dtypes' name; float32 holds it exactly.
_SHORT = {
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
    "F8_E8M0": "float8_e8m0fnu",
}


@door
def from_safetensors(
    path: str | os.PathLike[str],
    /,
    *,
    classes: Names = None,
    layer: str | None = None,
    orientation: str | None = None,
) -> ClassRepresentatives:
    """Read the head of a model from a ``.safetensors`` file.

    Parameters
    ----------
    path
        The file. Nothing in it is run.
    classes
        Class names in the order of the head's outputs: a list, a file with one name a line, a
        mapping of class to index, or ``"indices"``. By default names found in the file's metadata
        (``"classes"``, ``"id2label"``, ... as JSON); others are refused where it has some.
    layer
        Name of the head's tensor (with or without ``.weight``). By default the only one that has
        as many rows or columns as there are classes.
    orientation
        ``"rows"`` or ``"columns"``: where the classes lie. By default found by their number; a
        matrix that fits both ways is refused.

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    FileFormatError
        No such file, or not of its format.
    MissingDependencyError
        The library safetensors is not installed.
    RepresentativesError
        No head, several, one that fits both ways, no names.
    """
    tensors, metadata = load_safetensors(path)
    return head_representatives(
        matrices_of(tensors, layer, of_torch=metadata.get("format") == "pt"),
        classes,
        Path(path).name,
        found=found_names(metadata),
        layer=layer,
        orientation=orientation,
        provenance={"file": Path(path).name},
    )


def load_safetensors(
    path: str | os.PathLike[str],
) -> tuple[dict[str, StoredTensor], Mapping[str, str]]:
    """Return the tensors of a file by name, each read when its values are asked for; and metadata.

    Tensors of a type that is not known are left out.
    """
    safetensors = require("safetensors", "safetensors")
    require_file(path)
    try:
        with open(path, "rb"):  # the system's own words for a file that can't be read
            file = safetensors.safe_open(os.fspath(path), framework="numpy")
        parts = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except OSError as cause:
        raise FileFormatError(f"{path}: can't be read: {cause.strerror or cause}.") from None
    except safetensors.SafetensorError as cause:
        raise FileFormatError(
            f"{path}: is not a readable .safetensors file, or is cut off ({cause})."
        ) from None
    tensors = {
        name: StoredTensor(file, name, tuple(part.get_shape()), part.get_dtype(), path)
        for name, part in parts.items()
        if part.get_dtype() in {**_TYPES, **_SHORT}
    }
    return tensors, file.metadata() or {}


class StoredTensor:
    """A tensor that stays in its file until numpy asks for its values."""

    def __init__(
        self,
        file: Any,
        name: str,
        shape: tuple[int, ...],
        kind: str,
        path: str | os.PathLike[str],
    ) -> None:
        self._file, self._name, self._kind, self._path = file, name, kind, path
        self.shape = shape
        self.dtype = np.dtype(_TYPES.get(kind, "float32"))
        self.stored_as = _SHORT.get(kind, str(self.dtype))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if self._kind in _SHORT:
            what = f"the tensor {self._name!r}, of the type {self.stored_as},"
            short = need("ml_dtypes", "safetensors", what)
            kind = np.dtype(getattr(short, self.stored_as))
            values = np.frombuffer(self._bytes(), kind).reshape(self.shape)
        else:
            values = np.asarray(self._file.get_tensor(self._name))
        return values.astype(self.dtype if dtype is None else dtype, copy=False)

    def _bytes(self) -> bytes:
        """Return what the file holds, as it lies there: the library needs types that numpy lacks.

        A file begins with the length of its header, in 8 bytes, and the header, which is JSON.
        """
        with open(self._path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            begin, end = json.loads(file.read(length))[self._name]["data_offsets"]
            file.seek(8 + length + begin)
            return file.read(end - begin)
