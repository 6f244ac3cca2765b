"""The folder of a study: what lies in it, which runs are finished, and who is at work."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from hiertools._core.files import write_text
from hiertools._core.plain_json import read_json
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch._core.shapes import NAME, fits
from hiertools_torch.studies.file import Plan
from hiertools_torch.studies.grid import Problems, key_of
from hiertools_torch.studies.results import Result, config_of, read_result
from hiertools_torch.studies.task import Places, failure_of

__all__ = [
    "FILE", "State", "opened", "read_study_file", "states", "write_study_file",
]  # fmt: skip

FILE = "study.json"
FORMAT = "hiertools study"
VERSION = 1

SHAPE = {
    "name": str, "reference": str | None, "endpoints": [str], "permutations": int,
    "runs": [(NAME, NAME, int, NAME, int)],
}  # fmt: skip
"""Of which kinds the values of the file of a study are."""

Label = Literal["finished", "running", "failed", "waiting"]


@dataclass(frozen=True)
class State:
    """How far a run is.

    Attributes
    ----------
    data, configuration : str
        Where in the grid it is.
    seed : int
        Likewise.
    state : {"finished", "running", "failed", "waiting"}
        How far.
    epoch, epochs : int
        Epochs done, and wanted.
    seconds : float
        What a finished run took.
    told : str
        Who runs it, or why it failed.
    """

    data: str
    configuration: str
    seed: int
    state: Label
    epoch: int
    epochs: int
    seconds: float = 0.0
    told: str = ""

    @property
    def place(self) -> tuple[str, str, int]:
        """Where in the grid it is."""
        return self.data, self.configuration, self.seed


def write_study_file(folder: Path, plan: Plan) -> None:
    """Write down what the study is, so that the folder alone tells it."""
    _check_version(folder)
    values = {
        "format": FORMAT,
        "version": VERSION,
        "name": plan.name,
        "reference": plan.reference,
        "endpoints": list(plan.endpoints),
        "permutations": plan.permutations,
        "runs": [
            [run.data, run.configuration, run.seed, run.key, run.config.epochs] for run in plan.runs
        ],
    }
    text = json.dumps(values, ensure_ascii=False, indent=1)
    write_text(folder / FILE, text + "\n")


def opened(folder: Path, plan: Plan) -> Plan:
    """Return the plan as the folder has it: beside what lies there, and by the keys it has there.

    Raises
    ------
    OptionError
        The folder is that of a study which another version of the format has laid out.
    FileFormatError
        What lies in it is damaged.
    """
    _check_version(folder)
    plan = _kept_keys(folder, plan)
    _check_results(folder, plan)
    return plan


def _check_version(folder: Path) -> None:
    """Refuse the folder of a study that another version of the format has laid out."""
    if (folder / FILE).is_file():
        read_study_file(folder)
    elif (folder / "study.csv").is_file() and not (folder / "results").is_dir():
        raise OptionError(
            f"{folder} holds a study of an earlier version of hiertools, whose runs lie elsewhere; "
            "give another --out."
        )


def read_study_file(folder: Path) -> dict[str, Any]:
    """Return what `write_study_file` wrote.

    Raises
    ------
    FileFormatError
        There is none, or it is damaged.
    OptionError
        It is of another version of the format.
    """
    path = folder / FILE
    try:
        values = read_json(path.read_bytes())
    except FileNotFoundError:
        raise FileFormatError(
            f"{folder} is no folder of a study: it holds no {FILE}; `hiertools_torch study` makes "
            "one."
        ) from None
    except (OSError, ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise FileFormatError(f"{path} is damaged; give the command of the study again.")
    if values.get("version") != VERSION:
        raise OptionError(
            f"{folder} holds a study of version {values.get('version')!r} of the format, and this "
            f"hiertools knows version {VERSION}; give another --out, or use the hiertools that "
            "made it."
        )
    if not fits(values, SHAPE):
        raise FileFormatError(f"{path} is damaged; give the command of the study again.")
    return dict(values)


def _kept_keys(folder: Path, plan: Plan) -> Plan:
    """Return the plan with the keys of those results that an older hiertools wrote for its runs.

    Another version may have further options, and so other keys, for the very same run.
    """
    runs = []
    for run in plan.runs:
        if not Places(folder, run.stem).result.is_file():
            for result in _results(folder, f"{run.data}-{run.configuration}-seed{run.seed}-*.json"):
                config = config_of(result)
                if config is not None and key_of(config) == run.key:
                    run = replace(run, key=result.key)
                    break
        runs.append(run)
    return replace(plan, runs=tuple(runs))


def _check_results(folder: Path, plan: Plan) -> None:
    """Refuse result files of a plan that are damaged, all by name: they stop its table."""
    problems = Problems(f"the study {plan.name!r}")
    for run in plan.runs:
        path = Places(folder, run.stem).result
        if path.is_file():
            try:
                read_result(path)
            except FileFormatError as error:
                problems.add(str(error))
    problems.raise_any(FileFormatError)


def _results(folder: Path, pattern: str) -> Iterator[Result]:
    for path in sorted((folder / "results").glob(pattern)):
        with contextlib.suppress(FileFormatError):
            yield read_result(path)


def states(folder: Path, runs: Sequence[Sequence[Any]]) -> list[State]:
    """Return how far each run is, as the files in the folder tell, whoever is at work there.

    `runs` are rows of data, configuration, seed, key and epochs.
    """
    found = []
    for data, configuration, seed, key, epochs in runs:
        places = Places(folder, f"{data}-{configuration}-seed{seed}-{key}")
        label: Label = "waiting"
        seconds, told = 0.0, ""
        epoch = epochs
        if places.result.is_file():
            label, seconds = "finished", _seconds(places.result)
        else:
            epoch = _epochs_done(places.run / "log.csv")
            holder = held_by(places.lock)
            if holder:
                label, told = "running", holder
            elif places.failure.is_file():
                label, told = "failed", failure_of(places)
        found.append(State(data, configuration, seed, label, epoch, epochs, seconds, told))
    return found


def held_by(lock: Path) -> str:
    """Name the process that carries a run out, or ""."""
    from filelock import FileLock, Timeout

    from hiertools_torch.runs.lock import holder

    if not lock.is_file():
        return ""
    probe = FileLock(lock)
    try:
        probe.acquire(blocking=False)
    except Timeout:
        return holder(lock)
    except OSError:  # a folder that may only be read
        return ""
    probe.release()
    return ""


def _epochs_done(log: Path) -> int:
    try:
        return max(0, log.read_bytes().count(b"\n") - 1)
    except OSError:
        return 0


def _seconds(result: Path) -> float:
    try:
        return float(json.loads(result.read_bytes())["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
