"""`study`: from a study file, or from models and seeds, to a finished study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools._core.checks import name_list, option
from hiertools._core.files import named_path, write_rows, write_text
from hiertools.errors import OptionError
from hiertools_torch.config import Config, takes_fields
from hiertools_torch.studies.ahead import look_ahead
from hiertools_torch.studies.file import PERMUTATIONS, Plan, plan_of_file, plan_of_models
from hiertools_torch.studies.folder import State, opened, states, write_study_file
from hiertools_torch.studies.hands import check_hands, hands, refuse_torchrun
from hiertools_torch.studies.objects import keyed
from hiertools_torch.studies.runner import carry_out_all
from hiertools_torch.studies.study import Study, comparison
from hiertools_torch.studies.task import KEPT, Keep, Task
from hiertools_torch.studies.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hiertools_torch.training.own import Own

__all__ = ["conduct", "demo", "folder_of", "plan_of", "states_of", "study", "tabled"]

DEMO: dict[str, Any] = {"epochs": 7}
"""Options of the demonstration: about two minutes on two cores."""

COMPARED = ("proxy/elementwise_correlation", "prototype/elementwise_correlation")
"""Scores without which a report says nothing of representatives."""

SHORT = ("softmax", "normface", "proxydr", "corr")
"""Models of a study that names none."""


@takes_fields(without=("model", "seed"))
def study(
    models: str | Path | Sequence[str] = SHORT,
    seeds: Sequence[int] | None = None,
    *,
    out: str | Path | None = None,
    config: Config | None = None,
    permutations: int | None = None,
    jobs: int | None = 0,
    threads: int | None = None,
    scheduler: str | None = None,
    keep: Keep = "all",
    retry_failed: bool = False,
    progress: bool | None = None,
    say: Callable[[str], None] = lambda _: None,
    **options: Any,  # fields of `Config`, whose names and types it checks
) -> Study:
    """Train every configuration with every seed, and score their hierarchies and predictions.

    Finished runs are kept and broken ones resumed, so a stopped study goes on where it was, and
    several processes (on several machines that share the folder) may work on one. A run that fails
    doesn't stop the others: `Study.failed` says why.

    Parameters
    ----------
    models : path or sequence of str
        A study file; or names among the paper's 14 configurations ("proxydr-ema-dynamic", ...) and
        the losses beyond it ("hxe", "soft-labels", "arcface", ...; see `hiertools_torch.presets`),
        or paths of config files, named by their stem.
    seeds : sequence of int, optional
        Seeds. Default: those of the file, else 0, 1, 2.
    out : path, optional
        Folder for the study: ``results/``, a small file a run; ``runs/``, the run folders;
        ``study.json``, ``study.csv`` and ``table.md``. Default: ``runs/<name of the study>``.
    config : Config, optional
        What all runs share, if there is no study file.
    permutations : int, optional
        Relabellings for chance and p-values. Default: what the file says, else 999.
    jobs : int, optional
        Worker processes; 0 for one run after the other in this process, None for one a core.
    threads : int, optional
        Threads of each worker. Default: the cores, shared.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers carry the runs out.
    keep : {"all", "best", "none"}
        Which checkpoints stay once a run is scored.
    retry_failed : bool
        Try runs again that failed before.
    progress : bool, optional
        As in `hiertools_torch.train`; shown where runs are carried out in this process.
    say : callable
        Called with a line of text when a run ends.
    **options
        Fields of `Config` that all runs share; they win over `config` and over the base and the
        data sets of the file. None may be at odds with what a model is. ``data``, ``backbone`` and
        ``augment`` may be objects of your own, as in `hiertools_torch.train`, where runs are
        carried out in this process; a study file says by ``data: own`` which of its data sets is
        such. Give them again to go on.

    Returns
    -------
    Study
        The finished runs and their table.

    Raises
    ------
    OptionError
        What is to be run is at odds with itself (all problems are listed), the folder is of another
        version, or the scheduler can't be reached.
    """
    from hiertools_torch.training.own import taken

    check_hands(jobs, threads, scheduler, unsaid=0)
    option(keep, KEPT, "keep")
    own, options = taken(options)
    if own.given() and (jobs != 0 or scheduler is not None):
        raise OptionError(
            f"{name_list(own.given())} are objects of this process, which no other has; leave jobs "
            "and scheduler out."
        )
    if own.data is not None and isinstance(models, str | Path):
        del options["data"]  # the file says of which of its data sets it is
    plan = plan_of(models, seeds, config=config, permutations=permutations, given=options)
    return conduct(
        keyed(plan, own), folder_of(out, plan), jobs=jobs, threads=threads, scheduler=scheduler,
        keep=keep, retry_failed=retry_failed, progress=progress, say=say, own=own,
    )  # fmt: skip


@takes_fields
def demo(
    out: str | Path = "runs/demo",
    *,
    progress: bool | None = None,
    **options: Any,  # fields of `Config`, whose names and types it checks
) -> Study:
    """Train NormFace and ProxyDR on 100 classes of drawings (two minutes), and compare them.

    Parameters
    ----------
    out : path
        Folder for the two runs, ``result.json`` and ``report.html``.
    progress : bool, optional
        As in `hiertools_torch.train`.
    **options
        Fields of `Config` other than those the demonstration sets.

    Returns
    -------
    Study
        The runs and their table; the comparison lies in ``report.html``.
    """
    given = DEMO | options
    names = ("normface", "proxydr")
    # It is there for its report, which compares representatives.
    asked = plan_of(names, (0,), config=None, permutations=None, given=given)
    look_ahead("demo", asked.runs, COMPARED)
    result = study(names, (0,), out=out, progress=progress, **given)
    for (_, name, _), reason in result.failed.items():
        raise OptionError(f"{name} failed: {reason}")
    compared = comparison(result)
    compared.to_json(result.folder / "result.json")
    compared.to_html(result.folder / "report.html")
    return result


def folder_of(out: str | Path | None, plan: Plan) -> Path:
    """Return the folder of a study: the one that is named, else one of its own name."""
    return named_path(out, "out") if out is not None else Path("runs") / plan.name


def plan_of(
    models: str | Path | Sequence[str],
    seeds: Sequence[int] | None,
    *,
    config: Config | None,
    permutations: int | None,
    given: Mapping[str, Any],
) -> Plan:
    """Return the plan of a study file, or of models and seeds."""
    if isinstance(models, str | Path):
        if config is not None:
            raise OptionError("A study file has a base of its own; leave config out.")
        path = named_path(models, "the path of the study file")
        return plan_of_file(path, seeds=seeds, permutations=permutations, given=given)
    return plan_of_models(
        models, (0, 1, 2) if seeds is None else seeds, config=config or Config(),
        permutations=PERMUTATIONS if permutations is None else permutations, given=given,
    )  # fmt: skip


def conduct(
    plan: Plan,
    folder: Path,
    *,
    jobs: int | None = None,
    threads: int | None = None,
    scheduler: str | None = None,
    keep: Keep = "all",
    retry_failed: bool = False,
    progress: bool | None = None,
    say: Callable[[str], None] = lambda _: None,
    live: bool = False,
    own: Own | None = None,
) -> Study:
    """Carry a plan out, and write what the study says."""
    refuse_torchrun()
    plan = opened(folder, plan)
    tasks = [
        Task(folder.absolute(), run, plan.permutations, keep, progress, own) for run in plan.runs
    ]
    todo = [task for task in tasks if not task.places.result.is_file()]
    if retry_failed:
        for task in todo:
            task.places.failure.unlink(missing_ok=True)
    todo = [task for task in todo if not task.places.failure.is_file()]
    # A scheduler that can't be reached is told of before data are read, which may take long.
    runner = hands(todo, jobs, threads, scheduler)
    try:
        if not runner.at_once():
            say(
                "note: no worker has joined the Dask scheduler yet; runs wait for the first one "
                f"(`dask worker {scheduler} --nthreads 1`)."
            )
        for note in look_ahead(
            plan.name, [task.run for task in todo], plan.endpoints, own,
            elsewhere=scheduler is not None,
        ):  # fmt: skip
            say(f"note: {note}")
        write_study_file(folder, plan)
        with View(lambda: states_of(plan, folder), runner.at_once, say, live) as view:
            carry_out_all(todo, runner, told=view.told, look=view.look)
    finally:
        runner.close()
    return tabled(Study.read(folder))


def tabled(result: Study) -> Study:
    """Write the tables of a study that was read."""
    write_rows(result.folder / "study.csv", result.table)
    if result.results:
        write_text(result.folder / "table.md", result.markdown())
    return result


def states_of(plan: Plan, folder: Path) -> list[State]:
    """Return how far each run of a plan is."""
    return states(
        folder,
        [(run.data, run.configuration, run.seed, run.key, run.config.epochs) for run in plan.runs],
    )
