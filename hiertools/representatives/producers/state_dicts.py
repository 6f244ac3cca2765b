"""Named tensors, from whatever framework: which could be the head, and what says the names."""

from __future__ import annotations

import ast
import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import numpy as np

from hiertools._core.doors import door
from hiertools._core.own_names import by_index, say_nothing
from hiertools.representatives.producers._computed import computed, problem_of_type
from hiertools.representatives.producers._heads import Matrix, head_representatives
from hiertools.representatives.producers._names import Names
from hiertools.representatives.representatives import ClassRepresentatives

# Where training code puts the weights, in the order in which they are looked for.
CONTAINERS = ("state_dict", "model_state_dict", "model", "module", "net", "network", "weights")

# Where it puts class names.
NAME_KEYS = (
    "classes", "class_names", "labels", "class_to_idx", "idx_to_class", "id2label", "label2id",
    "names",
)  # fmt: skip


@door
def from_state_dict(
    state: Mapping[str, Any],
    /,
    classes: Names = None,
    *,
    layer: str | None = None,
    orientation: str | None = None,
) -> ClassRepresentatives:
    """Read the head of a model from its state_dict, or from a checkpoint that holds one.

    Parameters
    ----------
    state
        Tensors by name (torch's or numpy's), perhaps below a key such as ``"state_dict"``.
    classes
        Class names in the order of the head's outputs: a list, a file with one name a line, a
        mapping of class to index, or ``"indices"``, where a single matrix could be the head or
        `layer` names it. By default names found in the checkpoint
        (``"classes"``, ``"class_to_idx"``, ...); others are refused where it has some.
    layer
        Name of the head's tensor (with or without ``.weight``, and what wraps the model:
        ``module.``, ``_orig_mod.``, ``model.``). By default the only one that has
        as many rows or columns as there are classes; matrices called ``weight`` go first.
    orientation
        ``"rows"`` (classes x dimensions, as in torch's Linear) or ``"columns"`` (as the ``W`` of
        pytorch-metric-learning). By default found by the number of classes, and by the bias; a
        matrix that fits both ways is refused.

    Returns
    -------
    ClassRepresentatives
        Kind "weights", computed where the tensors are parts (weight norm, spectral norm, pruning,
        8-bit numbers with a scale). The bias is not used.

    Raises
    ------
    RepresentativesError
        No head, several, one that fits both ways, names missing or not as many as fit; one that the
        tensors don't tell (changed by LoRA, or by another parametrisation).

    Examples
    --------
    >>> import numpy as np
    >>> state = {"body.weight": np.ones((5, 7)), "W": np.eye(5)[:, :3]}
    >>> from_state_dict(state, ["lynx", "wolf", "newt"]).provenance["classes_on"]
    'columns'
    """
    return head_representatives(
        matrices_of(state, layer),
        classes,
        "the state_dict",
        found=found_names(state),
        layer=layer,
        orientation=orientation,
    )


def matrices_of(
    state: Mapping[str, Any], layer: str | None = None, *, of_torch: bool = False
) -> list[Matrix]:
    """Return the matrices among tensors by name; convolutions of one point count as matrices.

    ``of_torch``: all come from PyTorch, whose ``weight`` has its outputs on the rows.
    """
    everything = dict(_flat(state))
    inside = next(
        (k for k in CONTAINERS if isinstance(state.get(k), Mapping) and any(_flat(state[k]))), None
    )
    chosen = {}
    for name, tensor in everything.items():
        if inside is not None and name.startswith(inside + "."):
            chosen[name[len(inside) + 1 :]] = tensor
        elif inside is None and not name.startswith("optim"):
            chosen[name] = tensor
    if layer is not None:  # a layer that is named may lie anywhere, in an averaged copy say
        chosen = {**everything, **chosen}
    tensors, problems = computed(chosen)
    found, convolutions = [], set()
    for name, tensor in tensors.items():
        shape = tuple(tensor.shape)
        if len(shape) < 2 or any(side != 1 for side in shape[2:]):
            continue
        stem, _, last = name.rpartition(".")
        axis = _axis_of_bias(shape, tensors.get(f"{stem}.bias" if stem else "bias"))
        problem = problems.get(name, "") or (problem_of_type(tensor) if last == "weight" else "")
        if len(shape) > 2:
            convolutions.add(name)
            found.append(Matrix(name, tensor, axis or "rows", problem=problem))
            continue
        by_rows = last == "weight" and (of_torch or hasattr(tensor, "detach"))
        guess = "rows" if by_rows else None
        found.append(
            Matrix(name, tensor, axis if last in ("weight", "kernel") else None,
                   last == "weight", guess, problem)
        )  # fmt: skip
    # A fully connected layer goes before convolutions, which heads seldom are.
    dense = [m for m in found if m.name not in convolutions]
    return dense if any(m.likely for m in dense) and layer is None else found


def _axis_of_bias(shape: tuple[int, ...], bias: Any) -> str | None:
    """Return where outputs lie, as a bias tells that has one number for each; None for no way."""
    size = () if bias is None else tuple(bias.shape)
    if len(size) != 1 or shape[0] == shape[1] or size[0] not in shape[:2]:
        return None
    return "rows" if size[0] == shape[0] else "columns"


def _shape(tensor: Any) -> tuple[int, ...] | None:
    """Return a tensor's shape; None where it has none, as nested tensors."""
    try:
        return tuple(int(side) for side in tensor.shape)
    except Exception:  # noqa: BLE001  (errors of several libraries)
        return None


def _flat(state: Any, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    stack = [(prefix, state)]
    while stack:
        name, value = stack.pop()
        if isinstance(value, Mapping):
            stack.extend(
                (f"{name}.{key}" if name else str(key), v)
                for key, v in reversed(list(value.items()))
            )
        elif isinstance(value, tuple) and name.endswith("_packed_params") and value:
            # A quantised layer of torch keeps weight and bias in one.
            found.append((f"{name.removesuffix('_packed_params._packed_params')}weight", value[0]))
        elif hasattr(value, "dtype") and _shape(value) is not None:
            found.append((name, value))
    return found


def found_names(state: Mapping[str, Any]) -> list[str] | None:
    """Return class names that a checkpoint, or a file's metadata, carries; None for none.

    Metadata are text: there the names are JSON, or written as Python writes a list or dictionary.
    """
    places = [state, *(state[k] for k in ("hyper_parameters", "config", "args") if k in state)]
    for place in places:
        if isinstance(place, Namespace | SimpleNamespace):
            place = vars(place)
        if not isinstance(place, Mapping):
            continue
        for key in NAME_KEYS:
            names = _names_in(place.get(key), f"the checkpoint's {key!r}")
            if names and not say_nothing(names):
                return names
    return None


def _names_in(value: Any, where: str) -> list[str] | None:
    if isinstance(value, str):
        for read in (json.loads, ast.literal_eval):
            # Text about something else, and text that is no list, is passed over.
            with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
                held = read(value)
                return None if isinstance(held, str) else _names_in(held, where)
        return None
    if isinstance(value, Mapping) and value:
        return [str(name) for name in by_index(value, where)]
    if isinstance(value, np.ndarray):
        value = value.tolist()
    is_list = isinstance(value, Sequence) and not isinstance(value, bytes)
    return list(value) if is_list and all(isinstance(name, str) for name in value) else None
