"""What ``hiertools_torch study`` does with what was asked for."""

from __future__ import annotations

import dataclasses
import json as json_module
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiertools._core.checks import whole_number
from hiertools.cli.output import say, told
from hiertools.errors import (
    FileFormatError,
    OptionError,
    RepresentativesError,
    TreeError,
    UnwritableError,
)
from hiertools_torch.config import Config
from hiertools_torch.studies.ahead import look_ahead
from hiertools_torch.studies.conduct import SHORT, conduct, folder_of, plan_of, states_of, tabled
from hiertools_torch.studies.estimate import basis, duration, seconds_left, timed
from hiertools_torch.studies.file import Plan
from hiertools_torch.studies.folder import FILE, State, opened, write_study_file
from hiertools_torch.studies.hands import check_hands
from hiertools_torch.studies.study import Study, comparison
from hiertools_torch.studies.task import Keep, Places
from hiertools_torch.studies.view import counted, grid_text, told_failures
from hiertools_torch.studies.workers import shares

__all__ = ["Asked", "carry_on", "write_down"]

PAGE = "study.html"
"""What the study found, on one page."""

FAILED = 1
"""Exit status where some runs failed, and all else is done."""


@dataclass(frozen=True)
class Asked:
    """The command line of a study."""

    file: Path | None
    models: list[str] | None
    seeds: list[int] | None
    shared: list[Path]
    given: dict[str, Any]
    out: Path | None
    permutations: int | None
    jobs: int | None
    threads: int | None
    scheduler: str | None
    keep: Keep
    retry_failed: bool
    quiet: bool
    json: bool

    def __post_init__(self) -> None:
        """Refuse numbers that say nothing."""
        check_hands(self.jobs, self.threads, self.scheduler, unsaid=None, dashes="--")
        if self.permutations is not None:
            whole_number(self.permutations, "--permutations")

    @property
    def is_folder_alone(self) -> bool:
        """Whether nothing but a folder says which study is meant."""
        named = (self.file, self.models, self.seeds, self.permutations)
        return self.out is not None and named == (None,) * 4 and not (self.shared or self.given)

    def plan(self) -> tuple[Plan, Path]:
        """Return what is to be run, and in which folder."""
        if self.file is not None:
            plan = plan_of(
                self.file, self.seeds, config=None, permutations=self.permutations,
                given=self.given,
            )  # fmt: skip
        else:
            plan = plan_of(
                self.models or SHORT, self.seeds, config=Config.read(*self.shared, **self.given),
                permutations=self.permutations, given=self.given,
            )  # fmt: skip
        return plan, folder_of(self.out, plan)

    def tell(self, plan: Plan, folder: Path, *, dry_run: bool, time_epoch: bool) -> int:
        """Say which runs there are and how far they are; run nothing."""
        if not dry_run and time_epoch:
            raise OptionError("--time-epoch says how long a --dry-run would take; give both.")
        plan = opened(folder, plan)
        states = states_of(plan, folder)
        if self.retry_failed:
            states = [
                dataclasses.replace(state, state="waiting", told="")
                if state.state == "failed"
                else state
                for state in states
            ]
        todo = [state for state in states if state.state == "waiting"]
        jobs = 1 if self.jobs == 0 else shares(max(1, len(todo)), self.jobs, self.threads)[0]
        notes = []
        if dry_run:  # which refuses before anything is printed
            waiting = {state.place for state in todo}
            notes = look_ahead(
                plan.name, [run for run in plan.runs if run.place in waiting], plan.endpoints,
                elsewhere=self.scheduler is not None,
            )  # fmt: skip
        if self.json:
            for note in notes:
                told(f"note: {note}")
            rows = [dataclasses.asdict(state) for state in states]
            keys = {run.place: run.key for run in plan.runs}
            for row in rows:
                row["key"] = keys[row["data"], row["configuration"], row["seed"]]
            say(json_module.dumps(rows, indent=2))
            return 0
        if dry_run:
            self._tell_runs(plan, states, jobs, time_epoch=time_epoch)
            for note in notes:
                say(f"note: {note}")
            return 0
        say("\n".join([grid_text(states), counted(states, jobs), *told_failures(states)]))
        return 0

    def _tell_runs(self, plan: Plan, states: list[State], jobs: int, *, time_epoch: bool) -> None:
        for run, state in zip(plan.runs, states, strict=True):
            say(f"{state.state:8}  {run.stem}")
        say(counted(states, 0).partition(", about")[0] + f" of the study {plan.name!r}.")
        if not any(state.state in ("waiting", "running") for state in states):
            return
        rates = None
        if time_epoch and seconds_left(states, jobs) is None:
            rates = timed(plan, self.tell_line)
        left = seconds_left(states, jobs, rates)
        if left is None:
            say(
                "How long the rest will take, no finished run tells yet; --time-epoch times one "
                "epoch."
            )
            return
        workers = f"{jobs} worker{'s' * (jobs > 1)}"
        say(f"The rest takes about {duration(left)} with {workers} ({basis(states, rates)}).")

    def tell_line(self, text: str) -> None:
        """Write a line on standard error, unless nothing is to be shown."""
        if not (self.quiet or self.json):
            told(text)


