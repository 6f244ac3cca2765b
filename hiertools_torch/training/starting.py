"""Starting from what another run has learned: backbone, embedding and head, or some of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hiertools._core.checks import name_list
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.producers.weight_files import (
    not_finite,
    read_weights,
    size_of,
    unlike,
)
from hiertools_torch.config.contradictions import listed
from hiertools_torch.config.options import START_PARTS
from hiertools_torch.training.checkpoint import load_checkpoint

if TYPE_CHECKING:
    from torch import Tensor

    from hiertools_torch.config import Config
    from hiertools_torch.training.model import Classifier

__all__ = ["start_file", "take_start"]

WHOLE = (*START_PARTS, "sizes", "mean", "deviation")
"""What the names of a whole classifier's tensors begin with."""


def start_file(path: str | Path) -> Path:
    """Return the file to start from: of a run folder, its best checkpoint."""
    place = Path(path)
    return place / "best.pt" if place.is_dir() else place


def take_start(model: Classifier, config: Config, classes: Sequence[str]) -> str:
    """Load what ``start_from`` holds into a model; return a sentence on what was taken.

    Without ``start_parts`` that is all there is, but for a head of other classes.

    Raises
    ------
    FileFormatError
        The file can't be read, or a part does not fit; then the model is left as it is.
    OptionError
        A part is named that isn't there, or a head of other classes.
    """
    assert config.start_from is not None
    path = start_file(config.start_from)
    state, of_classes = _read(path)
    there = [part for part in START_PARTS if any(_of(part, name) for name in state)]
    same = of_classes is not None and tuple(of_classes) == tuple(classes)
    if config.start_parts is None:
        chosen = [part for part in there if part != "head" or same]
    else:
        chosen = list(listed(config.start_parts))
        absent = [part for part in chosen if part not in there]
        if absent:
            raise OptionError(
                f"start_parts={config.start_parts!r}: {path} has no {name_list(absent)}; it has "
                f"{name_list(there)}."
            )
        if "head" in chosen and of_classes is not None and not same:
            raise OptionError(
                f"start_parts={config.start_parts!r}: the head in {path} is for other classes "
                f"({name_list(of_classes)}), or for these in another order; leave it out."
            )
    wanted = model.state_dict()
    for part in chosen:
        _check(part, state, wanted, path)
    taken = {name: state[name] for part in chosen for name in state if _of(part, name)}
    model.load_state_dict(taken, strict=False)
    left = [part for part in there if part not in chosen]
    why = " (of other classes)" if "head" in left and of_classes is not None and not same else ""
    without = f", without {name_list(left)}{why}" if left else ""
    return f"starts from the {' and '.join(chosen)} in {path}{without}"


def _read(path: Path) -> tuple[dict[str, Tensor], Sequence[str] | None]:
    """Return tensors by their names in a classifier, and the classes of its head where known."""
    if path.name in ("best.pt", "last.pt") and (
        not path.exists() or (path.parent / "config.yaml").exists()
    ):
        held = load_checkpoint(path)
        return held["model"], held["classes"]
    state = read_weights(path)
    if any(name.partition(".")[0] not in WHOLE for name in state):
        state = {f"backbone.{name}": tensor for name, tensor in state.items()}
    return state, None


def _of(part: str, name: str) -> bool:
    return name.startswith(f"{part}.")


def _check(
    part: str, given: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path
) -> None:
    """Refuse a part whose tensors are not those of the model."""
    here, there = (
        {name: tensor for name, tensor in state.items() if _of(part, name)}
        for state in (wanted, given)
    )
    missing, strange, other = unlike(here, there)
    found = []
    if missing:
        found.append(f"it lacks {name_list(missing)}")
    if strange:
        found.append(f"it has {name_list(strange)}, which the model lacks")
    found += [
        f"{name!r} is {size_of(there[name])} there and {size_of(here[name])} here"
        for name in other[:1]
    ]
    if found:
        raise FileFormatError(
            f"{path}: its {part} does not fit the {part} of this run: {'; '.join(found)}. Give the "
            "options that it was trained with, or name the parts to take: start_parts='backbone'."
        )
    damaged = [name for name in not_finite(there) if name not in not_finite(here)]
    if damaged:
        raise FileFormatError(
            f"{path}: {name_list(damaged)} of its {part} hold numbers that are not finite, as a "
            "training that failed leaves them; start from another checkpoint."
        )
