"""Named tensors, from whatever framework: which could be the head, and what says the names."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from hiertools._core.doors import door
from hiertools._core.own_names import by_index, say_nothing
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
        mapping of class to index, or ``"indices"``. By default names found in the checkpoint
        (``"classes"``, ``"class_to_idx"``, ...); others are refused where it has some.
    layer
        Name of the head's tensor (with or without ``.weight``). By default the only one that has
        as many rows or columns as there are classes; matrices called ``weight`` go first.
    orientation
        ``"rows"`` (classes x dimensions, as in torch's Linear) or ``"columns"`` (as the ``W`` of
        pytorch-metric-learning). By default found by the number of classes; a matrix that fits
        both ways is refused.

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    RepresentativesError
        No head, several, one that fits both ways, names missing or not as many as fit.

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


def matrices_of(state: Mapping[str, Any], layer: str | None = None) -> list[Matrix]:
    """Return the matrices among tensors by name; 1 x 1 convolutions count as matrices."""
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
    found = []
    for name, tensor in chosen.items():
        shape = tuple(tensor.shape)
        if len(shape) == 4 and shape[2:] == (1, 1):
            found.append(Matrix(name, tensor, "rows"))
        elif len(shape) == 2:
            found.append(Matrix(name, tensor, None, name.rpartition(".")[2] == "weight"))
    # A fully connected layer goes before convolutions, which heads seldom are.
    dense = [m for m in found if len(tuple(chosen[m.name].shape)) == 2]
    return dense if any(m.likely for m in dense) and layer is None else found


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
        elif hasattr(value, "shape") and hasattr(value, "dtype"):
            found.append((name, value))
    return found


def found_names(state: Mapping[str, Any]) -> list[str] | None:
    """Return class names that a checkpoint, or a file's metadata, carries; None for none.

    Metadata are text: there the names are JSON, or written as Python writes a list or dictionary.
    """
    places = [state, *(state[k] for k in ("hyper_parameters", "config", "args") if k in state)]
    for place in places:
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
