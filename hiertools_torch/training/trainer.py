"""`Trainer`: the training loop.

Whatever is random is keyed: weights by the seed; order and augmentation by (seed, epoch, image);
dropout by (seed, epoch, step, process). So a run that was killed goes on exactly from its last
checkpoint, which holds no state of any random generator.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from hiertools_torch.config import FILLED
from hiertools_torch.data.transforms import named_transform
from hiertools_torch.errors import TrainingError
from hiertools_torch.training.batches import Batch, epoch_batches, keep_on_device, shares
from hiertools_torch.training.checkpoint import fitting, load_checkpoint, save_checkpoint
from hiertools_torch.training.forward import background, embed, pixel_statistics
from hiertools_torch.training.loggers import check_loggers, log_row, named_loggers
from hiertools_torch.training.logs import Logger, Reporter, write_log
from hiertools_torch.training.model import Classifier, build_model
from hiertools_torch.training.optimizer import build_optimizer, learning_rate
from hiertools_torch.training.own import Own
from hiertools_torch.training.progress import Progress
from hiertools_torch.training.starting import take_start
from hiertools_torch.training.watch import EpochSums, epoch_row

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from hiertools_torch.config import Config
    from hiertools_torch.data import ImageData

__all__ = ["Trainer"]


class Trainer:
    """The parts of a run in progress, and the loop over them."""

    def __init__(
        self,
        fabric: Fabric,
        config: Config,
        data: ImageData,
        folder: Path,
        reporter: Reporter,
        *,
        start: bool = True,
        loggers: Sequence[Logger] = (),
        own: Own = Own(),  # noqa: B008 (frozen)
    ) -> None:
        self.loggers = list(loggers)
        check_loggers(config)
        self.own = own.records()
        self.fabric, self.config, self.data = fabric, config, data
        self.folder, self.reporter = folder, reporter
        self.progress = Progress()
        self.saved_after = self.progress.words()
        planes = data.source.planes
        mean, deviation = (0.0,) * planes, (1.0,) * planes
        if config.standardise:
            mean, deviation = pixel_statistics(data, config.pixels, config.workers)
        filled = config.fill == "background" and config.augment in FILLED
        self.fill = background(data, config.pixels, config.workers) if filled else ()
        self.transform = own.augment or named_transform(config.augment, self.fill)
        model = build_model(
            config, data.tree, data.counts(), mean=mean, deviation=deviation, start=start, own=own
        )
        if start and config.start_from is not None:
            reporter.say(f"note: {take_start(model, config, data.classes)}")
        if fabric.world_size > 1 and fabric.device.type == "cuda":
            model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
        optimizer = build_optimizer(config, model)
        self.model, self.optimizer = fabric.setup(model, optimizer)
        self.classifier: Classifier = self.model.module
        self.sums = self._fresh_sums()
        keep_on_device(fabric, data)

    def fit(self) -> None:
        """Train until the last epoch, or until the validation accuracy stops rising."""
        if self.progress.epoch == 0 and self.progress.step == 0:
            self.save("last.pt")
        with contextlib.ExitStack() as until_the_end:
            if self.fabric.is_global_zero:
                named = named_loggers(self.config, self.folder, self.progress.history)
                self.loggers += until_the_end.enter_context(named)
            self.train_epochs()
        self.save("last.pt")

    def train_epochs(self) -> None:
        """Go through epochs until no more is to come."""
        while not self.progress.finished:
            if self.progress.epoch >= self.config.epochs:
                self.progress.finished = True
                if not (self.folder / "best.pt").exists():  # epochs=0
                    self.save("best.pt")
                break
            start = time.perf_counter()
            self.train_epoch()
            self.end_epoch(time.perf_counter() - start)

    def train_epoch(self) -> None:
        """Go through the training images once, from the step where the checkpoint left off."""
        fabric, config, progress = self.fabric, self.config, self.progress
        # A rest that doesn't give every process an image is left out.
        batches = epoch_batches(
            self.data.parts["train"], config.batch_size, config.seed, progress.epoch,
            least=fabric.world_size,
        )  # fmt: skip
        steps = len(batches)
        self.reporter.epoch(progress.epoch, steps, progress.step)
        self.model.train()
        for batch in shares(
            fabric, config, self.data, batches, progress.epoch, progress.step, self.transform,
            self.fill,
        ):  # fmt: skip
            torch.manual_seed(batch.seed)
            step = progress.epoch * steps + progress.step
            for group in self.optimizer.param_groups:
                rate = learning_rate(config, step, steps * config.epochs)
                group["lr"] = rate * group.get("factor", 1.0)

            loss = self.backward(batch)
            if config.clip is not None:
                fabric.clip_gradients(self.model, self.optimizer, max_norm=config.clip)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.classifier.head.update()

            progress.step += 1
            self.after_step(loss, steps)

    def backward(self, batch: Batch) -> Tensor:
        """Make the gradients of a batch, part by part; return its mean loss."""
        fabric = self.fabric
        parts = [batch] if self.config.accumulate == 1 else batch.cut(self.config.accumulate)
        total: Tensor | None = None
        for i, part in enumerate(parts):
            alone = fabric.world_size > 1 and i < len(parts) - 1  # others wait for the last part
            with fabric.no_backward_sync(self.model) if alone else contextlib.nullcontext():
                loss, logits, features = self.model(part.pixels, part.labels, part.log_sizes)
                # Processes average gradients; weighted so, that is the mean over the global batch.
                fabric.backward(loss * part.weight)
            self.sums.add(loss, logits, features, part.labels)
            mean = loss.detach() * (part.weight / batch.weight)
            total = mean if total is None else total + mean
        assert total is not None
        return total

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
        better = progress.end_epoch(row, config.patience, config.monitor)
        self.sums = self._fresh_sums()
        # In this order: if killed between the two, the epoch is done again, and so is best.pt.
        if better:
            self.save("best.pt")
        self.save("last.pt")
        if self.fabric.is_global_zero:
            write_log(progress.history, self.folder / "log.csv")
            log_row(self.loggers, row)
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
            "own": self.own,
        }
        if self.fabric.is_global_zero:
            save_checkpoint(state, self.folder / name)
        self.saved_after = self.progress.words()
        self.fabric.barrier()

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of the same run."""
        with fitting(self.folder / "last.pt"):
            self.classifier.load_state_dict(state["model"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.fabric.strategy.precision.load_state_dict(state["precision"])
            self.sums.load_state_dict(state["sums"], self.fabric.global_rank)
            self.progress = Progress(**state["progress"])
        self.miss_best()
        self.saved_after = self.progress.words()
        # A kill between the checkpoint and the log leaves the log one epoch behind.
        if self.fabric.is_global_zero:
            write_log(self.progress.history, self.folder / "log.csv")

    def miss_best(self) -> None:
        """Have the best of the epochs to come take the place of a best model that is gone."""
        progress, path = self.progress, self.folder / "best.pt"
        if not progress.epoch or path.is_file():
            return
        if progress.finished or progress.epoch >= self.config.epochs:
            load_checkpoint(path)  # which says that it is gone, and what to do
        self.reporter.say(f"note: {path} is gone; the best of the epochs to come takes its place")
        progress.best, progress.best_epoch = -math.inf, progress.epoch

    def _fresh_sums(self) -> EpochSums:
        head: Any = self.classifier.head
        return EpochSums(len(self.data.classes), head.dim, self.fabric.device)
