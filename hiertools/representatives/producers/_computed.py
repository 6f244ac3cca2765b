"""Weights as a layer computes them, where tensors hold the parts that it computes them from.

Weight and spectral normalisation, pruning, 8-bit numbers with a scale: from their parts. What can't
be had from the tensors alone (adapters such as LoRA, other parametrisations) gets a sentence
instead, told only if that layer is the head.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hiertools._core.arrays import plain
from hiertools.errors import RepresentativesError

_OF_ADAPTERS = re.compile(
    r"(?:(.*)\.)?((?:lora|ia3|hada|lokr|oft|boft|vera|randlora)_\w+)(?:\..*)?"
)
"""Tensors of peft and loralib: the layer that they change, and what they are."""

EIGHT_BITS = ("int8", "uint8", "float8")


class Computed:
    """A matrix that is computed when numpy asks for its values."""

    def __init__(
        self, compute: Callable[[], NDArray[Any]], like: Any, shape: tuple[int, ...] | None = None
    ) -> None:
        self._compute = compute
        self.shape = tuple(like.shape) if shape is None else shape
        wide = str(like.dtype).endswith("float64")
        self.dtype = np.dtype(np.float64 if wide else np.float32)  # as exact as its parts

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._compute().astype(self.dtype if dtype is None else dtype, copy=False)


def computed(tensors: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return tensors by name, parts replaced by what a layer computes; and what can't be told.

    The second goes from a name to what is to be said if that tensor is the head.
    """
    found = dict(tensors)
    problems: dict[str, str] = {}
    _saved_modules(found)
    _adapters(found, problems)
    for name in list(tensors):
        stem, _, last = name.rpartition(".")
        at = f"{stem}." if stem else ""
        if last == "weight_g" and f"{at}weight_v" in found:
            found[f"{at}weight"] = _weight_norm(found.pop(name), found.pop(f"{at}weight_v"))
        elif last == "weight_orig":
            _old_reparametrised(found, problems, at)
        elif last in ("original", "original0") and stem.endswith("parametrizations.weight"):
            _parametrised(found, problems, at)
        elif last == "qweight":
            for key in ("qzeros", "scales", "g_idx"):
                found.pop(f"{at}{key}", None)
            problems[name] = (
                "holds packed numbers of a quantised layer (GPTQ or AWQ); give the head of the "
                "model before quantisation"
            )
    for name in list(found):
        _scaled(found, problems, name)
    return found, problems


def problem_of_type(values: Any) -> str:
    """Say what is wrong with whole numbers of 8 bits as weights; "" for other types."""
    if _kind(values) not in ("int8", "uint8"):
        return ""
    return (
        "holds whole numbers of 8 bits, those of a quantised layer whose scale is not known; "
        "dequantise the model first, or give the head of the model before quantisation"
    )


def _kind(tensor: Any) -> str:
    """Return the name of a tensor's type; of one that lies in a file, as it is kept there."""
    kind = getattr(tensor, "stored_as", None) or getattr(tensor, "dtype", "")
    return str(kind).rpartition(".")[2]


def values_of(tensor: Any) -> NDArray[Any]:
    """Return a tensor's values as float64."""
    return np.asarray(plain(tensor, "the weights", RepresentativesError), dtype=np.float64)


def _weight_norm(length: Any, direction: Any) -> Computed:
    def compute() -> NDArray[Any]:
        g, v = values_of(length), values_of(direction)
        if g.ndim != v.ndim:  # one length for the whole matrix
            return np.asarray(v * (g.reshape(()) / np.linalg.norm(v)))
        over = tuple(i for i in range(v.ndim) if g.shape[i] == 1)
        return np.asarray(v * (g / np.sqrt((v**2).sum(axis=over, keepdims=True))))

    return Computed(compute, direction)


def _spectral_norm(weight: Any, left: Any, right: Any) -> Computed:
    def compute() -> NDArray[Any]:
        w, u, v = (values_of(part) for part in (weight, left, right))
        rows = w.reshape(len(w), -1)
        if (u.size, v.size) != rows.shape:  # normalised along another axis
            rows = np.moveaxis(w, 1, 0).reshape(w.shape[1], -1)
        return np.asarray(w / (u @ rows @ v))

    return Computed(compute, weight)


