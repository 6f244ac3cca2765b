"""The run folder: what lies in it, and when a run may use it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from hiertools._core.checks import name_list
from hiertools._core.files import named_path
from hiertools._core.parts import PARTS
from hiertools._core.seal import file_digest
from hiertools.errors import OptionError
from hiertools_torch.config import Config, read_record, recorded
from hiertools_torch.errors import TrainingError
from hiertools_torch.runs.lock import LOCK
from hiertools_torch.runs.provenance import forget_export
from hiertools_torch.training.checkpoint import load_checkpoint
from hiertools_torch.training.loggers import FOLDER, PATTERNS
from hiertools_torch.training.own import Records, check_same_objects
from hiertools_torch.training.starting import start_file

__all__ = [
    "FILES",
    "check_folder",
    "check_same_run",
    "default_folder",
    "resumed_config",
    "saved_config",
    "with_digest",
]

FILES = {
    "config.yaml": "every option of the run",
    "best.pt": "checkpoint with the best validation accuracy",
    "last.pt": "checkpoint after the last epoch (or step) so far",
    "log.csv": "one row an epoch",
    "tree.json": "class tree of the data",
    "representatives.npz": "proxies, or softmax weights, of the exported checkpoint",
    "prototypes.npz": "normalised mean training feature of each class",
    "predictions.npz": "labels, logits and features of the test images",
    "results.json": "scores on the test images, of the best and of the last checkpoint",
    "provenance.json": "config, versions, digests of the data and of the exported files",
    LOCK: "held while the run is trained or exported",
}
"""What a finished run folder holds, in the order in which it is written.

