"""Arrays: the two kinds nearly everything is made of, and those of other libraries as such."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.broken import first_line
from hiertools._core.memory import refuse_lack
from hiertools.errors import HiertoolsError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


DIMENSIONS = 64
"""As many as an array of numpy may have."""


def plain(
    values: Any, what: str = "the array", error: type[HiertoolsError] = HiertoolsError
) -> Any:
    """Return tensors, and lists of them, as numpy arrays; leave what numpy reads by itself.

    Tensors of torch may need a gradient and lie on any device; whatever else offers
    ``__array__`` (JAX, TensorFlow, ...) is asked for it. Types that numpy lacks (bfloat16, float8)
    become float32, which holds them exactly; all others are kept.

    Parameters
    ----------
    values
        Anything.
    what
        What it is, for messages.
    error
        Raised for tensors whose values can't be had: sparse ones, and those without any.

    Examples
    --------
    >>> plain([1.0, 2.0])
    [1.0, 2.0]
    """
    return _plain_below(values, what, error, 1)


def _plain_below(values: Any, what: str, error: type[HiertoolsError], depth: int) -> Any:
    if depth > DIMENSIONS:
        raise error(
            f"{what}: the lists are nested more than {DIMENSIONS} deep, or hold themselves; "
            "give an array of numbers."
        )
    if isinstance(values, list | tuple):
        # By type, not by value: a list may hold a million labels.
        holds = (list, tuple, np.ndarray)
        if not any(issubclass(t, holds) or _is_foreign(t) for t in set(map(type, values))):
            return values
        return [_plain_below(value, what, error, depth + 1) for value in values]
    if isinstance(values, np.ndarray):
        return _of_numpy_type(values)
    if not _is_foreign(type(values)):
        return values
    layout = str(getattr(values, "layout", ""))
    if hasattr(values, "toarray") or layout.startswith(("torch.sparse", "torch._mkldnn")):
        dense = "toarray" if hasattr(values, "toarray") else "to_dense"
        raise error(f"{what} must be dense; got a sparse {_name(values)}; pass its {dense}().")
    if str(getattr(values, "device", "")) == "meta":
        raise error(
            f"{what}: the {_name(values)} lies on the device 'meta', so it has a shape and no "
            "values; load the weights first."
        )
    try:
        return _of_numpy_type(
            _of_tensor(values) if hasattr(values, "detach") else np.asarray(values)
        )
    except HiertoolsError:
        raise
    except Exception as cause:  # noqa: BLE001  (each library has errors of its own)
        refuse_lack(cause, f"{what}: a copy of the {_name(values)}")
        raise error(
            f"{what}: the {_name(values)} can't be read as numbers ({first_line(cause)}); convert "
            "it to a numpy array first."
        ) from None


def numbers_of(values: Any) -> Any:
    """Return a frame of numbers whose types numpy lacks (``Float64``, those of Arrow) as an array.

    numpy by itself would make objects of them. All else is returned as it is.
    """
    if not hasattr(values, "iloc") or not hasattr(values, "columns"):
        return values
    dtypes = values.infer_objects().dtypes
    if all(isinstance(dtype, np.dtype) and dtype.kind != "O" for dtype in values.dtypes):
        return values
    if not all(dtype.kind in "fiub" for dtype in dtypes):
        return values
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def is_half(values: Any) -> bool:
    """Tell an array or tensor of 16 bits a number, which is rounded to two or three digits."""
    name = str(getattr(values, "dtype", "")).rpartition(".")[2]
    return name in ("float16", "bfloat16")


def _is_foreign(kind: type) -> bool:
    if issubclass(kind, np.ndarray | np.generic) or hasattr(kind, "iloc"):
        return False  # numpy's own, and tables, which have names
    return any(hasattr(kind, name) for name in ("detach", "__array__", "toarray"))


def _of_numpy_type(array: Any) -> Any:
    """Return an array of bfloat16 and the like, which are no types of numpy, as float32."""
    own = array.dtype.kind != "V" or "float" not in array.dtype.name
    return array if own else array.astype(np.float32)


def _of_tensor(tensor: Any) -> Any:
    tensor = tensor.detach().cpu()
    for pending in ("resolve_conj", "resolve_neg"):  # views that numpy has no like of
        if hasattr(tensor, pending):
            tensor = getattr(tensor, pending)()
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    if str(getattr(tensor, "dtype", "")).startswith(("torch.bfloat", "torch.float8")):
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


def _name(values: Any) -> str:
    return type(values).__name__
