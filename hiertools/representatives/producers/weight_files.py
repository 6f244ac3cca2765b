"""Files of a whole model's weights, loaded into a model that is there: what fits, and what not."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools._core.broken import first_line
from hiertools._core.checks import name_list, need
from hiertools._core.files import require_file
from hiertools.errors import FileFormatError
from hiertools.representatives.producers.state_dicts import CONTAINERS
from hiertools.representatives.producers.torch_models import load_checkpoint

if TYPE_CHECKING:
    import torch

__all__ = ["load_weights", "not_finite", "read_weights", "size_of", "unlike"]

# timm, too, takes the average over training where a file holds one.
_HELD_IN = ("state_dict_ema", "model_ema", *CONTAINERS)

_WRAPPERS = ("module.", "_orig_mod.", "model.")
"""What stands before every name where a model was wrapped when it was saved."""

_AUXILIARY = ("AuxLogits.", "aux1.", "aux2.")
"""Second heads for training alone, which models of ours don't have."""

_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.(\d\.)")


def read_weights(path: str | os.PathLike[str]) -> dict[str, torch.Tensor]:
    """Return the tensors of a ``.safetensors`` file, or of a PyTorch checkpoint, by name.

    Nothing in the file is run. A state_dict below a key (``"state_dict"``, ``"model"``, ...) is
    found, averaged weights before others; what wrapped the whole model (``module.``) is taken off.

    Raises
    ------
    FileFormatError
        No such file, not of these formats, or one that needs code.
    """
    if Path(path).suffix.lower() == ".safetensors":
        found: Mapping[str, Any] = _safetensors(path)
    else:
        found = load_checkpoint(path)
    for key in _HELD_IN:
        if isinstance(found.get(key), Mapping):
            found = found[key]
            break
    state = {str(name): value for name, value in found.items() if hasattr(value, "detach")}
    if not state:
        raise FileFormatError(f"{path}: holds no tensors by name; save model.state_dict().")
    while wrapper := next((w for w in _WRAPPERS if all(n.startswith(w) for n in state)), None):
        state = {name[len(wrapper) :]: value for name, value in state.items()}
    return state


def load_weights(
    model: torch.nn.Module,
    path: str | os.PathLike[str],
    what: str,
    *,
    spare: Collection[str] = (),
) -> None:
    """Load a file of weights into a model, all of them or none.

    Parameters
    ----------
    model : Module
        As its library builds it (timm, torchvision).
    path : path
        What `read_weights` reads.
    what : str
        What to call the model, as in ``"timm:resnet18"``.
    spare : collection of str
        Modules that keep their own weights, whatever the file has for them.

    Raises
    ------
    FileFormatError
        The file can't be read, or is not one of this model; the sentence says what differs.
    """
    state = read_weights(path)
    wanted = model.state_dict()
    problems: list[str] = []
    for translate in (dict, _without_old_names, _by_timm(model)):
        try:
            given = translate(state)
        except Exception:  # noqa: BLE001  (a library's filter meets what is not of its model)
            continue
        given = {n: t for n, t in given.items() if not _inside(n, spare) and n in wanted} | {
            n: t for n, t in given.items() if n not in wanted and not n.startswith(_AUXILIARY)
        }
        found = _problems(wanted, given, spare)
        if not found:
            model.load_state_dict(given, strict=False)
            return
        problems = problems or found
    raise FileFormatError(
        f"{path}: does not hold the weights of {what}: {'; '.join(problems)}; give the file of "
        "that model, or name the model that it is of."
    )


def _problems(
    wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor], spare: Collection[str]
) -> list[str]:
    """Say what keeps tensors from being those of a model."""
    missing, strange, misshapen = unlike(wanted, given)
    missing = [name for name in missing if not _inside(name, spare)]
    damaged = not_finite(given)
    found = []
    if missing:
        found.append(f"{len(missing)} of {len(wanted)} tensors are missing ({name_list(missing)})")
    if strange:
        found.append(f"{len(strange)} are of something else ({name_list(strange)})")
    found += [
        f"{name!r} is {size_of(given[name])} in place of {size_of(wanted[name])}"
        for name in misshapen[:1]
    ]
    if damaged:
        found.append(f"{name_list(damaged)} hold numbers that are not finite")
    return found


def unlike(
    wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]
) -> tuple[list[str], list[str], list[str]]:
    """Return the names of tensors that are missing, that nobody wants, and of another size."""
    missing = [
        name
        for name in wanted
        if name not in given
        and not name.endswith("num_batches_tracked")  # which files of old versions lack
    ]
    strange = [name for name in given if name not in wanted]
    misshapen = [n for n, t in given.items() if n in wanted and t.shape != wanted[n].shape]
    return missing, strange, misshapen


def not_finite(given: Mapping[str, torch.Tensor]) -> list[str]:
    """Return the names of tensors that hold infinity or NaN, as a training that failed leaves."""
    return [n for n, t in given.items() if t.is_floating_point() and not t.isfinite().all()]


def size_of(tensor: torch.Tensor) -> str:
    """Return the size of a tensor in words."""
    return " x ".join(map(str, tensor.shape)) or "one"


def _inside(name: str, modules: Collection[str]) -> bool:
    return any(name.startswith(f"{module}.") for module in modules)


def _without_old_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Read ``norm.1`` of torchvision's files of DenseNet as the ``norm1`` of its models."""
    return {_OLD_DENSENET.sub(r"\1\2", name): tensor for name, tensor in state.items()}


def _by_timm(model: torch.nn.Module) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what timm turns files from elsewhere into those of this model with."""
    place = sys.modules.get(type(model).__module__)
    translate = getattr(place, "checkpoint_filter_fn", None)
    return dict if translate is None else lambda state: dict(translate(dict(state), model))


def _safetensors(path: str | os.PathLike[str]) -> dict[str, Any]:
    safetensors = need("safetensors", "safetensors", f"reading {str(path)!r}")
    require_file(path)
    try:
        with open(path, "rb"), safetensors.safe_open(os.fspath(path), framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as cause:
        raise FileFormatError(f"{path}: can't be read: {cause.strerror or cause}.") from None
    except safetensors.SafetensorError as cause:
        raise FileFormatError(
            f"{path}: is not a readable .safetensors file, or is cut off ({first_line(cause)})."
        ) from None
