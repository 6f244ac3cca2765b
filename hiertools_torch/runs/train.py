"""`train`: one run from a config to a run folder, in one readable loop.

Whatever is random is keyed: weights by the seed; order and augmentation by (seed, epoch, image);
dropout by (seed, epoch, step, process). So a run that was killed goes on exactly from its last
checkpoint, which holds no state of any random generator.
"""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor

from hiertools._core.files import named_path
from hiertools.errors import OptionError
from hiertools_torch._core.randomness import own_randomness
from hiertools_torch._core.sync import first_decides
from hiertools_torch.config import Config
from hiertools_torch.data import ImageData, load_data
from hiertools_torch.data.augment import draw_maps
from hiertools_torch.data.images import InMemory
from hiertools_torch.errors import TrainingError
from hiertools_torch.runs.exports import export_run
from hiertools_torch.runs.folder import (
    check_folder,
    check_same_run,
    clear_folder,
    default_folder,
    resumed_config,
)
from hiertools_torch.runs.lock import LOCK, locked
from hiertools_torch.runs.provenance import forget_export
from hiertools_torch.training.checkpoint import load_checkpoint, remove_leftovers, save_checkpoint
from hiertools_torch.training.forward import embed, log_sizes, pixel_statistics, prepare
from hiertools_torch.training.logs import Reporter, write_log
from hiertools_torch.training.model import Classifier, build_model
from hiertools_torch.training.watch import EpochSums, epoch_row

if TYPE_CHECKING:
    from hiertools_torch.runs.run import Run

__all__ = ["train"]

KEPT_ON_DEVICE = 2 << 30
"""Images in memory of up to so many bytes are copied to a GPU once."""


@dataclass
class Progress:
    """How far a run is; part of the checkpoint."""

    epoch: int = 0
    step: int = 0
    best: float = -1.0
    best_epoch: int = 0
    finished: bool = False
    history: list[dict[str, float | int]] = field(default_factory=list)

    def words(self) -> str:
        """Say when that is."""
        if self.step:
            return f"after step {self.step} of epoch {self.epoch + 1}"
        return f"after epoch {self.epoch}" if self.epoch else "before the first step"


