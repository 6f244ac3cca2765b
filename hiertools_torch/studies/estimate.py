"""How long a study will take: from runs that are finished, or from one epoch that is timed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hiertools._core.wording import count_text
from hiertools_torch.studies.file import Plan
from hiertools_torch.studies.folder import State

__all__ = ["duration", "seconds_left", "timed"]

Rates = dict[str, float]
"""Seconds an epoch, of each data set."""


def seconds_left(states: Sequence[State], jobs: int, timed: Rates | None = None) -> float | None:
    """Return how many seconds the rest will take; None where nothing tells.

    A run takes, an epoch, what the finished ones on the same data set took (of the same
    configuration, if there are any), else what was timed, else what those on all data sets took.
    """
    rates = _rates(states)
    left = 0.0
    for state in states:
        if state.state in ("finished", "failed"):
            continue
        rate = (
            rates.get((state.data, state.configuration))
            or rates.get((state.data, ""))
            or (timed or {}).get(state.data)
            or rates.get(("", ""))
        )
        if rate is None:
            return None
        left += rate * max(1, state.epochs - (state.epoch if state.state == "running" else 0))
    return left / max(1, jobs)


def timed(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Rates:
    """Train one run of each data set for one epoch, somewhere else; return its seconds.

    Start and export, which take the more of so short a run, are counted, so that estimates err
    towards too long.
    """
    from hiertools_torch.runs.train import train

    found: Rates = {}
    for run in plan.runs:
        if run.data in found or not run.config.epochs:
            continue
        say(f"timing one epoch of {run.words}")
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            train(run.config.replace(epochs=1), out=Path(folder) / "run", progress=False)
            found[run.data] = time.perf_counter() - started
    return found


def duration(seconds: float) -> str:
    """Say how long it is.

    Examples
    --------
    >>> duration(42), duration(200), duration(8000)
    ('42 s', '3 min', '2 h 13 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def basis(states: Sequence[State], timed: Rates | None) -> str:
    """Say what an estimate is from."""
    finished = sum(state.state == "finished" for state in states)
    if finished:
        return f"{count_text(finished)} finished run{'s' * (finished > 1)} here"
    return "one timed epoch of each data set" if timed else ""


def _rates(states: Sequence[State]) -> dict[tuple[str, str], float]:
    """Return mean seconds an epoch by (data, configuration), (data, ""), and of all."""
    spent: dict[tuple[str, str], list[float]] = {}
    for state in states:
        if state.state == "finished" and state.seconds > 0:
            for key in ((state.data, state.configuration), (state.data, ""), ("", "")):
                spent.setdefault(key, []).append(state.seconds / max(1, state.epochs))
    return {key: sum(values) / len(values) for key, values in spent.items()}
