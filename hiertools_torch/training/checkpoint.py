"""Checkpoints: written whole or not at all, with a digest, and loaded without running code."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from hiertools._core.checks import name_list
from hiertools._core.files import atomic_write, require_file
from hiertools._core.memory import refuse_lack
from hiertools._core.seal import check_seal, seal
from hiertools._core.torchscript import is_torchscript
from hiertools.errors import FileFormatError, UnwritableError
from hiertools_torch._core.shapes import fits
from hiertools_torch._core.stopping import raise_stop_behind
from hiertools_torch.errors import TrainingError

__all__ = ["fitting", "load_checkpoint", "save_checkpoint"]

VERSION = 2
"""Since version 2 there is a digest."""

PROGRESS = {
    "epoch": int, "step": int, "best": object, "best_epoch": int, "finished": bool,
    "history": [{str: object}],
}  # fmt: skip

SHAPE = {
    "model": {str: object}, "optimizer": {"state": {}, "param_groups": [{}]},
    "precision": {}, "sums": {str: torch.Tensor}, "progress": PROGRESS, "config": {str: object},
    "classes": [str], "digest": str,
}  # fmt: skip
"""What a run needs to go on from it, and of which kinds that is."""


def save_checkpoint(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint under its name once it is complete; a failure leaves the one before.

    Raises
    ------
    TrainingError
        It could not be written (disk full, folder gone, ...).
    """
    try:
        with atomic_write(path, "wb") as file:
            try:
                torch.save({"version": VERSION, **state}, file)
            except RuntimeError as cause:
                raise_stop_behind(cause)
                raise _of_the_disk(cause) from None
            seal(file)
    except UnwritableError as cause:
        kept = (
            " The checkpoint before is still there: then go on with --resume, or in a study with "
            "--retry-failed."
        )
        # A best one goes before the last one, from which a run goes on.
        there = path.with_name("last.pt").exists()
        raise TrainingError(f"{cause}{kept if there else ''}") from None


def _of_the_disk(cause: RuntimeError) -> OSError:
    """Return why torch's zip writer stopped.

    What the disk said comes first; then the writer, closed half-way, complains of positions.
    """
    before: BaseException | None = cause
    while before is not None:
        if isinstance(before, OSError):
            return before
        before = before.__context__
    return OSError(str(cause).partition("\n")[0])


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint` onto the CPU, with ``weights_only=True``.

    Raises
    ------
    FileFormatError
        The file is missing, damaged, or of another version. A single wrong bit is found.
    """
    if not os.path.lexists(path):
        raise FileFormatError(f"There is no checkpoint {path}: {_why_missing(path)}.")
    try:
        return _checked(path, f"Checkpoint {path} can't be read")
    except FileFormatError as cause:
        raise FileFormatError(f"{str(cause).rstrip('.')}; {_instead(path)}.") from None


def _checked(path: Path, failure: str) -> dict[str, Any]:
    require_file(path)
    try:
        with open(path, "rb") as file:
            if not check_seal(file, failure):
                raise FileFormatError(
                    f"{failure}: it has no digest, so it is damaged, no checkpoint of "
                    "hiertools_torch, or one of an earlier version of it."
                )
            if is_torchscript(file):
                raise FileFormatError(f"{failure}: it is a TorchScript archive, which holds code.")
            state = torch.load(file, map_location="cpu", weights_only=True)
    except FileFormatError:
        raise
    except Exception as cause:  # noqa: BLE001  (a foreign file can raise nearly anything)
        refuse_lack(cause, f"{failure}: that")
        # PyTorch's own advice, to load it with weights_only=False, would run what is in it.
        first = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        first = "it holds more than tensors and plain values" if "eights" in first else first
        raise FileFormatError(f"{failure}: {first}.") from None
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise FileFormatError(
            f"{path} is no checkpoint of hiertools_torch, or of another version of it "
            f"(wanted version {VERSION})."
        )
    missing = [key for key in SHAPE if key not in state]
    if missing:
        raise FileFormatError(f"{failure}: it lacks {name_list(missing)}.")
    wrong = [key for key, kind in SHAPE.items() if not fits(state[key], kind)]
    progress = state["progress"]
    counts = ("epoch", "step", "best_epoch")
    if not wrong and (
        min(progress[name] for name in counts) < 0 or not isinstance(progress["best"], float)
    ):
        wrong = ["progress"]
    if wrong:
        raise FileFormatError(f"{failure}: its {name_list(wrong)} can't be that of a run.")
    return state


@contextlib.contextmanager
def fitting(path: Path) -> Iterator[None]:
    """Say in one sentence that the state of a checkpoint is not that of the run's model.

    Raises
    ------
    FileFormatError
        Whatever PyTorch says of it.
    """
    try:
        yield
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as cause:
        told = [line for line in str(cause).splitlines() if line.strip()]
        first = (told[1] if len(told) > 1 else str(cause)).strip().rstrip(". ")
        raise FileFormatError(
            f"Checkpoint {path} is not of the model that the run's config describes: {first}; "
            f"{_instead(path)}."
        ) from None


def _instead(path: Path) -> str:
    """Return what is left to do where a checkpoint of a run is of no use."""
    run, ways = path.parent, ["take it from a copy"]
    other = {"best.pt": "last", "last.pt": "best"}.get(path.name)
    if other and (run / f"{other}.pt").is_file():
        ways.append(_take(other, run))
    if path.name == "last.pt" and (run / "config.yaml").is_file():
        ways.append(f"start anew: `hiertools_torch train {run}/config.yaml --out FOLDER`")
    return ", or ".join(ways)


def _take(name: str, run: Path) -> str:
    return f"take the {name} one: `hiertools_torch export {run} --checkpoint {name}`"


def _why_missing(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r}"
    if path.name == "best.pt" and path.with_name("last.pt").is_file():
        take = _take("last", path.parent)
        if load_checkpoint(path.with_name("last.pt"))["progress"]["epoch"]:
            return f"it was removed; {take}"
        return f"the run has not finished an epoch; go on with --resume, or {take}"
    if path.name == "last.pt" and path.with_name("log.csv").is_file():  # which is written after it
        return f"it was removed; {_instead(path)}"
    if not any(path.with_name(name).exists() for name in ("config.yaml", "last.pt", "best.pt")):
        return "the folder holds no run; `hiertools_torch train` makes one"
    return "the run has not reached its first one"