def carry_on(asked: Asked, plan: Plan, folder: Path) -> int:
    """Carry the study out, and write table and reports; return the exit status."""
    shown = not (asked.quiet or asked.json)
    result = conduct(
        plan, folder, jobs=asked.jobs, threads=asked.threads, scheduler=asked.scheduler,
        keep=asked.keep, retry_failed=asked.retry_failed, progress=shown and asked.jobs == 0,
        say=asked.tell_line, live=shown and asked.jobs != 0 and sys.stderr.isatty(),
    )  # fmt: skip
    return _tell(asked, result)


def write_down(asked: Asked, plan: Plan, folder: Path) -> int:
    """Write table and reports of the runs that are finished, and run none; return the exit status.

    The folder alone tells them, or what else was named says which of its results are meant.

    Raises
    ------
    FileFormatError
        None is finished.
    """
    if not asked.is_folder_alone:
        plan = opened(folder, plan)
        if not any(Places(folder, run.stem).result.is_file() for run in plan.runs):
            raise FileFormatError(_none_finished(folder, others=_holds_results(folder)))
        write_study_file(folder, plan)
    result = Study.read(folder)
    if not result.results:
        raise FileFormatError(_none_finished(folder, others=False))
    return _tell(asked, tabled(result))


def _holds_results(folder: Path) -> bool:
    return (folder / FILE).is_file() and any((folder / "results").glob("*.json"))


def _none_finished(folder: Path, *, others: bool) -> str:
    """Say that nothing can be reported, and what to do; `others` are runs of another study."""
    told = f"{folder}: no run of the study is finished yet; give the command without --report."
    if others:
        told += f" For the runs that lie there, give `study --report --out {folder}` and no more."
    return told


def _tell(asked: Asked, result: Study) -> int:
    """Write reports, print what was found, and return the exit status."""
    try:
        reports = _reports(result)
    except UnwritableError:
        _tell_failures(result)  # a full disk stops runs before it stops reports
        raise
    if asked.json:
        say(json_module.dumps(json_module.loads(result.table.to_json(orient="records")), indent=2))
    elif result.results:
        say("\n".join([result.markdown(), *(f"Report: {path}" for path in reports)]))
    _tell_failures(result)
    return FAILED if result.failed else 0


def _tell_failures(result: Study) -> None:
    """Say which runs failed, why, and what tries them again."""
    for (data, configuration, seed), reason in result.failed.items():
        told(f"failed: {data}, {configuration}, seed {seed}: {reason}")
    if result.failed:
        told("Failed runs are tried again with --retry-failed.")


def _reports(result: Study) -> list[Path]:
    """Write the page of the study, and the comparison of each data set.

    The latter lies in the folder itself, if there is but one.
    """
    names = list(dict.fromkeys(place[0] for place in result.runs))
    written = []
    if result.results:
        try:
            result.to_html(result.folder / PAGE)
            written.append(result.folder / PAGE)
        except FileFormatError as error:
            told(f"No {PAGE}: {error}")
    for name in names:
        folder = result.folder if len(names) == 1 else result.folder / name
        try:
            compared = comparison(result, data=name)
        except (FileFormatError, RepresentativesError, TreeError) as error:
            told(f"No report on {name}: {error}")
            continue
        folder.mkdir(exist_ok=True)
        compared.to_json(folder / "result.json")
        compared.to_html(folder / "report.html")
        written.append(folder / "report.html")
    return written
