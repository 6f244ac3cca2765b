"""``hiertools_torch study``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from hiertools._core.wording import listed
from hiertools.cli.options import Whole
from hiertools.errors import OptionError
from hiertools_torch._core.stopping import when_stopped
from hiertools_torch.cli.options import NONE_GIVEN, Json, Overrides, Quiet, given_options
from hiertools_torch.cli.output import AGAIN, STUDIED, check_folder

SEVERAL = Parameter(consume_multiple=True, negative="")
"""What one word may be followed by several values of."""


def study(
    file: Path | None = None,
    /,
    *,
    models: Annotated[list[str] | None, SEVERAL] = None,
    seeds: Annotated[list[Whole] | None, SEVERAL] = None,
    config: Annotated[list[Path] | None, SEVERAL] = None,
    out: Path | None = None,
    permutations: Whole | None = None,
    jobs: Whole | None = None,
    threads: Whole | None = None,
    scheduler: str | None = None,
    keep: Literal["none", "best", "all"] = "all",
    retry_failed: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    time_epoch: Annotated[bool, Parameter(negative="")] = False,
    status: Annotated[bool, Parameter(negative="")] = False,
    report: Annotated[bool, Parameter(negative="")] = False,
    quiet: Quiet = False,
    json: Json = False,
    options: Overrides = NONE_GIVEN,
) -> int:
    """Train a grid of data x configurations x seeds; print a table and write study.html.

    Finished runs in --out are kept and broken ones resumed; several processes may work on one
    study. Exit status 1: some runs failed, and the rest is done.

    ```
    hiertools_torch study grid.yaml --jobs 4
    hiertools_torch study grid.yaml --dry-run
    hiertools_torch study grid.yaml --status
    hiertools_torch study grid.yaml --report
    hiertools_torch study --models softmax normface proxydr corr --seeds 0 1 2 --out runs/quickdraw
    hiertools_torch study --config examples/configs/paper/data/mesoz.yaml --root ~/mesoz --seeds 0
    ```

    Parameters
    ----------
    file
        A study file (YAML or TOML): data, base, configurations, grid, seeds, reference, endpoints.
    models
        Instead of a file: names of the paper's configurations (softmax, normface,
        proxydr-ema-dynamic, corr, ...), of losses beyond it (hxe, soft-labels, multi-level, cpcc,
        unit-sphere, arcface, cosface, proxy-anchor, supcon), or config files.
        [softmax normface proxydr corr]
    seeds
        Seeds. [those of the file, else 0 1 2]
    config
        Config files with what all runs share, if there is no study file.
    out
        Folder for results, runs, study.csv, study.html, table.md, result.json and report.html.
        Default: runs/NAME of the study.
    permutations
        Random relabellings for chance and p-values. [those of the file, else 999]
    jobs
        Worker processes; 0: one run after the other in this process. Default: one a core or GPU.
    threads
        Threads of each worker. Default: the cores, shared.
    scheduler
        Address of a Dask scheduler (tcp://host:8786), whose workers carry the runs out.
    keep
        Checkpoints that stay once a run is scored; what was exported stays in any case.
    retry_failed
        Try runs again that failed before.
    dry_run
        List the runs and how long they will take; run nothing.
    time_epoch
        With --dry-run: time one epoch of each data set where no finished run tells.
    status
        Show which runs are finished, running, failed or waiting, whoever is at them.
    report
        Write tables and pages of the runs that are finished; run nothing. Of a study that lies in
        --out, no more needs to be named.
    """
    from hiertools_torch.studies.command import Asked, carry_on, write_down

    given = given_options(options)
    for name, values in (("models", models), ("seeds", seeds), ("config", config)):
        if values == []:
            raise OptionError(
                f"--{name} is followed by no value: is a shell variable unset? Give at least one, "
                "or leave it out."
            )
    for name in ("model", "seed"):
        if name in given:
            raise OptionError(f"A study has --{name}s, not --{name}.")
    if file is not None and (models is not None or config):
        raise OptionError(
            "a study file has models and a base of its own; leave --models and --config out, or "
            "the file."
        )
    looks = {"--dry-run": dry_run, "--status": status, "--report": report}
    _check_looks(
        [name for name, on in looks.items() if on],
        {
            "--retry-failed": retry_failed and (status or report),
            "--keep": keep != "all",
            "--jobs": jobs is not None and report,
            "--threads": threads is not None and report,
            "--scheduler": scheduler is not None and (status or report),
        },
    )
    asked = Asked(
        file=file, models=models, seeds=seeds, shared=list(config or ()), given=given, out=out,
        permutations=permutations, jobs=jobs, threads=threads, scheduler=scheduler, keep=keep,
        retry_failed=retry_failed, quiet=quiet, json=json,
    )  # fmt: skip
    plan, folder = asked.plan()
    read = [*([file] if file else []), *(config or ()), *(Path(name) for name in models or ())]
    for one in {run.data: run.config for run in plan.runs}.values():
        check_folder(folder, STUDIED, one, read)
    if dry_run or status or time_epoch:
        return asked.tell(plan, folder, dry_run=dry_run, time_epoch=time_epoch)
    with when_stopped(AGAIN):
        return write_down(asked, plan, folder) if report else carry_on(asked, plan, folder)


def _check_looks(looks: list[str], others: dict[str, bool]) -> None:
    """Refuse several ways to look at a study at once, and what is for running it."""
    if len(looks) > 1:
        raise OptionError(f"{listed(looks)} are different questions; give one of them.")
    for name, given in others.items():
        if looks and given:
            raise OptionError(f"{looks[0]} runs nothing, so {name} says nothing; leave it out.")
