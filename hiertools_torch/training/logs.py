"""What a user sees while a model trains: a progress bar, a line each epoch, log.csv."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from hiertools._core.files import write_text

__all__ = ["Logger", "Reporter", "Row", "write_log"]

Row = Mapping[str, float | int]


class Logger(Protocol):
    """Whatever takes rows of scores: loggers of Lightning and of Fabric are such."""

    def log_metrics(self, metrics: dict[str, float], step: int) -> Any:
        """Take the scores of an epoch (counted from 1)."""


def write_log(rows: Sequence[Row], path: Path) -> None:
    """Write all epochs so far as CSV, whole or not at all, one row an epoch."""
    if not rows:
        return
    text = io.StringIO(newline="")
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())


class Reporter:
    """Tell the user how far training is; silent unless `visible`.

    On a terminal a bar runs through the steps of each epoch; every epoch leaves one line. Elsewhere
    only the lines are written. All of it goes to standard error.
    """

    def __init__(self, visible: bool, epochs: int, bar: bool | None = None) -> None:
        terminal = sys.stderr is not None and sys.stderr.isatty()
        # Unless it was asked for, nothing is written where nobody looks.
        self.visible = visible = visible and (terminal or bool(bar))
        self.epochs = epochs
        self._bar: Any = None
        self._task: Any = None
        if visible and terminal:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[numbers]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )

    def __enter__(self) -> Reporter:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def epoch(self, epoch: int, steps: int, done: int) -> None:
        """Begin an epoch (counted from 0) of so many steps, some of which may be done."""
        if self._bar is not None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(
                f"epoch {epoch + 1}/{self.epochs}", total=steps, completed=done, numbers=""
            )

    @property
    def wants_numbers(self) -> bool:
        """Whether `step` shows its numbers; reading them makes a GPU wait."""
        return self._bar is not None

    def step(self, numbers: Mapping[str, float] | None = None) -> None:
        """Count a step, and show numbers if there are new ones."""
        if self._bar is not None:
            changes: dict[str, Any] = {}
            if numbers:
                changes["numbers"] = "  ".join(f"{k} {v:.3g}" for k, v in numbers.items())
            self._bar.update(self._task, advance=1, **changes)

    def row(self, row: Row) -> None:
        """Show the numbers of a finished epoch."""
        shown = {
            "loss": "loss", "train_accuracy": "train", "validation_accuracy": "val",
            "scale": "scale", "proxy_correlation": "proxies~tree",
            "prototype_correlation": "prototypes~tree", "seconds": "s",
        }  # fmt: skip
        # Softmax has no scale: that column is NaN.
        known = {name: value for name, value in row.items() if not math.isnan(value)}
        numbers = [f"{short} {known[name]:.3g}" for name, short in shown.items() if name in known]
        self.say(f"epoch {row['epoch']:>3}/{self.epochs}  " + "  ".join(numbers))

    def say(self, text: str) -> None:
        """Write one line."""
        if not self.visible:
            return
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False)
        else:
            with suppress(OSError):  # nobody reads it any more; the training goes on
                print(text, file=sys.stderr, flush=True)
