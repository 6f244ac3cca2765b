"""One run of a study, carried out: claimed, trained, scored, and told in a result file."""

from __future__ import annotations

import contextlib
import json
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hiertools._core.files import write_text
from hiertools.errors import FileFormatError, HiertoolsError, UnwritableError
from hiertools_torch.errors import TrainingError
from hiertools_torch.studies.grid import PlannedRun
from hiertools_torch.studies.results import (
    COLUMNS,
    read_result,
    rounded_log,
    scores_of,
    write_result,
)

if TYPE_CHECKING:
    from hiertools_torch.config import Config
    from hiertools_torch.runs.run import Run
    from hiertools_torch.training.own import Own

__all__ = [
    "KEPT",
    "Keep",
    "Outcome",
    "Places",
    "Task",
    "carry_out",
    "claimed",
    "finished",
    "note_failure",
]

Keep = Literal["none", "best", "all"]

KEPT: dict[str, tuple[str, ...]] = {"none": (), "best": ("best.pt",), "all": ("best.pt", "last.pt")}
"""Checkpoints that stay once a run is scored."""


@dataclass(frozen=True)
class Places:
    """Where the files of a run of a study lie."""

    study: Path
    stem: str

    @property
    def run(self) -> Path:
        """Run folder."""
        return self.study / "runs" / self.stem

    @property
    def result(self) -> Path:
        """Result file."""
        return self.study / "results" / f"{self.stem}.json"

    @property
    def failure(self) -> Path:
        """Why the run failed."""
        return self.study / "failed" / f"{self.stem}.json"

    @property
    def lock(self) -> Path:
        """Held by whoever carries the run out."""
        return self.study / "locks" / f"{self.stem}.lock"

    @property
    def output(self) -> Path:
        """What the libraries of a worker process said on standard error meanwhile."""
        return self.study / "logs" / f"{self.stem}.txt"


@dataclass(frozen=True)
class Task:
    """What a worker is told: a run, and what to do with it."""

    study: Path
    run: PlannedRun
    permutations: int
    keep: Keep = "all"
    progress: bool | None = False
    own: Own | None = None
    """Objects of the user's own, which no other process has."""

    @property
    def places(self) -> Places:
        """Where its files lie."""
        return Places(self.study, self.run.stem)


@dataclass(frozen=True)
class Outcome:
    """What became of a run: finished, failed, or in another's hands."""

    state: Literal["finished", "failed", "elsewhere"]
    reason: str = ""
    seconds: float = 0.0
    result: str | None = None
    """Text of the result file, for studies whose workers have a disk of their own."""


def carry_out(task: Task) -> Outcome:
    """Train a run, or go on with it, and write its result file; never twice, nor by two at once."""
    try:
        return _carry_out(task)
    except OSError as error:  # a cluster's worker may have no such folder, and be unable to make it
        return Outcome("failed", f"{task.study} can't be used by {platform.node()}: {error}")


def _carry_out(task: Task) -> Outcome:
    places = task.places
    with claimed(places.lock) as mine:
        if not mine:
            return Outcome("elsewhere")
        # Another process may have ended it since the study was looked at.
        if places.result.is_file():
            return finished(places)
        if places.failure.is_file():
            return Outcome("failed", failure_of(places))
        try:
            _train_and_score(task)
        except HiertoolsError as error:
            reason, trace = str(error), ""
        except Exception as error:  # noqa: BLE001  (one run's fault doesn't stop the others)
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
            trace = traceback.format_exc()
        else:
            return finished(places)
        with contextlib.suppress(UnwritableError):  # then who asked for the run says so
            note_failure(places, reason, trace)
        return Outcome("failed", reason)


@contextlib.contextmanager
def claimed(path: Path) -> Iterator[bool]:
    """Hold a lock for the block if nobody else does; say whether that is so.

    The lock is the operating system's, and ends with the process that holds it.
    """
    from filelock import FileLock, Timeout

    from hiertools_torch.runs.lock import sign

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, on_acquired=sign)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def note_failure(places: Places, reason: str, trace: str = "") -> None:
    """Write down why a run failed."""
    values = {"reason": reason} | ({"traceback": trace} if trace else {})
    write_text(places.failure, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def failure_of(places: Places) -> str:
    """Return why a run failed."""
    try:
        return str(json.loads(places.failure.read_bytes())["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return "why can't be read"


def finished(places: Places) -> Outcome:
    """Return what became of a run that has a result file."""
    try:
        text = places.result.read_text(encoding="utf-8")
        return Outcome("finished", seconds=read_result(places.result).seconds, result=text)
    except (FileFormatError, OSError, ValueError) as error:
        return Outcome("failed", str(error))


def _train_and_score(task: Task) -> None:
    import torch

    from hiertools_torch.runs.train import train

    places, planned = task.places, task.run
    started = time.perf_counter()
    if not (places.run / "last.pt").exists():
        # `keep` took it, and since then the result is gone: the run begins anew. With a log, it
        # would be one that lost what it goes on from.
        (places.run / "log.csv").unlink(missing_ok=True)
    if planned.config.devices > 1:
        run = _train_by_torchrun(planned.config, places.run)
    else:
        objects = {} if task.own is None else task.own.wanted_by(planned.config).given()
        run = train(planned.config, out=places.run, resume=True, progress=task.progress, **objects)
    log = run.log if (run.folder / "log.csv").is_file() else None
    provenance = run.provenance
    scores, undefined = scores_of(run, task.permutations)
    spent = time.perf_counter() - started
    if log is not None:
        # Epochs before an interruption count, and were not waited for here.
        spent = max(spent, float(log["seconds"].sum()))
    write_result(
        {
            "data": planned.data,
            "configuration": planned.configuration,
            "seed": planned.seed,
            "key": planned.key,
            "seconds": round(spent, 3),
            "epoch": provenance["epoch"],
            "images": provenance["data"]["images"],
            "data_sha256": provenance["data"]["sha256"],
            "permutations": task.permutations,
            "device": _device(planned.config.accelerator),
            "threads": torch.get_num_threads(),
            "platform": platform.platform(terse=True),
            "versions": {**provenance["versions"], "scipy": version("scipy")},
            "config": planned.config.to_dict(),
            "undefined": undefined,
            "columns": list(COLUMNS),
            "log": {} if log is None else rounded_log(log),
            "scores": scores,
        },
        places.result,
    )
    places.failure.unlink(missing_ok=True)
    _throw_away(places.run, task.keep)


def _train_by_torchrun(config: Config, folder: Path) -> Run:
    """Train with several devices: a process each, which torchrun starts and ends together."""
    from hiertools_torch.runs.run import Run

    if not (folder / "config.yaml").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        config.save(folder / "config.yaml")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
            *("--nproc-per-node", str(config.devices), "-m", "hiertools_torch"),
            *("train", "--resume", "--quiet", "--out", str(folder)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        ours = [line for line in done.stdout.splitlines() if line.startswith("hiertools_torch: ")]
        told = ours[-1].partition(": ")[2] if ours else f"it ended with status {done.returncode}"
        raise TrainingError(f"with {config.devices} devices: {told}")
    return Run(folder)


def _device(accelerator: str) -> str:
    """Name what a run was computed on."""
    import torch

    if accelerator in ("auto", "cuda", "gpu") and torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return "cpu" if accelerator == "auto" else accelerator


def _throw_away(folder: Path, keep: Keep) -> None:
    """Remove checkpoints that nobody asked to keep; what was exported stays."""
    for name in KEPT["all"]:
        if name not in KEPT[keep]:
            (folder / name).unlink(missing_ok=True)
