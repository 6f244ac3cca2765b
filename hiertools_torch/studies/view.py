"""The grid as a user sees it while it runs: a table on a terminal, a line an event elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hiertools_torch.studies.estimate import duration, seconds_left
from hiertools_torch.studies.folder import State
from hiertools_torch.studies.task import Outcome, Task

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["View", "counted", "grid_text", "told_failures"]

MARKS = {"finished": "done", "failed": "FAILED", "waiting": "-"}
STYLES = {"finished": "green", "failed": "bold red", "running": "yellow", "waiting": "dim"}

EVERY = 2.0
"""Seconds between two looks at the folder."""


class View:
    """Shows how far a study is; silent unless something is to be shown.

    Parameters
    ----------
    states : function
        Returns how far each run is.
    jobs : function
        Returns how many run at once, for the time that is left.
    say : function
        Takes lines where there is no terminal.
    live : bool
        Whether standard error is a terminal to draw the grid on.
    """

    def __init__(
        self,
        states: Callable[[], list[State]],
        jobs: Callable[[], int],
        say: Callable[[str], None],
        live: bool = False,
    ) -> None:
        self._states, self._jobs, self._say = states, jobs, say
        self._live: Any = None
        self._looked = time.monotonic()
        if live:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), auto_refresh=False)

    def __enter__(self) -> View:
        states = self._states()
        if self._live is None:
            self._say(counted(states, self._jobs()))
        else:
            self._live.start()
            self._draw(states)
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._draw(self._states())
            self._live.stop()

    def told(self, task: Task, outcome: Outcome) -> None:
        """Tell what became of a run."""
        if self._live is None:
            states = self._states()
            reason = outcome.reason.removesuffix(".")
            ending = f" failed: {reason}" if outcome.state == "failed" else " finished"
            if outcome.state == "finished" and outcome.seconds:
                ending += f" ({duration(outcome.seconds)})"
            self._say(f"{task.run.words}:{ending}. {counted(states, self._jobs())}")
        else:
            self._draw(self._states())

    def look(self) -> None:
        """Draw the grid anew if some time has passed."""
        if self._live is not None and time.monotonic() - self._looked > EVERY:
            self._draw(self._states())

    def _draw(self, states: list[State]) -> None:
        self._looked = time.monotonic()
        self._live.update(grid(states, counted(states, self._jobs())), refresh=True)


def counted(states: Sequence[State], jobs: int) -> str:
    """Count the runs by how far they are, and say how long the rest will take."""
    counts = {label: sum(s.state == label for s in states) for label in STYLES}
    parts = [f"{counts['finished']} of {len(states)} runs finished"]
    parts += [f"{counts[label]} {label}" for label in ("running", "failed") if counts[label]]
    left = seconds_left(states, max(jobs, counts["running"]))
    if left:
        parts.append(f"about {duration(left)} left")
    return ", ".join(parts)


def grid(states: Sequence[State], counts: str) -> Table:
    """Return the grid as a table: a row a configuration, a column a seed."""
    from rich.table import Table
    from rich.text import Text

    head, rows = _cells(states)
    # Above it, so that a low terminal cuts the last rows and not the count.
    table = Table(title=counts, title_justify="left", title_style="")
    for title in head:
        table.add_column(Text(title), overflow="fold")
    for names, cells in rows:
        marked = [Text(_mark(s), style=STYLES[s.state]) if s else Text("") for s in cells]
        table.add_row(*map(Text, names), *marked)
    return table


def grid_text(states: Sequence[State]) -> str:
    """Return the grid as plain text."""
    head, rows = _cells(states)
    lines = [head, *([*names, *(_mark(s) if s else "" for s in cells)] for names, cells in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    padded = ["  ".join(t.ljust(w) for t, w in zip(line, widths, strict=True)) for line in lines]
    return "\n".join(line.rstrip() for line in padded)


def told_failures(states: Sequence[State]) -> list[str]:
    """Say of each failed run why it failed, and of each running one who runs it."""
    return [
        f"{s.data}, {s.configuration}, seed {s.seed} "
        + (f"runs in {s.told}" if s.state == "running" else f"failed: {s.told}")
        for s in states
        if s.state in ("failed", "running")
    ]


def _mark(state: State) -> str:
    if state.state == "running":
        return f"{state.epoch}/{state.epochs}"
    return MARKS[state.state]


def _cells(
    states: Sequence[State],
) -> tuple[list[str], list[tuple[list[str], list[State | None]]]]:
    seeds = sorted({state.seed for state in states})
    by_place = {(s.data, s.configuration, s.seed): s for s in states}
    rows = dict.fromkeys((s.data, s.configuration) for s in states)
    head = ["data", "configuration", *(f"seed {seed}" for seed in seeds)]
    return head, [([*row], [by_place.get((*row, seed)) for seed in seeds]) for row in rows]
