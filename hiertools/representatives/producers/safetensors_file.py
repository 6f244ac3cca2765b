"""safetensors: - the head among the tensors of a ``.safetensors`` file, read without a library."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools.errors import FileFormatError
from hiertools.representatives.producers._heads import head_representatives
from hiertools.representatives.producers._names import Names
from hiertools.representatives.producers.state_dicts import found_names, matrices_of
from hiertools.representatives.representatives import ClassRepresentatives

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}


def from_safetensors(
    path: str | os.PathLike[str],
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
    RepresentativesError
        No head, several, one that fits both ways, no names.

    Notes
    -----
    Format: https://huggingface.co/docs/safetensors (8 bytes of header length, a JSON header, the
    numbers).
    """
    tensors, metadata = load_safetensors(path)
    return head_representatives(
        matrices_of(tensors),
        classes,
        Path(path).name,
        found=found_names(metadata if isinstance(metadata, dict) else {}),
        layer=layer,
        orientation=orientation,
        provenance={"file": Path(path).name},
    )


def load_safetensors(
    path: str | os.PathLike[str],
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the tensors of a file by name, and its metadata."""
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileFormatError(f"{path}: there is no such file.") from None
    except OSError as cause:
        raise FileFormatError(f"{path}: can't be read: {cause.strerror}.") from None
    size = int.from_bytes(raw[:8], "little")
    try:
        if len(raw) < 8 + size:
            raise ValueError("it is cut off")
        header = json.loads(raw[8 : 8 + size])
        metadata = header.pop("__metadata__", {})
        data = memoryview(raw)[8 + size :]
        tensors = {name: _tensor(entry, data) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise FileFormatError(f"{path}: is not a readable .safetensors file: {cause}.") from None
    return tensors, metadata


def _tensor(entry: dict[str, Any], data: memoryview) -> NDArray[Any]:
    start, stop = entry["data_offsets"]
    if not 0 <= start <= stop <= len(data):
        raise ValueError("its data are cut off")
    kind, shape = entry["dtype"], tuple(entry["shape"])
    if kind == "BF16":  # float32 without its lower half, which numpy has no type for
        upper = np.frombuffer(data[start:stop], dtype="<u2").astype("<u4")
        return (upper << 16).view("<f4").reshape(shape)
    if kind not in _TYPES:
        # Eight-bit floats and the like: no head is kept so, and the file's others can be read.
        return np.zeros(0)
    return np.frombuffer(data[start:stop], dtype=_TYPES[kind]).reshape(shape)
