"""Train heads in Lightning, Hugging Face's Trainer and accelerate; run exported ones elsewhere.

Run: python tests/verification/frameworks.py
     (pip install lightning torchmetrics accelerate transformers onnx onnxscript onnxruntime)

Each framework trains a head for real, on a small problem, with its callback or metric of
`hiertools_torch.frameworks`; what it logged must be what hiertools says of the trained model. ONNX
Runtime must give the logits that PyTorch gives, for any batch. What it said last:
``frameworks.txt``.
"""

from __future__ import annotations

import csv
import logging
import os
import platform
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

import hiertools as ht
from hiertools_torch import EMA, HXE, ProxyHead, hierarchy_scores

TREE = ht.ClassTree.from_newick("((a,b),(c,d),(e,(f,g)));")
EPOCHS = 3


def problem() -> tuple[torch.Tensor, torch.Tensor]:
    """Return features and labels that a linear layer can learn."""
    torch.manual_seed(0)
    x = torch.randn(210, 10)
    return x, (x @ torch.randn(10, 7)).argmax(1)


def agree(found: dict[str, float], model: torch.nn.Module) -> str:
    """Check what was logged last against the scores of the trained model."""
    expected = hierarchy_scores(model, TREE, prefix="hierarchy/")
    for name, value in expected.items():
        assert abs(found[name] - value) < 1e-5, (name, found[name], value)
    return f"{len(expected)} scores logged last are those of the trained model"


def lightning() -> None:
    import lightning.pytorch as pl
    from lightning.pytorch.loggers import CSVLogger

    from hiertools_torch.frameworks.lightning import HierarchyCallback
    from hiertools_torch.frameworks.torchmetrics import HierarchicalDistance

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.Linear(10, 8)
            self.head = ProxyHead(7, 8, proxies=EMA(), classes=TREE.classes)
            self.cost = HierarchicalDistance(TREE)

        def training_step(self, batch, _):
            return self.head(self.body(batch[0]), batch[1]).loss

        def optimizer_step(self, *args, **options):
            super().optimizer_step(*args, **options)
            self.head.update()

        def validation_step(self, batch, _):
            self.cost.update(self.head(self.body(batch[0])).logits, batch[1])
            self.log("cost", self.cost)

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), 1e-2)

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    x, y = problem()
    batches = DataLoader(TensorDataset(x, y), 32)
    module, logger = Module(), CSVLogger(".")
    trainer = pl.Trainer(
        max_epochs=EPOCHS, logger=logger, callbacks=[HierarchyCallback(TREE)], accelerator="cpu",
        enable_progress_bar=False, enable_model_summary=False, log_every_n_steps=1,
    )  # fmt: skip
    trainer.fit(module, batches, batches)
    logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
    with torch.no_grad():
        logits = module.head(module.body(x)).logits.numpy()
    whole = ht.evaluate(ht.Predictions(y.numpy(), logits, TREE.classes), TREE)
    cost = whole.value("average_hierarchical_cost")
    assert abs(logged["cost"] - cost) < 1e-6
    with open(Path(logger.log_dir) / "metrics.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("hierarchy/triplet")]
    assert len(rows) == EPOCHS
    print(f"lightning {version('lightning')}, torchmetrics {version('torchmetrics')}: "
          f"{agree(logged, module)}; its log has {len(rows)} epochs of them; "
          f"self.log of a metric gave evaluate's cost, {cost:.4f}")  # fmt: skip


def hugging_face() -> None:
    from transformers import Trainer, TrainingArguments

    from hiertools_torch.frameworks.huggingface import HierarchyCallback

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.Linear(10, 8)
            self.head = ProxyHead(7, 8, loss=HXE(TREE))

        def forward(self, x=None, labels=None):
            loss, logits = self.head(self.body(x), labels)
            return {"loss": loss, "logits": logits}

    samples = [{"x": x, "labels": y} for x, y in zip(*problem())]
    options = TrainingArguments(
        "out", num_train_epochs=EPOCHS, learning_rate=1e-2, report_to=[], use_cpu=True,
        disable_tqdm=True, logging_strategy="no", save_strategy="no",
    )  # fmt: skip
    trainer = Trainer(model=Module(), args=options, train_dataset=samples)
    trainer.log = lambda logs, *_: trainer.state.log_history.append(logs)  # without printing
    trainer.add_callback(HierarchyCallback(TREE, log=trainer.log))
    trainer.train()
    rows = [row for row in trainer.state.log_history if "hierarchy/triplet" in row]
    assert len(rows) == EPOCHS
    print(f"transformers {version('transformers')} Trainer: {agree(rows[-1], trainer.model)}; "
          f"its log has {len(rows)} epochs of them")  # fmt: skip


def accelerate() -> None:
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    model = torch.nn.ModuleList([torch.nn.Linear(10, 8), ProxyHead(7, 8, classes=TREE.classes)])
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    batches = DataLoader(TensorDataset(*problem()), 32)
    model, optimizer, batches = accelerator.prepare(model, optimizer, batches)
    losses = []
    for _ in range(EPOCHS):
        for x, y in batches:
            loss = model[1](model[0](x), y).loss
            optimizer.zero_grad()
            accelerator.backward(loss)
            optimizer.step()
            losses.append(float(loss.detach()))
    row = hierarchy_scores(accelerator.unwrap_model(model), TREE, prefix="hierarchy/")
    print(f"accelerate {version('accelerate')}: loss {losses[0]:.3f} to {losses[-1]:.3f}; "
          f"{agree(row, model)}")  # fmt: skip


def onnx() -> None:
    import onnxruntime

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    for logits, form in (
        ("softmax", "euclidean"), ("normface", "euclidean"), ("normface", "angular"),
        ("proxydr", "euclidean"), ("proxydr", "angular"),
    ):  # fmt: skip
        torch.manual_seed(0)
        options = {} if logits == "softmax" else {"form": form}
        head = ProxyHead(50, 32, logits=logits, class_prior=np.arange(1, 51), **options).eval()
        model = torch.nn.Sequential(torch.nn.Linear(10, 32), head).eval()
        path = f"{logits}-{form}.onnx"
        dynamic = ({0: torch.export.Dim.DYNAMIC},)
        torch.onnx.export(
            model, (torch.randn(6, 10),), path, dynamo=True, verbose=False, dynamic_shapes=dynamic
        )
        session = onnxruntime.InferenceSession(path)
        worst = 0.0
        for n in (1, 6, 33):
            x = torch.randn(n, 10)
            (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
            worst = max(worst, float(np.abs(found - model(x).logits.detach().numpy()).max()))
        assert worst < 5e-5
        print(f"onnxruntime {version('onnxruntime')}, {logits} ({form}): "
              f"largest difference of logits {worst:.1e}")  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"Python {platform.python_version()}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in (lightning, hugging_face, accelerate, onnx):
            part()
        os.chdir("/")


if __name__ == "__main__":
    main()
