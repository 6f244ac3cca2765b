"""Hand the runs of a study to whoever carries them out, until each has ended."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from hiertools._core.files import write_text
from hiertools_torch.studies.folder import held_by
from hiertools_torch.studies.task import (
    Outcome,
    Task,
    carry_out,
    failure_of,
    finished,
    note_failure,
)

__all__ = ["InThisProcess", "Runner", "carry_out_all"]

PAUSE = 0.5
"""Seconds between two looks at runs that nobody here has in hand."""

Ended = tuple[Task, Outcome]


class Runner(Protocol):
    """Whoever carries runs out: this process, worker processes, a cluster."""

    def takes_more(self) -> bool:
        """Whether it can be given another run now."""

    def give(self, task: Task) -> None:
        """Give it a run."""

    def at_once(self) -> int:
        """How many it carries out at once, as far as is known."""

    def ended(self, seconds: float) -> list[Ended]:
        """Return what has ended, waiting for something that long at most."""

    def close(self) -> None:
        """Let go of everything, whatever still runs."""


class InThisProcess:
    """Carries each run out when it is given it."""

    def __init__(self) -> None:
        self._ended: list[Ended] = []

    def takes_more(self) -> bool:
        """Whether the last one was asked for."""
        return not self._ended

    def give(self, task: Task) -> None:
        """Carry a run out."""
        self._ended.append((task, carry_out(task)))

    def at_once(self) -> int:
        """One."""
        return 1

    def ended(self, seconds: float) -> list[Ended]:  # noqa: ARG002
        """Return what became of it."""
        found, self._ended = self._ended, []
        return found

    def close(self) -> None:
        """There is nothing to let go of."""


def carry_out_all(
    tasks: Iterable[Task],
    runner: Runner,
    *,
    told: Callable[[Task, Outcome], None],
    look: Callable[[], None],
) -> dict[str, Outcome]:
    """Have every task carried out; return each outcome by the stem of its run.

    Runs in another process's hands are waited for, and taken over if that process dies.

    Parameters
    ----------
    tasks : iterable of Task
        The runs.
    runner : Runner
        Who carries them out.
    told : function
        Called when one has ended.
    look : function
        Called now and then.
    """
    waiting, elsewhere = deque(tasks), deque[Task]()
    outcomes: dict[str, Outcome] = {}
    in_hand = 0

    def end(task: Task, outcome: Outcome) -> None:
        outcomes[task.run.stem] = outcome
        _write_down(task, outcome)
        told(task, outcome)

    while waiting or elsewhere or in_hand:
        while waiting and runner.takes_more():
            runner.give(waiting.popleft())
            in_hand += 1
        if in_hand:
            for task, outcome in runner.ended(PAUSE):
                in_hand -= 1
                if outcome.state == "elsewhere":
                    elsewhere.append(task)
                else:
                    end(task, outcome)
        elif elsewhere:
            time.sleep(PAUSE)
        look()
        for _ in range(len(elsewhere)):
            task = elsewhere.popleft()
            places = task.places
            if places.result.is_file():
                end(task, finished(places))
            elif held_by(places.lock):
                elsewhere.append(task)
            elif places.failure.is_file():
                end(task, Outcome("failed", failure_of(places)))
            else:
                waiting.append(task)
    return outcomes


def _write_down(task: Task, outcome: Outcome) -> None:
    """Write what a worker with a disk of its own, or one that was killed, could not write here."""
    places = task.places
    if outcome.state == "finished" and outcome.result and not places.result.is_file():
        write_text(places.result, outcome.result)
    elif outcome.state == "failed" and not (places.failure.is_file() or places.result.is_file()):
        note_failure(places, outcome.reason)
