"""Loggers that a config names: Fabric's for CSV and TensorBoard, in the run folder."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hiertools._core.checks import need
from hiertools._core.quiet import no_warnings
from hiertools_torch.errors import TrainingError
from hiertools_torch.training.logs import Logger, Row

if TYPE_CHECKING:
    from hiertools_torch.config import Config

__all__ = ["FOLDER", "PATTERNS", "check_loggers", "log_row", "named_loggers"]

FOLDER = "logs"
"""Where they write, below the run folder."""

PATTERNS = ("metrics.csv", "events.out.tfevents.*")
"""What they write there."""


def check_loggers(config: Config) -> None:
    """Refuse a logger whose library is not installed."""
    if "tensorboard" in config.logs and not find_spec("tensorboardX"):
        need("tensorboard", "tensorboard", "log='tensorboard'")


@contextlib.contextmanager
def named_loggers(config: Config, folder: Path, history: Sequence[Row]) -> Iterator[list[Logger]]:
    """Open the loggers that a config names, and close them at the end.

    A run that goes on from some epochs goes on in their files: CSV is written anew with these, and
    TensorBoard takes what comes later in the place of what it has.
    """
    loggers: list[Any] = []
    build: Any
    with no_warnings():  # of a folder that is not empty
        if config.logs:
            import lightning_fabric.loggers as of_fabric
        if "csv" in config.logs:
            build = of_fabric.csv_logs.CSVLogger
            table = build(folder, FOLDER, version="", flush_logs_every_n_steps=1)
            for row in history:
                log_row([table], row)
            loggers.append(table)
        if "tensorboard" in config.logs:
            later = len(history) + 1 if history else None
            build = of_fabric.tensorboard.TensorBoardLogger
            loggers.append(build(folder, FOLDER, version="", purge_step=later))
    # Beyond: warnings of the training itself are told, and others may train meanwhile.
    try:
        yield loggers
    except BaseException:
        for logger in loggers:
            with contextlib.suppress(OSError):  # what stopped the training is told, not this
                logger.finalize("failed")
        raise
    for logger in loggers:
        with _told(logger):
            logger.finalize("success")


def log_row(loggers: Sequence[Logger], row: Row) -> None:
    """Give loggers the scores of an epoch, but for those that are no numbers."""
    known = {name: float(value) for name, value in row.items() if math.isfinite(value)}
    for logger in loggers:
        with _told(logger):
            logger.log_metrics(known, int(row["epoch"]))


@contextlib.contextmanager
def _told(logger: object) -> Iterator[None]:
    """Say in one sentence that a logger can't write, and how the run goes on."""
    try:
        yield
    except OSError as cause:
        where = "" if cause.filename is None else f" to {str(cause.filename)!r}"
        reason = cause.strerror or str(cause) or type(cause).__name__
        raise TrainingError(
            f"the logger {type(logger).__name__} could not write{where}: {reason}. Make room or "
            "allow writing there, then go on with --resume, or in a study with --retry-failed."
        ) from None
