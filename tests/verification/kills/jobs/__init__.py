"""All jobs; those of hiertools_torch where PyTorch is there."""

from __future__ import annotations

from importlib.util import find_spec

from kills.job import Job
from kills.jobs.writers import WRITERS

__all__ = ["all_jobs"]


def all_jobs() -> tuple[Job, ...]:
    """Return every job there is."""
    if find_spec("torch") is None:
        return WRITERS
    from kills.jobs.runs import RUNS

    return RUNS + WRITERS
