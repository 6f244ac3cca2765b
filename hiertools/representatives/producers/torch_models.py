"""torch: - the head of a PyTorch module or checkpoint file."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools._core.doors import door
from hiertools._core.seal import check_seal
from hiertools.errors import FileFormatError, RepresentativesError
from hiertools.representatives.producers._heads import Matrix, head_representatives
from hiertools.representatives.producers._names import Names
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.state_dicts import found_names, from_state_dict
from hiertools.representatives.representatives import ClassRepresentatives

if TYPE_CHECKING:
    import torch

# Where modules keep class names; "labels" and "names" may be anything there.
MODULE_KEYS = ("classes", "class_names", "class_to_idx", "idx_to_class")


@door
def from_module(
    module: torch.nn.Module,
    /,
    classes: Names = None,
    *,
    layer: str | None = None,
    orientation: str | None = None,
    provenance: dict[str, Any] | None = None,
) -> ClassRepresentatives:
    """Read the head of a PyTorch module.

    Parameters
    ----------
    module
        A model, or a loss that keeps proxies.
    classes
        Class names in the order of the head's outputs: a list, a file with one name a line, a
        mapping of class to index, or ``"indices"``. By default names that the module keeps
        (``classes``, ``class_to_idx``, a config with ``id2label``); others are refused where it
        has some.
    layer
        The head, by its name in ``named_modules()`` or ``named_parameters()``. By default the only
        linear layer (or 1 x 1 convolution) with as many outputs as classes, or else the only other
        matrix that fits: pytorch-metric-learning's ``W`` (dimensions x classes), ProxyAnchor's
        ``proxies`` (classes x dimensions). Auxiliary heads (``aux...``) are passed over.
    orientation
        ``"rows"`` or ``"columns"``: where the classes lie, for matrices that are no linear layer
        and fit both ways.

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
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    >>> from_module(model, ["lynx", "wolf", "newt"])
    ClassRepresentatives(3 classes x 5 dimensions, kind='weights')
    """
    return head_representatives(
        module_matrices(module, layer),
        classes,
        f"the module {type(module).__name__}",
        found=module_names(module),
        layer=layer,
        orientation=orientation,
        provenance={"module": type(module).__name__, **(provenance or {})},
    )


def module_names(module: torch.nn.Module) -> list[str] | None:
    """Return class names that a module, or a part of it, keeps as an attribute."""
    for part in module.modules():
        held = {key: getattr(part, key, None) for key in MODULE_KEYS}
        held["id2label"] = getattr(getattr(part, "config", None), "id2label", None)
        found = found_names(held)
        if found is not None:
            return found
    return None


def module_matrices(module: torch.nn.Module, layer: str | None = None) -> list[Matrix]:
    """Return the linear layers of a module, then the other matrices among its parameters."""
    from torch import nn

    matrices, taken, convolutions = [], set(), set()
    for name, part in module.named_modules():
        weight = getattr(part, "weight", None)
        if isinstance(weight, nn.UninitializedParameter):
            raise RepresentativesError(
                f"the layer {name!r} of the module has no weights yet; run the model once, on any "
                "batch, so that it finds its sizes."
            )
        if isinstance(part, nn.Linear):
            values = weight
        elif isinstance(part, nn.Conv2d) and part.kernel_size == (1, 1) and part.groups == 1:
            values = part.weight[:, :, 0, 0]
            convolutions.add(name)
        elif type(part).__name__ == "Conv1D" and getattr(weight, "ndim", 0) == 2:
            values = part.weight.T  # transformers' linear layer, which keeps its weight turned
        else:
            continue
        taken.add(id(weight))
        if layer is None and any(step.lower().startswith("aux") for step in name.split(".")):
            continue
        matrices.append(Matrix(name, values, "rows"))
    for name, parameter in module.named_parameters():
        if parameter.ndim == 2 and id(parameter) not in taken:
            matrices.append(Matrix(name, parameter, None, likely=False))
    dense = [m for m in matrices if m.name not in convolutions]
    return matrices if layer is not None or not any(m.likely for m in dense) else dense


@door
def from_checkpoint(
    path: str | os.PathLike[str],
    /,
    *,
    classes: Names = None,
    layer: str | None = None,
    orientation: str | None = None,
) -> ClassRepresentatives:
    """Read the head of a model from a PyTorch checkpoint (``weights_only=True``, always).

    Parameters
    ----------
    path
        What ``torch.save`` wrote: a state_dict, or a dictionary that holds one. A file that needs
        code to load, such as a whole pickled module, is refused.
    classes, layer, orientation
        As in `from_state_dict`.

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    FileFormatError
        No such file, not of the format, or one that needs code.
    RepresentativesError
        As in `from_state_dict`.
    """
    state = load_checkpoint(path)
    found = from_state_dict(state, classes, layer=layer, orientation=orientation)
    return ClassRepresentatives(
        found.as_given, found.classes, found.kind, {"file": Path(path).name, **found.provenance}
    )


def load_checkpoint(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return what a checkpoint file holds, without running anything in it."""
    torch = require("torch", "torch")
    if not Path(path).is_file():
        raise FileFormatError(f"{path}: there is no such file.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of files that turn out to be damaged
            with open(path, "rb") as file:
                check_seal(file, f"{path}: is no readable checkpoint")  # those of hiertools_torch
                state = torch.load(file, map_location="cpu", weights_only=True)
    except FileFormatError:
        raise
    except Exception as cause:  # noqa: BLE001  (damaged files end in errors of every kind)
        if isinstance(cause, pickle.UnpicklingError) and "Unsupported" in str(cause):
            raise FileFormatError(
                f"{path}: holds more than tensors and plain data, so loading it would run code, "
                "which is never done; save model.state_dict() instead."
            ) from None
        reason = (str(cause).strip() or "it ends early").splitlines()[0]
        # torch's advice to switch the check off is not passed on.
        detail = "" if "weights_only" in reason else f" ({type(cause).__name__}: {reason})"
        raise FileFormatError(f"{path}: is no readable checkpoint{detail}.") from None
    if isinstance(state, torch.Tensor):
        return {"weight": state}
    if not isinstance(state, Mapping):
        raise RepresentativesError(
            f"{path}: holds a {type(state).__name__}, not a state_dict; save model.state_dict()."
        )
    return state