It is removed from the end: a log without the last checkpoint says that somebody took that away.
"""

WEIGHTS = ("weights", "start_from")
"""Options that name files of weights, whose digests a config writes down beside them."""

HARMLESS = (
    "log", "workers", "cache", "checkpoint_every", "on_bad_image", "accelerator", "devices",
)  # fmt: skip
"""Options that may change when a run is resumed: they alter no result on one kind of device."""


def default_folder(config: Config) -> Path:
    """Return ``runs/<data>-<model>[-<proxies>][-dynamic]-seed<seed>``."""
    name: list[str] = [config.data, config.model]
    if config.proxies != ("mds" if config.model == "corr" else "learned"):
        name.append(str(config.proxies))
    if config.scale == "dynamic":
        name.append("dynamic")
    return Path("runs") / "-".join([*name, f"seed{config.seed}"])


def saved_config(folder: Path) -> Config | None:
    """Return the config of the run in a folder: that of config.yaml, else of the last checkpoint.

    None where there is neither.
    """
    if (folder / "config.yaml").is_file():
        return read_record(folder / "config.yaml")
    if (folder / "last.pt").is_file():
        return recorded(load_checkpoint(folder / "last.pt")["config"])
    return None


def resumed_config(folder: Path, config: Config) -> Config:
    """Return the config to go on with, after checking that it is that of the saved run.

    Raises
    ------
    OptionError
        An option that decides the result differs from the saved run's.
    """
    saved = saved_config(folder)
    if saved is None:
        return config
    for name in WEIGHTS:
        path, digest = getattr(config, name), f"{name}_sha256"
        if path is not None and path == getattr(saved, name):
            # The checkpoint holds what became of them; the file is needed no more.
            known = getattr(config, digest) or getattr(saved, digest)
            config = config.replace(**{digest: known})
    changed = _changed(saved, config)
    if changed:
        raise OptionError(
            f"{folder} can't be resumed with other options: {', '.join(changed[:5])}. Leave them "
            "out, or start a new run with another --out."
        )
    return config


def with_digest(config: Config) -> Config:
    """Return a config that says by a digest which weights each of its files holds.

    Raises
    ------
    OptionError
        The file has another digest than the config says, or there is none.
    """
    for name in WEIGHTS:
        path, digest = getattr(config, name), f"{name}_sha256"
        if path is None:
            continue
        place = start_file(named_path(path, name))
        try:
            found = file_digest(place)
        except OSError as cause:
            raise OptionError(
                f"{name}={path!r}: the file of weights {str(place)!r} can't be read: "
                f"{cause.strerror}."
            ) from None
        if getattr(config, digest) not in (None, found):
            raise OptionError(
                f"{place} is not the file of weights that the config was written for: its SHA-256 "
                f"is {found}, and {digest} says {getattr(config, digest)}."
            )
        config = config.replace(**{digest: found})
    return config


def check_same_run(
    state: dict[str, Any], config: Config, digest: str, path: Path, own: Records
) -> None:
    """Refuse a checkpoint of another run, or of other data, than the folder's config names.

    Raises
    ------
    OptionError
        An option that decides the result differs, or an object of the user's own.
    TrainingError
        The data have another digest.
    """
    # Data that have moved are still the same data, as their digest shows.
    changed = _changed(recorded(state["config"]), config, {"root"})
    if changed:
        raise OptionError(
            f"{path} is not of the run that config.yaml beside it names: {', '.join(changed[:5])}. "
            "Restore config.yaml, or start a new run with another --out."
        )
    if state["digest"] != digest:
        raise TrainingError(
            f"The data of {path.parent} have changed since the run began; restore them, or "
            "start a new run."
        )
    check_same_objects(state.get("own", {}), own, path)


def _changed(saved: Config, config: Config, harmless: Collection[str] = ()) -> list[str]:
    """Say which options differ, among those that decide the result."""
    return [
        f"{item.name} (was {getattr(saved, item.name)!r}, now {getattr(config, item.name)!r})"
        for item in dataclasses.fields(Config)
        if item.name not in HARMLESS
        and item.name not in harmless
        and getattr(saved, item.name) != getattr(config, item.name)
    ]


def check_folder(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that holds another run, or can't be written; changes nothing.

    Raises
    ------
    OptionError
        It holds files and neither `resume` nor `overwrite` was given, or both were; or those to
        overwrite are no run's; or there is none to resume.
    TrainingError
        It can't be made or written.
    """
    if resume and overwrite:
        raise OptionError("resume and overwrite contradict each other: go on, or start afresh?")
    if folder.exists() and not folder.is_dir():
        raise TrainingError(f"Run folder {folder} is a file; give another --out.")
    try:
        found = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
    except OSError as cause:
        raise TrainingError(f"Run folder {folder} can't be read: {cause.strerror}.") from None
    # What a process that was killed at its first file leaves is nothing to go on with, or to lose.
    names = [name for name in found if name != LOCK and not fnmatch(name, PARTS)]
    if names and not resume and not overwrite:
        if not set(names) & {*FILES, FOLDER}:
            raise OptionError(
                f"Run folder {folder} holds {name_list(names)}, and no run; give another --out."
            )
        raise OptionError(
            f"Run folder {folder} is not empty; pass --resume to go on with the run there, "
            "--overwrite to replace it, or another --out."
        )
    if resume and names and not {"config.yaml", "last.pt"} & set(names):
        raise OptionError(
            f"{folder} holds {name_list(names)}, but no config.yaml and no last.pt, and so "
            "no run to go on with; give the --out of a run, or that of a new one."
        )
    logs = folder / FOLDER
    strange = [name for name in names if name not in FILES and name != FOLDER]
    if logs.is_dir():
        strange += [f"{FOLDER}/{file.name}" for file in logs.iterdir() if not _logged(file)]
    if strange and overwrite:
        raise OptionError(
            f"{folder} holds files that no run wrote: {name_list(strange)}; move them "
            "away, or give another --out."
        )
    place = folder
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise TrainingError(
            f"Run folder {folder} can't be made: {place} is a file; give another --out."
        )
    if not os.access(place, os.W_OK | os.X_OK):
        raise TrainingError(f"Run folder {folder} can't be written: no permission in {place}.")


def clear_folder(folder: Path) -> None:
    """Remove the files of the run in a folder that is locked, and no others.

    Whenever this is stopped, what is left is no finished run, nor checkpoints without their config.

    Raises
    ------
    TrainingError
        A file can't be removed.
    """
    try:
        forget_export(folder)
        for name in reversed(FILES):
            if name != LOCK:
                (folder / name).unlink(missing_ok=True)
        if (folder / FOLDER).is_dir():
            for file in filter(_logged, (folder / FOLDER).iterdir()):
                file.unlink()
            (folder / FOLDER).rmdir()
    except OSError as cause:
        raise TrainingError(f"Run folder {folder} can't be written: {cause.strerror}.") from None


def _logged(file: Path) -> bool:
    """Say whether a file in the folder of logs is one that loggers write."""
    return any(fnmatch(file.name, pattern) for pattern in PATTERNS)
