"""In whose hands the runs of a study are: this process's, workers' of its own, or a cluster's."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hiertools._core.checks import whole_number
from hiertools.errors import OptionError
from hiertools_torch.studies.runner import InThisProcess, Runner
from hiertools_torch.studies.task import Task
from hiertools_torch.studies.workers import Workers, shares

__all__ = ["check_hands", "hands", "refuse_torchrun"]


def check_hands(
    jobs: int | None,
    threads: int | None,
    scheduler: str | None,
    *,
    unsaid: int | None,
    dashes: str = "",
) -> None:
    """Refuse numbers that say nothing, and what is at odds.

    Parameters
    ----------
    jobs, threads, scheduler
        As in `study`.
    unsaid : int or None
        What `jobs` is where nobody gave it.
    dashes : str
        What stands before the names of these options.

    Raises
    ------
    OptionError
        They are such.
    """
    if jobs is not None:
        whole_number(jobs, f"{dashes}jobs")
    if threads is not None:
        whole_number(threads, f"{dashes}threads", least=1)
    if scheduler is not None and (jobs not in (None, unsaid) or threads is not None):
        raise OptionError(
            f"{dashes}scheduler has workers of its own: leave {dashes}jobs and {dashes}threads "
            "out, or give them to `dask worker`."
        )
    if jobs == 0 and threads is not None:
        raise OptionError(
            f"{dashes}threads are those of each worker, and {dashes}jobs 0 has none; give "
            f"{dashes}jobs 1, or set OMP_NUM_THREADS for this process."
        )


def hands(
    todo: Sequence[Task], jobs: int | None, threads: int | None, scheduler: str | None
) -> Runner:
    """Return who carries the runs out."""
    if not todo:
        return InThisProcess()  # whoever it is would have nothing to do
    if scheduler is not None:
        from hiertools_torch.studies.cluster import Cluster

        return Cluster(scheduler)
    if jobs == 0:
        return InThisProcess()
    gpus = _gpus(todo)
    devices = max(task.run.config.devices for task in todo)
    jobs, threads = shares(len(todo), jobs, threads, gpus, devices)
    return Workers(jobs, threads, gpus, devices)


def refuse_torchrun() -> None:
    """Refuse to be started once for each device: a study starts its processes itself."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise OptionError(
            "a study starts its own processes: give the command without torchrun, and 'devices: N' "
            "among the options for N devices in each run."
        )


def _gpus(todo: Sequence[Task]) -> int:
    """Return how many GPUs there are for the runs."""
    if all(task.run.config.accelerator == "cpu" for task in todo):
        return 0
    import torch

    return torch.cuda.device_count()
