"""Where a command writes, and what it prints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hiertools._core.files import check_target, named_path
from hiertools.cli.output import say
from hiertools.cli.targets import Target, keep_apart
from hiertools.errors import OptionError
from hiertools_torch.config import PLANKTON, Config

__all__ = ["AGAIN", "STUDIED", "check_folder", "is_first_process", "print_json"]

STUDIED = (
    "study.json", "study.csv", "study.html", "table.md", "result.json", "report.html",
)  # fmt: skip
"""What a study writes beside its runs and their results."""

AGAIN = "Give the same command again to go on: what is finished is kept."


def check_folder(
    folder: Path, names: Iterable[str], config: Config | None = None, files: Iterable[Path] = ()
) -> None:
    """Refuse files in a folder that can't be written, or that would destroy what is read."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(f"--out {str(folder)!r} is a file; name a folder, which need not exist.")
    sources = list(files)
    if config is not None:
        if config.start_from is not None:
            from hiertools_torch.training.starting import start_file

            sources.append(start_file(config.start_from))
        read = {name: getattr(config, name) for name in ("weights", "tree", "root")}
        sources += [named_path(place, name) for name, place in read.items() if place is not None]
        in_folders = config.data in ("folder", *PLANKTON)
        if config.root is not None and not in_folders and Path(config.root).is_dir():
            sources.pop()  # whose files have names of their own; others beside them do no harm
    keep_apart([Target("--out", check_target(folder / name)) for name in names], sources)


def print_json(values: Any) -> None:
    """Print a result as JSON."""
    say(json.dumps(values, indent=2))


def is_first_process() -> bool:
    """Whether this process speaks for all; the engine sets the rank of the processes it starts."""
    return int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0"))) == 0
