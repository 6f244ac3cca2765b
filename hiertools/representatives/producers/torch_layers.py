"""The layers of a PyTorch module that could be its head, with the weights that they compute with.

A module says more than its tensors: which layers are linear, what a parametrisation makes of them,
which adapters are at work. Nothing here changes the module.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools.errors import RepresentativesError
from hiertools.representatives.producers._computed import (
    Computed,
    computed,
    problem_of_type,
    values_of,
)
from hiertools.representatives.producers._heads import Matrix

if TYPE_CHECKING:
    import torch


def module_matrices(module: torch.nn.Module, layer: str | None = None) -> list[Matrix]:
    """Return the linear layers of a module, then the other matrices among its parameters."""
    matrices: list[Matrix] = []
    taken: set[int] = set()
    done: set[int] = set()
    convolutions: set[str] = set()
    hidden = _not_used(module)
    for name, part in module.named_modules():
        if any(name == other or name.startswith(f"{other}.") for other in hidden):
            continue
        found = _matrix(name, part)
        if found is None:
            continue
        hidden.extend(f"{name}.{inner}" if name else inner for inner, _ in part.named_children())
        taken.update(id(parameter) for parameter in part.parameters())
        if layer is None and any(step.lower().startswith("aux") for step in name.split(".")):
            continue
        weight = dict(part.named_parameters(recurse=False)).get("weight")
        if weight is not None and id(weight) in done and layer is None:
            continue  # tied to a layer that is there already
        done.add(id(weight))
        if len(tuple(found.values.shape)) > 2:
            convolutions.add(name)
        matrices.append(found)
    for name, parameter in module.named_parameters():
        inside = any(name.startswith(f"{other}.") for other in hidden)
        if parameter.ndim == 2 and id(parameter) not in taken and not inside:
            axis, centres = _of_loss(module, name)
            problem = problem_of_type(parameter)
            matrices.append(
                Matrix(name, parameter, axis, likely=False, problem=problem, centres=centres)
            )
    dense = [m for m in matrices if m.name not in convolutions]
    return matrices if layer is not None or not any(m.likely for m in dense) else dense


def _matrix(name: str, part: torch.nn.Module) -> Matrix | None:
    """Return the matrix of a layer that is linear, or a convolution of one point."""
    from torch import nn

    base = getattr(part, "base_layer", None)
    if isinstance(base, nn.Module):  # peft's layers stand around the one that they change
        return _adapted(name, part, base)
    weight = getattr(part, "weight", None) if not _is_parametrised(part) else _in_use(part)
    if isinstance(weight, nn.UninitializedParameter):
        raise RepresentativesError(
            f"the layer {name!r} of the module has no weights yet; run the model once, on any "
            "batch, so that it finds its sizes."
        )
    if hasattr(part, "_packed_params") and callable(weight):
        return Matrix(name, weight(), "rows")  # quantised by torch: weight() unpacks
    convolution = isinstance(part, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    if convolution and (set(part.kernel_size) != {1} or part.groups != 1):  # type: ignore[arg-type]
        return None
    scripted = getattr(part, "original_name", "") == "Linear"  # of TorchScript
    if not (convolution or scripted or isinstance(part, nn.Linear) or _is_turned(part, weight)):
        return None
    own = {**dict(part.named_parameters(recurse=False)), **dict(part.named_buffers(recurse=False))}
    low_rank = "lora_A" in own and "lora_B" in own
    plain_parts = {key: value for key, value in own.items() if not key.startswith("lora_")}
    found, problems = computed(plain_parts)
    if "weight" in found and "weight" not in plain_parts:  # from parts, as old normalisations do
        return Matrix(name, found["weight"], "rows", problem=problems.get("weight", ""))
    if low_rank:
        weight = _with_low_rank(part, own)
    size = (getattr(part, "out_features", 0), getattr(part, "in_features", 0))
    if problem_of_type(weight) and all(size):
        # Perhaps with two numbers of four bits in one of eight, as bitsandbytes packs them.
        packed = Matrix(name, Computed(lambda: np.zeros(size), weight, size), "rows")
        return replace(packed, problem=problem_of_type(weight))
    axis = "columns" if _is_turned(part, weight) else "rows"
    return Matrix(name, weight, axis, problem=problem_of_type(weight))


def _is_turned(part: torch.nn.Module, weight: Any) -> bool:
    """Tell transformers' linear layer, which keeps its weight turned."""
    return type(part).__name__ == "Conv1D" and getattr(weight, "ndim", 0) == 2