def train(
    config: Config | str | Path | None = None,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: bool | None = None,
    **options: Any,
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
        to that of a run that was never interrupted. A finished run is only exported again.
    overwrite : bool
        Replace the run in `out`.
    progress : bool, optional
        Show progress on standard error. Default: only if that is a terminal.
    **options
        Fields of `Config` by name, which win over `config`.

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
    from hiertools_torch.runs.run import Run

    if isinstance(config, str | Path):
        config = Config.read(config, **options)
    elif config is None:
        config = Config.from_dict(options, "train")
    elif options:
        config = config.replace(**options)
    fabric = _fabric(config)
    folder = named_path(out, "out") if out is not None else default_folder(config)
    if not (folder / LOCK).exists():
        # Checked before, too, so that no lock is left in a folder that is refused.
        check_folder(folder, resume=resume, overwrite=overwrite)
    with contextlib.ExitStack() as until_the_end:
        first_decides(fabric, lambda: until_the_end.enter_context(locked(folder)))
        first_decides(fabric, lambda: check_folder(folder, resume=resume, overwrite=overwrite))
        if resume:
            config = resumed_config(folder, config)
        data = load_data(config)
        first_decides(fabric, lambda: _prepare_folder(folder, config, overwrite=overwrite))
        visible = fabric.is_global_zero and (progress is None or progress)
        with own_randomness(), Reporter(visible, config.epochs, bar=progress) as reporter:
            for note in data.notes:
                reporter.say(f"note: {note}")
            trainer = _Trainer(fabric, config, data, folder, reporter)
            if resume and (folder / "last.pt").exists():
                trainer.load(load_checkpoint(folder / "last.pt"))
                reporter.say(f"resumed {trainer.saved_after}")
            trainer.fit()
            export_run(fabric, trainer.classifier, config, data, folder)
        fabric.barrier()
    return Run(folder)


def _prepare_folder(folder: Path, config: Config, *, overwrite: bool) -> None:
    """Leave in the folder what the run goes on from: its config, and perhaps checkpoints."""
    if overwrite:
        clear_folder(folder)
    remove_leftovers(folder)
    forget_export(folder)
    config.save(folder / "config.yaml")


def _fabric(config: Config) -> Fabric:
    """Start the engine; with several devices this starts the other processes, too."""
    strategy = "ddp" if config.devices > 1 else "auto"
    try:
        with warnings.catch_warnings():
            # A GPU that is there and not asked for: the user's choice.
            warnings.simplefilter("ignore")
            fabric = Fabric(
                accelerator=config.accelerator,
                devices=config.devices,
                strategy=strategy,
                precision=config.precision,
            )
            fabric.launch()
    except (RuntimeError, ValueError) as cause:
        raise OptionError(
            f"accelerator={config.accelerator!r}, devices={config.devices}, precision="
            f"{config.precision!r} can't be used here: {cause}"
        ) from None
    if config.precision == "16-mixed" and fabric.device.type == "cpu":
        raise OptionError(
            "precision='16-mixed' needs a GPU, and none was found: accelerator="
            f"{config.accelerator!r} means the CPU here. Use precision='bf16-mixed'."
        )
    return fabric


class _Trainer:
    """The parts of a run in progress, and the loop over them."""

    def __init__(
        self, fabric: Fabric, config: Config, data: ImageData, folder: Path, reporter: Reporter
    ) -> None:
        self.fabric, self.config, self.data = fabric, config, data
        self.folder, self.reporter = folder, reporter
        self.progress = Progress()
        self.saved_after = self.progress.words()
        mean, deviation = pixel_statistics(data, config.pixels, config.workers)
        model = build_model(config, data.tree, data.counts(), mean=mean, deviation=deviation)
        if fabric.world_size > 1 and fabric.device.type == "cuda":
            model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
        optimizer = build_optimizer(config, model)
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.classifier: Classifier = self.model.module
        self.sums = self._fresh_sums()
        source = data.source
        if (
            fabric.device.type == "cuda"
            and isinstance(source, InMemory)
            and source.images.nbytes <= KEPT_ON_DEVICE
        ):
            source.images = fabric.to_device(source.images)

    def fit(self) -> None:
        """Train until the last epoch, or until the validation accuracy stops rising."""
        if self.progress.epoch == 0 and self.progress.step == 0:
            self.save("last.pt")
        while not self.progress.finished:
            if self.progress.epoch >= self.config.epochs:
                self.progress.finished = True
                if not (self.folder / "best.pt").exists():  # epochs=0
                    self.save("best.pt")
                break
            start = time.perf_counter()
            self.train_epoch()
            self.end_epoch(time.perf_counter() - start)
        self.save("last.pt")

    def train_epoch(self) -> None:
        """Go through the training images once, from the step where the checkpoint left off."""
        config, epoch = self.config, self.progress.epoch
        fabric, rank, world = self.fabric, self.fabric.global_rank, self.fabric.world_size
        batches = epoch_batches(self.data.parts["train"], config.batch_size, config.seed, epoch)
        # A rest that doesn't give every process an image is left out.
        batches = [batch for batch in batches if len(batch) >= world]
        todo = batches[self.progress.step :]
        shares = [batch[rank::world] for batch in todo]
        maps = draw_maps(len(self.data.labels), config.seed, epoch) if config.augment else None
        total_steps = len(batches) * config.epochs
        self.reporter.epoch(epoch, len(batches), self.progress.step)
        self.model.train()
        for batch, mine, images in zip(
            todo, shares, self.data.source.batches(shares, config.workers)
        ):
            step = self.progress.step
            torch.manual_seed(_mixed(config.seed, epoch, step, rank))
            rate = learning_rate(config, epoch * len(batches) + step, total_steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            u = None if maps is None else fabric.to_device(torch.from_numpy(maps[mine]))
            pixels = prepare(fabric.to_device(images), config.pixels, u)
            labels = fabric.to_device(torch.from_numpy(self.data.labels[mine]))

            loss, logits, features = self.model(pixels, labels, log_sizes(fabric, self.data, mine))
            # Processes average gradients; weighted so, that is the mean over the global batch.
            fabric.backward(loss * (len(mine) * world / len(batch)))
            if config.clip is not None:
                fabric.clip_gradients(self.model, self.optimizer, max_norm=config.clip)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.classifier.head.update()

            self.sums.add(loss, logits, features, labels)
            self.progress.step += 1
            self.after_step(loss, len(batches))

    def after_step(self, loss: Tensor, steps: int) -> None:
        """Look at the loss, show numbers, write a checkpoint: each as often as is cheap."""
        step = self.progress.step
        due = bool(self.config.checkpoint_every) and step % self.config.checkpoint_every == 0
        # Reading a number makes a GPU wait, so there it is read now and then only.
        if loss.device.type == "cpu" or step % 20 == 0 or due or step == steps:
            self.check_loss(float(loss.detach()))
            numbers = None
            if self.reporter.wants_numbers:
                mean, accuracy = self.sums.local_means()
                numbers = {"loss": mean, "accuracy": accuracy, "scale": self.scale()}
            self.reporter.step(numbers)
        else:
            self.reporter.step()
        if due and step < steps:
            self.save("last.pt")

    def check_loss(self, loss: float) -> None:
        """Stop at a loss that is no number, before it can get into a checkpoint."""
        if math.isfinite(loss):
            return
        raise TrainingError(
            f"The loss became {loss} in epoch {self.progress.epoch + 1}, step {self.progress.step} "
            f"(learning rate {self.optimizer.param_groups[0]['lr']:.3g}, scale {self.scale():.3g}, "
            f"precision {self.config.precision}); training stopped. The last checkpoint, "
            f"{self.folder / 'last.pt'} (written {self.saved_after}), can be used. Start again "
            "with a lower learning_rate, clip=1, or precision='32-true'."
        )

    def end_epoch(self, seconds: float) -> None:
        """Score the epoch, keep the best model, log, and write the checkpoint."""
        config, progress = self.config, self.progress
        where = self.data.parts["validation"]
        outputs = None
        if len(where):
            outputs = embed(
                self.fabric, self.classifier, self.data, where, config.pixels, config.workers
            )
        row: dict[str, float | int] = {
            "epoch": progress.epoch + 1,
            **epoch_row(self.classifier, self.sums, outputs, self.data.tree),
            "scale": self.scale(),
            "learning_rate": float(self.optimizer.param_groups[0]["lr"]),
            "seconds": round(seconds, 3),
        }
        progress.history.append(row)
        progress.epoch += 1
        progress.step = 0
        self.sums = self._fresh_sums()
        # Without validation images the best model is the last one.
        score = float(row.get("validation_accuracy", progress.epoch))
        better = score > progress.best
        if better:
            progress.best, progress.best_epoch = score, progress.epoch
        if config.patience is not None:
            progress.finished = progress.epoch - progress.best_epoch >= config.patience
        # In this order: if killed between the two, the epoch is done again, and so is best.pt.
        if better:
            self.save("best.pt")
        self.save("last.pt")
        if self.fabric.is_global_zero:
            write_log(progress.history, self.folder / "log.csv")
        self.reporter.row(row)

    def scale(self) -> float:
        """Return the present scale of the logits; NaN for heads without one."""
        scale = self.classifier.head.scale
        return float("nan") if scale is None else float(scale.value)

    def save(self, name: str) -> None:
        """Write a checkpoint; all processes take part, the first one writes."""
        state = {
            "model": self.classifier.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "precision": self.fabric.strategy.precision.state_dict(),
            "sums": self.sums.state_dict(),
            "progress": asdict(self.progress),
            "config": self.config.to_dict(),
            "classes": list(self.data.classes),
            "digest": self.data.digest,
        }
        if self.fabric.is_global_zero:
            save_checkpoint(state, self.folder / name)
        self.saved_after = self.progress.words()
        self.fabric.barrier()

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        check_same_run(state, self.config, self.data.digest, self.folder / "last.pt")
        self.classifier.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.fabric.strategy.precision.load_state_dict(state["precision"])
        self.sums.load_state_dict(state["sums"], self.fabric.global_rank)
        self.progress = Progress(**state["progress"])
        self.saved_after = self.progress.words()
        # A kill between the checkpoint and the log leaves the log one epoch behind.
        if self.fabric.is_global_zero:
            write_log(self.progress.history, self.folder / "log.csv")

    def _fresh_sums(self) -> EpochSums:
        return EpochSums(len(self.data.classes), self.config.dim, self.fabric.device)


def epoch_batches(
    positions: NDArray[np.int64], size: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Return the batches of an epoch, in an order that (seed, epoch) alone decides."""
    order = np.random.default_rng([seed, epoch, 0]).permutation(positions)
    return [order[i : i + size] for i in range(0, len(order), size)]


def learning_rate(config: Config, step: int, total: int) -> float:
    """Return the rate of a step: linear warm-up, then constant or half a cosine down to 0."""
    warm = config.warmup * total
    if step < warm:
        return config.learning_rate * (step + 1) / max(warm, 1)
    if config.schedule == "constant":
        return config.learning_rate
    done = (step - warm) / max(total - warm, 1)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def build_optimizer(config: Config, model: torch.nn.Module) -> torch.optim.Optimizer:
    """Build the optimiser over all weights that are trained; no decay on vectors of biases."""
    weights = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
    ]
    rate = config.learning_rate
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=config.momentum)
    kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate)


def _mixed(*key: int) -> int:
    """Return one seed for a key of several numbers."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))
