"""`train`: one run from a config to a run folder."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from hiertools._core.files import named_path
from hiertools._core.parts import remove_parts
from hiertools.errors import OptionError
from hiertools_torch._core.randomness import own_randomness
from hiertools_torch._core.stopping import when_stopped
from hiertools_torch._core.sync import first_decides
from hiertools_torch.config import Config, takes_fields
from hiertools_torch.data import load_data
from hiertools_torch.data.loading import while_loading
from hiertools_torch.runs.exports import export_run
from hiertools_torch.runs.folder import (
    check_folder,
    check_same_run,
    clear_folder,
    default_folder,
    resumed_config,
    with_digest,
)
from hiertools_torch.runs.lock import LOCK, locked
from hiertools_torch.runs.provenance import forget_export
from hiertools_torch.runs.run import Run
from hiertools_torch.training.checkpoint import load_checkpoint
from hiertools_torch.training.engine import start_engine
from hiertools_torch.training.logs import Reporter
from hiertools_torch.training.own import settled, taken
from hiertools_torch.training.trainer import Trainer

__all__ = ["train"]


@takes_fields
def train(
    config: Config | str | Path | None = None,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool | None = None,
    loggers: Sequence[Any] = (),
    head: nn.Module | None = None,
    **options: Any,  # fields of `Config`, whose names and types it checks
) -> Run:
    """Train a classifier and export its representatives and predictions.

    Parameters
    ----------
    config : Config, path of a config file, or None
        The options; None for the defaults.
    out : path, optional
        Run folder. Default: ``runs/<data>-<model>-seed<seed>``.
    resume : bool
        Go on from the last checkpoint of the run in `out`. On the CPU the result is bit-identical
        to that of a run that was never interrupted. A finished run is only exported again; where
        there is no run, one starts.
    overwrite : bool
        Replace the run in `out`.
    progress : bool, optional
        Show progress on standard error. Default: only if that is a terminal.
    loggers : sequence of objects
        Each with a method ``log_metrics(metrics, step)``, called with the scores of each epoch:
        loggers of Lightning and of Fabric (TensorBoard, CSV, W&B, MLflow) have it.
    head : nn.Module, optional
        A head of your own in the place of ``model="..."``: a `hiertools_torch.ProxyHead`, or a
        module that takes features to logits and has class vectors that
        `hiertools.producers.from_module` finds. A copy is trained.
    **options
        Fields of `Config` by name, which win over `config`. Three may be objects of your own:
        ``data`` a `hiertools_torch.OwnData`; ``backbone`` a module that takes images (B, planes,
        side, side) to features (B, F), of which a copy is trained; ``augment`` a function of a
        training image (planes, height, width), as transforms of ``torchvision.transforms.v2`` are.
        The run keeps none of these objects: give them again to resume or to export it.

    Returns
    -------
    Run
        The run folder, with ``representatives()``, ``predictions()``, ``log`` and ``results``.

    Raises
    ------
    OptionError
        Options that contradict each other, or a folder that is in use.
    FileFormatError, ClassMismatchError
        Data that can't be used.
    TrainingError
        The loss became NaN, or the disk is full: the last checkpoint can be used.

    Examples
    --------
    >>> import hiertools_torch, tempfile
    >>> run = hiertools_torch.train(
    ...     data="quickdraw", subset="cat,dog,car,bus", model="normface", epochs=1, width=4,
    ...     out=tempfile.mkdtemp(),
    ... )
    >>> run.representatives()
    ClassRepresentatives(4 classes x 128 dimensions, kind='proxy')
    """
    for logger in loggers:
        if not callable(getattr(logger, "log_metrics", None)):
            raise OptionError(
                f"loggers must have a method log_metrics(metrics, step); {type(logger).__name__} "
                "has none."
            )
    own, options = taken(options, head)
    if isinstance(config, str | Path):
        config = Config.read(config, **options)
    elif config is None:
        config = Config.from_dict(options, "train")
    elif options:
        config = config.replace(**options)
    config, own = settled(config, own)
    fabric = start_engine(config)
    folder = named_path(out, "out") if out is not None else default_folder(config)
    if not (folder / LOCK).exists():
        # Checked before, too, so that no lock is left in a folder that is refused.
        check_folder(folder, resume=resume, overwrite=overwrite)
    with contextlib.ExitStack() as until_the_end:
        first_decides(fabric, lambda: until_the_end.enter_context(locked(folder)))
        first_decides(fabric, lambda: check_folder(folder, resume=resume, overwrite=overwrite))
        if resume:
            config = resumed_config(folder, config)
        # The log is written after the first checkpoint: with it alone, a run lost what it goes on
        # from, and to start anew would write over its best model.
        going_on = resume and any((folder / name).exists() for name in ("last.pt", "log.csv"))
        if not going_on:
            config = with_digest(config)
        data = load_data(config, own.data)
        visible = fabric.is_global_zero and (progress is None or progress)
        with (
            own_randomness(),
            while_loading(),
            Reporter(visible, config.epochs, bar=progress) as reporter,
        ):
            for note in data.notes:
                reporter.say(f"note: {note}")
            trainer = Trainer(
                fabric, config, data, folder, reporter,
                start=not going_on, loggers=loggers, own=own,
            )  # fmt: skip
            with when_stopped(f"Go on with --resume --out {folder}."):
                if going_on:
                    state = load_checkpoint(folder / "last.pt")
                    check_same_run(state, config, data.digest, folder / "last.pt", trainer.own)
                    trainer.load(state)
                    reporter.say(f"resumed {trainer.saved_after}")
                # Only now: a start that fails leaves no trace, and keeps what it would replace.
                first_decides(fabric, lambda: _prepare_folder(folder, config, overwrite=overwrite))
                trainer.fit()
                export_run(fabric, trainer.classifier, config, data, folder, own=trainer.own)
        fabric.barrier()
    return Run(folder)


def _prepare_folder(folder: Path, config: Config, *, overwrite: bool) -> None:
    """Leave in the folder what the run goes on from: its config, and perhaps checkpoints."""
    if overwrite:
        clear_folder(folder)
    remove_parts(folder)
    forget_export(folder)
    config.save(folder / "config.yaml")
