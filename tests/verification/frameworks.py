"""Train heads in Lightning, Hugging Face's Trainer and accelerate; run exported ones elsewhere.

Run: python tests/verification/frameworks.py
     (pip install lightning torchmetrics accelerate transformers onnx onnxscript onnxruntime
     torchvision timm)

Each framework trains a head for real, on a small problem, with its callback or metric of
`hiertools_torch.frameworks`; what it logged must be what hiertools says of the trained model. ONNX
Runtime must give the logits that PyTorch gives, for any batch and at all angles from the proxies,
within the tolerance that `hiertools_torch.heads.plain` states. True Swins are trained on a folder
of images. What it said last: ``frameworks.txt``.
"""

from __future__ import annotations

import csv
import logging
import math
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

import hiertools as ht
from hiertools_torch import EMA, HXE, Dynamic, ProxyHead, hierarchy_scores

TREE = ht.ClassTree.from_newick("((a,b),(c,d),(e,(f,g)));")
EPOCHS = 3


def define_operators() -> torch.library.Library | None:
    """Let torchvision import beside a torch without CUDA, where its wheel lacks some operators.

    Nothing here calls them; they only have to exist. Where torchvision has them, to define them
    again would end this process, so another one tries.
    """
    tried = [sys.executable, "-c", "import torchvision"]
    if not subprocess.run(tried, capture_output=True, check=False).returncode:
        return None
    lacking = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        lacking.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return lacking


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


HEADS = (
    ("softmax", {}),
    ("normface (euclidean)", {"logits": "normface"}),
    ("normface (angular)", {"logits": "normface", "form": "angular"}),
    ("proxydr (euclidean)", {"logits": "proxydr"}),
    ("proxydr (angular)", {"logits": "proxydr", "form": "angular"}),
    ("proxydr (angular), EMA", {"logits": "proxydr", "form": "angular", "proxies": EMA()}),
    ("proxydr (angular), dynamic scale",
     {"logits": "proxydr", "form": "angular", "scale": Dynamic()}),
)  # fmt: skip
"""Heads that are exported, by what they are called."""


def features_at(angles: np.ndarray, proxies: torch.Tensor) -> torch.Tensor:
    """Return unit features at these angles from proxies, each from another one."""
    own = proxies.double()[torch.arange(len(angles)) % len(proxies)]
    aside = torch.randn(own.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    aside = aside - (aside * own).sum(1, keepdim=True) * own
    aside = aside / aside.norm(dim=1, keepdim=True)
    t = torch.from_numpy(angles)[:, None]
    return t.cos() * own + t.sin() * aside


def tolerances(head: ProxyHead, features: torch.Tensor) -> np.ndarray:
    """Return how far logits may be off in a graph: see `hiertools_torch.heads.plain`."""
    if head.logits == "softmax":
        return np.full((len(features), head.n_classes), 1e-5)
    f, p = (
        torch.nn.functional.normalize(rows.double(), dim=1).detach()
        for rows in (features, head.proxies())
    )
    angle = 2 * torch.atan2((f[:, None] - p).norm(dim=2), (f[:, None] + p).norm(dim=2)).numpy()
    e = 16 * torch.finfo(features.dtype).eps * float(head.scale.value)
    square = (2 * np.sin(angle / 2)) ** 2
    of_form = {
        ("normface", "euclidean"): np.full_like(angle, e),
        ("normface", "angular"): np.pi * e / np.sin(angle),
        ("proxydr", "euclidean"): e / square,
        ("proxydr", "angular"): e / (angle * np.sin(angle)),
    }
    return of_form[head.logits, head.form]


def onnx() -> None:
    import onnxruntime

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    angles = np.geomspace(0.036, np.pi / 2, 60)
    angles = np.concatenate([angles, np.pi - angles])
    for name, options in HEADS:
        for dtype in (torch.float32, torch.float64):
            torch.manual_seed(0)
            head = ProxyHead(50, 32, **{"logits": "softmax", **options},
                             class_prior=np.arange(1, 51)).to(dtype).eval()  # fmt: skip
            dynamic = ({0: torch.export.Dim.DYNAMIC},)
            torch.onnx.export(head, (torch.randn(6, 32, dtype=dtype),), "head.onnx", dynamo=True,
                              verbose=False, dynamic_shapes=dynamic)  # fmt: skip
            told = f"onnxruntime {version('onnxruntime')}, {name}, {str(dtype).split('.')[1]}: "
            try:
                session = onnxruntime.InferenceSession("head.onnx")
            except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented as cause:
                if head.form != "angular" or "Atan" not in str(cause):
                    raise
                print(f"{told}not run there, which has no arctangent of doubles")
                continue
            x = torch.randn(34, 32, dtype=dtype)
            if head.logits != "softmax":
                own = torch.nn.functional.normalize(head.proxies().detach(), dim=1)
                x = torch.cat([x, features_at(angles, own).to(dtype)])
            expected, allowed = head(x).logits.detach().numpy(), tolerances(head, x)
            share = 0.0
            for rows in (slice(0, 1), slice(1, 7), slice(7, None)):  # batches of any size
                feed = {session.get_inputs()[0].name: x[rows].numpy()}
                (found,) = session.run(None, feed)
                off = np.abs(found - expected[rows]) / allowed[rows]
                share = max(share, float(off.max()))
            assert share < 1
            print(f"{told}off by at most {share:.2f} of the stated tolerance")


def swin() -> None:
    """Train the true Swins, as large as they are, an epoch on a folder of images."""
    from PIL import Image

    import hiertools_torch
    from hiertools_torch.config import Config
    from hiertools_torch.training.backbones import build_backbone

    rng = np.random.default_rng(0)
    for number, name in enumerate("aabbcc" * 3):
        path = Path("images") / name / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)).save(path)
    Path("tree.nwk").write_text("((a,b),c);", encoding="utf-8")
    for backbone in ("torchvision:swin_t", "timm:swin_tiny_patch4_window7_224"):
        options = {"data": "folder", "root": "images", "tree": "tree.nwk", "image_size": 32}
        run = hiertools_torch.train(
            **options, backbone=backbone, model="proxydr", form="angular", dim=8, epochs=1,
            out=Path(backbone.replace(":", "-")),
        )  # fmt: skip
        loss = float(run.log["loss"].iloc[0])
        assert math.isfinite(loss)
        net, n_features = build_backbone(Config(**options, backbone=backbone))
        head = ProxyHead(3, n_features, logits="proxydr", form="angular")
        head(net(torch.rand(6, 3, 32, 32)), torch.arange(6) % 3).loss.backward()
        weights = list(net.parameters())
        # One patch in a window attends to itself alone, whatever its query and key: that is 0.
        assert all(w.grad is not None and bool(w.grad.isfinite().all()) for w in weights)
        library = backbone.partition(":")[0]
        size = sum(w.numel() for w in weights)
        print(f"{library} {version(library)}, {backbone}: {size:,} weights, all with a gradient; "
              f"an epoch of 32-pixel images, loss {loss:.2f}")  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"Python {platform.python_version()}, torch {torch.__version__}")
    held = define_operators()  # as long as this is held
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in (lightning, hugging_face, accelerate, onnx, swin):
            part()
        os.chdir("/")
    del held


if __name__ == "__main__":
    main()
