"""torch: - the head of a PyTorch module or checkpoint file."""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools._core.doors import door
from hiertools._core.files import require_file
from hiertools._core.memory import refuse_lack
from hiertools._core.quiet import no_warnings
from hiertools._core.seal import check_seal
from hiertools._core.torchscript import is_torchscript
from hiertools.errors import FileFormatError, RepresentativesError
from hiertools.representatives.producers._heads import head_representatives
from hiertools.representatives.producers._names import Names
from hiertools.representatives.producers.plain_pickles import (
    is_plain,
    plain_data_allowed,
    reads_plain_data,
)
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.state_dicts import found_names, matrices_of
from hiertools.representatives.producers.torch_layers import module_matrices
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
        mapping of class to index, or ``"indices"``, where a single layer could be the head or
        `layer` names it. By default names that the module keeps
        (``classes``, ``class_to_idx``, a config with ``id2label``); others are refused where it
        has some.
    layer
        The head, by its name in ``named_modules()`` or ``named_parameters()``, with or without what
        wraps the model (``module.``, ``_orig_mod.``, ``model.``). By default the only
        linear layer (or 1 x 1 convolution) with as many outputs as classes, or else the only other
        matrix that fits: pytorch-metric-learning's ``W`` (dimensions x classes), ProxyAnchor's
        ``proxies`` (classes x dimensions). Auxiliary heads (``aux...``) are passed over.
    orientation
        ``"rows"`` or ``"columns"``: where the classes lie, for matrices that are no linear layer
        and fit both ways.

    Returns
    -------
    ClassRepresentatives
        Kind "weights", as the model predicts with them: normalised (weight norm, spectral norm,
        other parametrisations), with what LoRA adds, dequantised. The bias is not used.

    Raises
    ------
    RepresentativesError
        No head, several, one that fits both ways, names missing or not as many as fit; several
        centres a class (SubCenterArcFace, SoftTriple).

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
        n_classes=module_outputs(module),
    )


def module_names(module: torch.nn.Module) -> list[str] | None:
    """Return class names that a module, or a part of it, keeps as an attribute."""
    for part in module.modules():
        held = {key: getattr(part, key, None) for key in MODULE_KEYS}
        held["id2label"] = getattr(getattr(part, "config", None), "id2label", None)
        about = getattr(part, "pretrained_cfg", None)  # of timm
        held["labels"] = about.get("label_names") if isinstance(about, Mapping) else None
        found = found_names(held)
        if found is not None:
            return found
    return None


def module_outputs(module: torch.nn.Module) -> int | None:
    """Return the number of outputs that a module tells of, where it does."""
    held = [getattr(module, key, None) for key in ("num_classes", "n_classes", "num_labels")]
    held.append(getattr(getattr(module, "config", None), "num_labels", None))
    return next((int(n) for n in held if isinstance(n, int) and n > 0), None)


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
        What ``torch.save`` wrote: a state_dict, or a dictionary that holds one, perhaps beside
        plain data (``argparse.Namespace``, paths, times, numbers and arrays of numpy). A file that
        needs code to load, such as a whole pickled module, is refused.
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
    return head_representatives(
        matrices_of(state, layer, of_torch=True),
        classes,
        Path(path).name,
        found=found_names(state),
        layer=layer,
        orientation=orientation,
        provenance={"file": Path(path).name},
    )


def load_checkpoint(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Return what a checkpoint file holds, without running anything in it."""
    torch = require("torch", "torch")
    require_file(path)
    try:
        with no_warnings(), open(path, "rb") as file:  # warnings of files that are damaged
            check_seal(file, f"{path}: is no readable checkpoint")  # those of hiertools_torch
            if is_torchscript(file):
                raise FileFormatError(
                    f"{path}: is a TorchScript archive, which holds code; load it yourself and "
                    "give from_module(torch.jit.load(path), classes=[...])."
                )
            with plain_data_allowed(torch):
                state = torch.load(file, map_location="cpu", weights_only=True)
    except FileFormatError:
        raise
    except Exception as cause:  # noqa: BLE001  (damaged files end in errors of every kind)
        refuse_lack(cause, f"{path}: reading it")
        if isinstance(cause, pickle.UnpicklingError) and "unsupported" in str(cause).lower():
            named = re.search(r"GLOBAL ([\w.]+) w(?:as not|hose)", str(cause))
            what = f" ({named[1]})" if named else ""
            if named and not reads_plain_data(torch) and is_plain(named[1]):
                raise FileFormatError(
                    f"{path}: holds plain data beside its tensors{what}, which PyTorch "
                    f"{torch.__version__} can't read without running code, as 2.6 and later can; "
                    "update it, or save model.state_dict() instead."
                ) from None
            raise FileFormatError(
                f"{path}: holds more than tensors and plain data{what}, so loading it would run "
                "code, which is never done; save model.state_dict() instead."
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