def _old_reparametrised(found: dict[str, Any], problems: dict[str, str], at: str) -> None:
    """``torch.nn.utils.spectral_norm``, and pruning: ``weight_orig`` and what goes with it."""
    original = found.pop(f"{at}weight_orig")
    if f"{at}weight_u" in found and f"{at}weight_v" in found:
        left, right = found.pop(f"{at}weight_u"), found.pop(f"{at}weight_v")
        found[f"{at}weight"] = _spectral_norm(original, left, right)
    elif f"{at}weight_mask" in found:
        mask = found.pop(f"{at}weight_mask")
        found[f"{at}weight"] = Computed(lambda: values_of(original) * values_of(mask), original)
    else:
        found[f"{at}weight"] = original
        problems[f"{at}weight"] = (
            "is computed from 'weight_orig' in a way that the tensors don't tell; give the model "
            "itself to from_module"
        )


def _parametrised(found: dict[str, Any], problems: dict[str, str], at: str) -> None:
    """``torch.nn.utils.parametrize``: ``X.parametrizations.weight.original`` and its parts."""
    stem = at.removesuffix("parametrizations.weight.")
    parts = {n.removeprefix(at): found.pop(n) for n in list(found) if n.startswith(at)}
    if not parts:
        return  # done, under the name of another part
    name = f"{stem}weight"
    if set(parts) == {"original0", "original1"} and _is_length(*parts.values()):
        found[name] = _weight_norm(parts["original0"], parts["original1"])
    elif set(parts) == {"original", "0._u", "0._v"}:
        found[name] = _spectral_norm(parts["original"], parts["0._u"], parts["0._v"])
    else:
        found[name] = parts.get("original", parts.get("original1"))
        problems[name] = (
            f"is computed by a parametrisation (from {', '.join(map(repr, sorted(parts)))}) that "
            "the tensors don't tell; give the model itself to from_module, or save it after "
            "torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight')"
        )


def _is_length(length: Any, direction: Any) -> bool:
    g, v = tuple(length.shape), tuple(direction.shape)
    return not g or (len(g) == len(v) and all(a in (1, b) for a, b in zip(g, v)))


def _saved_modules(found: dict[str, Any]) -> None:
    """Drop layers that peft keeps beside the trained copy that it uses (``modules_to_save``)."""
    for name in list(found):
        stem, inside, _ = name.partition(".original_module.")
        if inside and any(other.startswith(f"{stem}.modules_to_save.") for other in found):
            del found[name]


def _adapters(found: dict[str, Any], problems: dict[str, str]) -> None:
    """Tell layers that an adapter changes; its own matrices are no heads."""
    changed: dict[str, dict[str, Any]] = {}
    for name in list(found):
        match = _OF_ADAPTERS.fullmatch(name)
        if match:
            changed.setdefault(match[1] or "", {})[match[2]] = found.pop(name)
    for stem, parts in changed.items():
        at = f"{stem}." if stem else ""
        name = next(
            (n for n in (f"{at}base_layer.weight", f"{at}weight") if n in found), f"{at}weight"
        )
        if name not in found:  # the adapter was saved without the model that it changes
            inner, outer = parts.get("lora_A"), parts.get("lora_B")
            if inner is None or outer is None or len(inner.shape) != 2:
                continue
            size = (int(outer.shape[0]), int(inner.shape[1]))
            found[name] = Computed(lambda: np.zeros(0), inner, size)
        kind = "LoRA" if any(part.startswith("lora") for part in parts) else "an adapter"
        problems[name] = (
            f"is changed by {kind} ({', '.join(map(repr, sorted(parts)))}), by a scale that the "
            "tensors don't hold; save the merged model (model.merge_and_unload().state_dict() of "
            "peft), or give the model itself to from_module"
        )


def _scaled(found: dict[str, Any], problems: dict[str, str], name: str) -> None:
    """Multiply numbers of 8 bits by their scale, one for all or one a row."""
    stem, _, last = name.rpartition(".")
    if last != "weight" or not _kind(found.get(name)).startswith(EIGHT_BITS):
        return
    weight, at = found[name], f"{stem}." if stem else ""
    key = next((k for k in ("weight_scale", "weight_scale_inv") if f"{at}{k}" in found), None)
    if key is None:
        return
    scale = found.pop(f"{at}{key}")
    size = int(np.prod(tuple(scale.shape)))
    if size not in (1, weight.shape[0]) or tuple(scale.shape[1:]) not in ((), (1,)):
        problems[name] = (
            f"holds numbers of 8 bits with a scale of shape {tuple(scale.shape)} ({key}), which is "
            "neither one number nor one a row; dequantise the model first"
        )
        return
    found[name] = Computed(
        lambda: values_of(weight) * values_of(scale).reshape(-1, *[1] * (len(weight.shape) - 1)),
        weight,
    )
