"""Checkpoints: written whole or not at all, with a digest, and loaded without running code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from hiertools._core.checks import name_list
from hiertools._core.files import atomic_write
from hiertools._core.seal import check_seal, seal
from hiertools.errors import FileFormatError, UnwritableError
from hiertools_torch.errors import TrainingError

__all__ = ["load_checkpoint", "save_checkpoint"]

VERSION = 2
"""Since version 2 there is a digest."""

KEYS = (
    "model", "optimizer", "precision", "sums", "progress", "config", "classes", "digest",
)  # fmt: skip
"""What a run needs to go on from it."""


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
            except RuntimeError as cause:  # its zip writer's word for a full disk
                raise OSError(str(cause).partition("\n")[0]) from None
            seal(file)
    except UnwritableError as cause:
        kept = " The checkpoint before is still there: then go on with --resume."
        raise TrainingError(f"{cause}{kept if path.exists() else ''}") from None


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `save_checkpoint` onto the CPU, with ``weights_only=True``.

    Raises
    ------
    FileFormatError
        The file is missing, damaged, or of another version. A single wrong bit is found.
    """
    failure = f"Checkpoint {path} can't be read"
    try:
        with open(path, "rb") as file:
            if not check_seal(file, failure):
                raise FileFormatError(
                    f"{failure}: it has no digest, so it is damaged, no checkpoint of "
                    "hiertools_torch, or one of an earlier version of it."
                )
            state = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileFormatError(f"There is no checkpoint {path}: {_why_missing(path)}.") from None
    except FileFormatError:
        raise
    except Exception as cause:  # noqa: BLE001  (a foreign file can raise nearly anything)
        # PyTorch's own advice, to load it with weights_only=False, would run what is in it.
        first = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        first = "it holds more than tensors and plain values" if "eights" in first else first
        raise FileFormatError(f"{failure}: {first}.") from None
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise FileFormatError(
            f"{path} is no checkpoint of hiertools_torch, or of another version of it "
            f"(wanted version {VERSION})."
        )
    missing = [key for key in KEYS if key not in state]
    if missing:
        raise FileFormatError(f"{failure}: it lacks {name_list(missing)}; take it from a copy.")
    return state


def _why_missing(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {str(path.parent)!r}"
    if path.name == "best.pt" and path.with_name("last.pt").exists():
        return (
            "it was removed, or the run has not finished an epoch; take --checkpoint last, or go "
            "on with --resume"
        )
    if not any(path.with_name(name).exists() for name in ("config.yaml", "last.pt", "best.pt")):
        return "the folder holds no run; `hiertools_torch train` makes one"
    return "the run has not reached its first one"