def _is_parametrised(part: torch.nn.Module) -> bool:
    return "weight" in getattr(part, "parametrizations", ())


def _in_use(part: torch.nn.Module) -> Any:
    """Return the weight that a parametrised layer predicts with; training would change it."""
    return copy.deepcopy(part).eval().weight


def _not_used(module: torch.nn.Module) -> list[str]:
    """Return the layers that peft keeps beside the trained copy that it uses."""
    hidden = []
    for name, part in module.named_modules():
        copies = getattr(part, "modules_to_save", None)
        if copies is None or not hasattr(part, "original_module"):
            continue
        active = [] if getattr(part, "disable_adapters", False) else _active(part)
        at = f"{name}." if name else ""
        if any(key in copies for key in active):
            hidden.append(f"{at}original_module")
        hidden.extend(f"{at}modules_to_save.{key}" for key in copies if key not in active)
    return hidden


def _active(part: torch.nn.Module) -> list[str]:
    names: Any = getattr(part, "active_adapters", None) or getattr(part, "active_adapter", ())
    return [names] if isinstance(names, str) else list(names)


def _adapted(name: str, part: Any, base: Any) -> Matrix | None:
    """Return what a layer of peft computes with: the layer it changes, and its adapters."""
    inner = _matrix(name, base)
    if inner is None or getattr(part, "merged", False) or getattr(part, "disable_adapters", False):
        return inner
    inner_names = set(getattr(part, "lora_A", ()) or ())
    active = [key for key in _active(part) if key in inner_names]
    plain_lora = len(inner_names) > 0 and hasattr(part, "scaling")
    if not plain_lora or any((getattr(part, "use_dora", None) or {}).get(key) for key in active):
        return replace(
            inner,
            problem=f"is changed by an adapter ({type(part).__name__}) that is not read; merge it "
            "first (model.merge_and_unload() of peft)",
        )

    def compute() -> Any:
        total = values_of(inner.values).reshape(inner.values.shape)
        for key in active:
            change = values_of(part.lora_B[key].weight) @ values_of(part.lora_A[key].weight)
            change = change.T if inner.axis == "columns" else change
            total = total + float(part.scaling[key]) * change.reshape(total.shape)
        return total

    return replace(inner, values=Computed(compute, inner.values))


def _with_low_rank(part: Any, own: dict[str, Any]) -> Any:
    """Return the weight of a layer of loralib, which adds to it until it is merged."""
    weight = own["weight"]
    if getattr(part, "merged", False):
        return weight

    def compute() -> Any:
        change = values_of(own["lora_B"]) @ values_of(own["lora_A"])
        change = change.T if getattr(part, "fan_in_fan_out", False) else change
        return values_of(weight) + float(getattr(part, "scaling", 1)) * np.asarray(change)

    return Computed(compute, weight)


def _of_loss(module: torch.nn.Module, name: str) -> tuple[str | None, int]:
    """Return where a loss keeps its classes, and how many vectors it has for each."""
    for stem, part in _parts_above(module, name):
        for key, parameter in (("sub_centers", "W"), ("centers_per_class", "fc")):
            centres = getattr(part, key, None)
            if isinstance(centres, int) and name == f"{stem}{parameter}":
                return "columns", centres
    return None, 1


def _parts_above(module: torch.nn.Module, name: str) -> Iterator[tuple[str, Any]]:
    stem = name.rpartition(".")[0]
    yield (f"{stem}." if stem else ""), module.get_submodule(stem)
