"""Heads and whole training runs on a GPU: speed, memory, digits, waits for the device, resuming.

Run: python tests/verification/gpu.py                     (CUDA; some minutes)
     python tests/verification/gpu.py --device cpu --quick --out FOLDER    (does it run at all?)

Every number goes to ``gpu.csv`` as soon as it is known, and all of them to ``gpu.md`` at the end.
Parts are independent of each other: a failure is a row of its own, and the rest goes on; where one
failed, or a number is out of its tolerance, the exit status is 1. A part that has used up its
share of the time leaves out what is left, and says so.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import platform
import statistics
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))  # where hiertools isn't installed

import hiertools as ht  # noqa: E402
from hiertools_torch import (  # noqa: E402
    CPCC,
    EMA,
    HXE,
    Dynamic,
    MDSFixed,
    MultiLevel,
    ProxyHead,
    SoftLabels,
)
from hiertools_torch.heads.mds import MDSResult  # noqa: E402

DIM, SCALE = 128, 10.0
COLUMNS = ("part", "case", "classes", "batch", "precision", "measure", "value", "unit", "right")


class Precision(NamedTuple):
    """How a step computes: what `torch.backends` and autocast are set to."""

    name: str
    tf32: bool = False
    autocast: bool = False


FLOAT32 = Precision("float32")
TF32 = Precision("tf32", tf32=True)
BF16 = Precision("bf16 autocast", autocast=True)


class OutOfTime(Exception):
    """A part has used up its share of the time."""


class Bench:
    """The device, the results so far, and the time that a part has left."""

    def __init__(self, device: str, quick: bool, out: Path) -> None:
        self.device, self.quick, self.out = torch.device(device), quick, out
        self.cuda = self.device.type == "cuda"
        self.rows: list[dict[str, Any]] = []
        self.part, self.until = "", 0.0
        out.mkdir(parents=True, exist_ok=True)
        self._write([], "w")

    def _write(self, rows: list[dict[str, Any]], mode: str) -> None:
        with open(self.out / "gpu.csv", mode, newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if mode == "w":
                writer.writeheader()
            writer.writerows(rows)

    def row(
        self, case: str, measure: str, value: Any, unit: str = "", *,
        classes: int | str = "", batch: int | str = "", precision: str = "",
        right: bool | None = None,
    ) -> None:  # fmt: skip
        """Keep and print a result; `right` says whether it is what it must be."""
        value = f"{value:.4g}" if isinstance(value, float) else str(value)
        told = "" if right is None else "yes" if right else "NO"
        cells = (self.part, case, classes, batch, precision, measure, value, unit, told)
        self.rows.append(dict(zip(COLUMNS, cells)))
        self._write(self.rows[-1:], "a")
        print(" | ".join(str(cell) for cell in cells if cell != ""), flush=True)

    def look(self) -> None:
        """Leave the part where its time is over."""
        if time.perf_counter() > self.until:
            raise OutOfTime

    @contextlib.contextmanager
    def case(self, name: str, **where: Any) -> Iterator[None]:
        """Keep what fails inside as a row, and go on."""
        self.look()
        try:
            yield
        except OutOfTime:
            raise
        except Exception as cause:  # whatever it is, the rest goes on
            traceback.print_exc()
            told = f"{type(cause).__name__}: {str(cause).strip().splitlines()[:1]}"
            self.row(name, "failed", told[:200], right=False, **where)

    def run(self, part: Callable[[Bench], None], seconds: float) -> None:
        """Go through a part, for so many seconds at most."""
        self.part = part.__name__.replace("_", " ")
        self.until = time.perf_counter() + seconds
        start = time.perf_counter()
        print(f"--- {self.part}", flush=True)
        try:
            with self.case("the part itself"):
                part(self)
        except OutOfTime:
            self.row("the rest", "left out", f"after {max(seconds, 0):.0f} s")
        self.row("the part itself", "seconds", time.perf_counter() - start, "s")

    @contextlib.contextmanager
    def computing(self, precision: Precision) -> Iterator[None]:
        """Compute in a precision."""
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high" if precision.tf32 else "highest")
        try:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=precision.autocast):
                yield
        finally:
            torch.set_float32_matmul_precision(before)

    def wait(self) -> None:
        """Wait for the device."""
        if self.cuda:
            torch.cuda.synchronize()

    def milliseconds(self, step: Callable[[], None]) -> float:
        """Return the median time of a step: of groups of ten, queued without a wait between."""
        for _ in range(3):
            step()
        self.wait()
        found = []
        groups, of = (3, 2) if self.quick else (7, 10)
        for _ in range(groups):
            if self.cuda:
                start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                start.record()
                for _ in range(of):
                    step()
                end.record()
                end.synchronize()
                found.append(start.elapsed_time(end) / of)
            else:
                begun = time.perf_counter()
                for _ in range(of):
                    step()
                found.append((time.perf_counter() - begun) * 1000 / of)
        return statistics.median(found)


def tree_of(n: int) -> ht.ClassTree:
    """Return a tree of n classes in tens of tens."""
    names = [f"c{i}" for i in range(n)]
    return ht.ClassTree.from_lineages(
        {name: f"o{i // 100}/f{i // 10}/{name}" for i, name in enumerate(names)}
    )


def unit_rows(n: int) -> MDSResult:
    """Return random directions where an MDS would take its time: a step costs the same."""
    rows = np.random.default_rng(0).standard_normal((n, DIM))
    return MDSResult(rows / np.linalg.norm(rows, axis=1, keepdims=True), 1.0, 0)


def heads(n: int) -> dict[str, dict[str, Any]]:
    """Return the options of the paper's heads by name, and of the angular forms."""
    mds, found = MDSFixed(unit_rows(n)), {"softmax": {"logits": "softmax"}}
    for logits in ("normface", "proxydr"):
        dynamic = {"logits": logits, "scale": Dynamic()}
        found |= {
            logits: {"logits": logits},
            f"{logits} EMA": {"logits": logits, "proxies": EMA()},
            f"{logits} dynamic": dynamic,
            f"{logits} EMA dynamic": dynamic | {"proxies": EMA()},
            f"{logits} MDS": {"logits": logits, "proxies": mds},
            f"{logits} MDS dynamic": dynamic | {"proxies": mds},
            f"{logits} angular": {"logits": logits, "form": "angular"},
        }
    return found | {"CORR": {"proxies": mds, "loss": "corr"}}


class Plain(nn.Module):
    """The definition of the logits, as everybody would write it."""

    def __init__(self, n: int, logits: str) -> None:
        super().__init__()
        self.weight, self.logits = nn.Parameter(torch.randn(n, DIM)), logits

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        cos = F.normalize(x) @ F.normalize(self.weight).T
        if self.logits == "normface":
            return F.cross_entropy(SCALE * cos, y)
        return F.cross_entropy(-SCALE / 2 * torch.log((2 - 2 * cos).clamp_min(1e-12)), y)


class Linear(nn.Linear):
    """A linear layer and its cross-entropy."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:  # type: ignore[override]
        return F.cross_entropy(super().forward(x), y)


class Ours(nn.Module):
    """A head, of which the loss is wanted."""

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__()
        self.head = ProxyHead(n, DIM, **options)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.head(x, y).loss


def beside(n: int) -> dict[str, Callable[[], nn.Module]]:
    """Return what heads are measured beside."""
    found: dict[str, Callable[[], nn.Module]] = {
        "linear + cross-entropy": partial(Linear, DIM, n),
        "plain normface": partial(Plain, n, "normface"),
        "plain proxydr": partial(Plain, n, "proxydr"),
    }
    with contextlib.suppress(ImportError):
        from pytorch_metric_learning.losses import NormalizedSoftmaxLoss

        found["pytorch-metric-learning"] = partial(NormalizedSoftmaxLoss, n, DIM)
    return found


def stepping(bench: Bench, module: nn.Module, n: int, batch: int) -> Callable[[], None]:
    """Return one forward and backward pass, and what a head does after the optimiser's step."""
    module = module.to(bench.device)
    x = torch.randn(batch, DIM, device=bench.device, requires_grad=True)
    y = torch.randint(0, n, (batch,), device=bench.device)
    parameters = [x, *module.parameters()]
    update = module.head.update if isinstance(module, Ours) else None

    def step() -> None:
        for each in parameters:
            each.grad = None
        module(x, y).backward()
        if update is not None:
            update()

    return step


def measure(
    bench: Bench, name: str, module: nn.Module, n: int, batch: int, precision: Precision
) -> None:
    """Keep time, throughput and memory of a step."""
    with bench.computing(precision):
        step = stepping(bench, module, n, batch)
        found = bench.milliseconds(step)
        where = {"classes": n, "batch": batch, "precision": precision.name}
        bench.row(name, "step", found, "ms", **where)
        bench.row(name, "throughput", batch / found * 1000, "samples/s", **where)
        if bench.cuda:
            held = torch.cuda.memory_allocated()
            torch.cuda.reset_peak_memory_stats()
            step()
            bench.wait()
            peak = (torch.cuda.max_memory_allocated() - held) / 2**20
            bench.row(name, "memory of a step", peak, "MiB", **where)


def environment(bench: Bench) -> None:
    bench.row("machine", "device", torch.cuda.get_device_name() if bench.cuda else "CPU")
    bench.row("machine", "Python", platform.python_version())
    for name in ("torch", "numpy", "triton", "lightning", "timm", "pytorch-metric-learning"):
        with contextlib.suppress(Exception):
            bench.row("machine", name, version(name))
    bench.row("machine", "hiertools", ht.__version__)


def sizes(bench: Bench) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return ((100,), (64,)) if bench.quick else ((1_000, 100, 10_000), (256, 64, 1_024))


def throughput(bench: Bench) -> None:
    precisions = (FLOAT32, TF32, BF16) if bench.cuda else (FLOAT32, BF16)
    for n in sizes(bench)[0]:
        built: dict[str, Callable[[], nn.Module]] = beside(n) | {
            name: partial(Ours, n, **options) for name, options in heads(n).items()
        }
        for precision in precisions:
            for batch in sizes(bench)[1]:
                for name, build in built.items():
                    where = {"classes": n, "batch": batch, "precision": precision.name}
                    with bench.case(name, **where):
                        torch.manual_seed(0)
                        measure(bench, name, build(), n, batch, precision)


def compiled(bench: Bench) -> None:
    """`torch.compile` of heads and of plain PyTorch, each beside what isn't compiled."""
    pairs = [(1_000, 256)] if bench.quick else [(1_000, 256), (100, 64), (10_000, 1_024)]
    for n, batch in pairs:
        for precision in (FLOAT32, BF16):
            for logits in ("normface", "proxydr"):
                for name, build in (
                    (logits, partial(Ours, n, logits=logits)),
                    (f"plain {logits}", partial(Plain, n, logits)),
                ):
                    where = {"classes": n, "batch": batch, "precision": precision.name}
                    with bench.case(name, **where):
                        torch.compiler.reset()
                        made = build()
                        measure(bench, name, made, n, batch, precision)
                        made.compile(dynamic=False)
                        measure(bench, f"{name}, compiled", made, n, batch, precision)


def passed(head: ProxyHead, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return what a head says of a batch, and its gradients."""
    x = x.detach().requires_grad_()
    head.zero_grad()
    loss, logits = head(x, y)
    loss.backward()
    found = {"loss": loss.detach(), "logits": logits.detach(), "gradient by features": x.grad}
    for name, parameter in head.named_parameters():
        found[f"gradient by {name}"] = parameter.grad
    return {name: value.double().cpu() for name, value in found.items()}


def digits(bench: Bench) -> None:
    """Logits, loss and gradients against the CPU's in float64.

    Features are random ones, or at a chord d from the proxies of classes that aren't theirs. With
    r = 1 for random ones, 1 / d^2 for d from 0.1 and 2 / d below it, logits and losses may be off
    by 1e-6 s r and 4e-6 times themselves, gradients (of all their numbers together) by
    1e-5 + 2e-6 r of their length. bf16 features are the same for both, and bf16 gradients may be
    off by another 2 ** -8.
    """
    for n in (50,) if bench.quick else (100, 1_000):
        for name, options in heads(n).items():
            for chord in (None, 0.2, 0.03, 1e-3):
                if chord is not None and name == "softmax":
                    continue
                for kind in (torch.float32, torch.bfloat16):
                    if kind == torch.bfloat16 and chord is not None:
                        continue  # bf16 features have no such digits
                    where = {"classes": n, "batch": 64, "precision": str(kind)[6:]}
                    case = f"{name}, {'random' if chord is None else f'chord {chord:g}'}"
                    with bench.case(case, **where):
                        torch.manual_seed(0)
                        there = ProxyHead(n, DIM, **options).to(bench.device)
                        here = ProxyHead(n, DIM, **options).double()
                        here.load_state_dict(there.state_dict())
                        y = torch.randint(0, n, (64,))
                        x = torch.randn(64, DIM)
                        if chord is not None:
                            other = F.normalize(here.proxies().detach())[(y + 1) % n].float()
                            x = other + chord * F.normalize(x - (x * other).sum(1, True) * other)
                            x = x * 3
                        x = x.to(kind)
                        with bench.computing(BF16 if kind == torch.bfloat16 else FLOAT32):
                            got = passed(there, x.to(bench.device), y.to(bench.device))
                        true = passed(here, x.double(), y)
                        r = 1.0 if chord is None else 1 / chord**2 if chord >= 0.1 else 2 / chord
                        relative = 1e-5 + 2e-6 * r + (2**-8 if kind == torch.bfloat16 else 0)
                        for what, value in got.items():
                            off = (value - true[what]).abs().max().item()
                            limit = 1e-6 * SCALE * r + 4e-6 * true[what].abs().max().item()
                            if what.startswith("gradient"):
                                off = ((value - true[what]).norm() / true[what].norm()).item()
                                limit = relative
                            told = f"of at most {limit:.2g}"
                            bench.row(case, what, off, told, **where, right=off <= limit)


def updates(bench: Bench) -> None:
    """EMA proxies and the dynamic scale after 20 steps, against the CPU's in float64."""
    n = 50
    for name, options in heads(n).items():
        if "EMA" not in name and "dynamic" not in name:
            continue
        with bench.case(name, classes=n, batch=64):
            torch.manual_seed(0)
            there = ProxyHead(n, DIM, **options).to(bench.device)
            here = ProxyHead(n, DIM, **options).double()
            here.load_state_dict(there.state_dict())
            for seed in range(20):
                torch.manual_seed(seed)
                x, y = torch.randn(64, DIM), torch.randint(0, n, (64,))
                there(x.to(bench.device), y.to(bench.device))
                there.update()
                here(x.double(), y)
                here.update()
            scale = abs(float(there.scale.value) / float(here.scale.value) - 1)
            moved = (there.proxies().detach().cpu() - here.proxies().detach()).abs().max().item()
            where = {"classes": n, "batch": 64, "precision": "float32"}
            bench.row(name, "scale, relative", scale, "of at most 1e-8", **where,
                      right=scale <= 1e-8)  # fmt: skip
            bench.row(name, "proxies", moved, "of at most 1e-6", **where, right=moved <= 1e-6)


def waits(bench: Bench) -> None:
    """Whether a head's step waits for the device: CUDA itself says so."""
    if not bench.cuda:
        bench.row("all heads", "waits", "a GPU alone can tell")
        return
    n, tree = 100, tree_of(100)
    others = {
        "HXE": {"loss": HXE(tree)}, "soft labels": {"loss": SoftLabels(tree)},
        "multi-level": {"loss": MultiLevel(tree)}, "CPCC": {"loss": CPCC(tree)},
        "class weights, smoothing": {"class_weights": np.ones(n), "label_smoothing": 0.1},
        "ignore_index": {"ignore_index": -1},
        "ignore_index, EMA, dynamic": {"ignore_index": -1, "proxies": EMA(), "scale": Dynamic()},
    }  # fmt: skip
    wanted = heads(n)
    for name, options in (wanted | others).items():
        with bench.case(name):
            found = waiting(Ours(n, **options).to(bench.device), n)
            right = not found if name in wanted else None
            bench.row(name, "waits in", ", ".join(found) or "nothing", right=right)


def waiting(module: Ours, n: int) -> list[str]:
    """Return the acts of a step in which the processor waits for the GPU."""
    x = torch.randn(64, DIM, device="cuda", requires_grad=True)
    y = torch.randint(0, n, (64,), device="cuda")
    found, held = [], module(x, y)  # the first step is another
    held.backward()
    module.head.update()
    torch.cuda.synchronize()
    for act in ("forward", "backward", "update"):
        for mode in ("error", "default"):
            torch.cuda.set_sync_debug_mode(mode)
            try:
                if act == "forward":
                    held = module(x, y)
                elif act == "backward":
                    held.backward()
                else:
                    module.head.update()
                break
            except RuntimeError as cause:
                if "synchroniz" not in str(cause):
                    raise
                found.append(act)
            finally:
                torch.cuda.set_sync_debug_mode("default")
    return found


def trained(bench: Bench, folder: Path, name: str, **options: Any) -> Any:
    import hiertools_torch

    return hiertools_torch.train(
        data="quickdraw", out=folder / name, progress=False, overwrite=True, **options
    )


def training(bench: Bench) -> None:
    """Whole runs of QuickDraw on the GPU, and the same on the CPU, an epoch of them."""
    gpu = "cuda" if bench.cuda else "cpu"
    ten = "cat,dog,car,bus,apple,banana,guitar,violin,chair,couch"
    small = {"subset": ten, "train_per_class": 8, "width": 4, "batch_size": 16}
    runs: list[tuple[str, dict[str, Any]]] = [
        ("10 classes", small | {"epochs": 1} if bench.quick else {"subset": ten, "epochs": 8}),
    ]
    if not bench.quick:
        runs.append(("100 classes", {"epochs": 8, "batch_size": 256}))
    with tempfile.TemporaryDirectory() as temporary:
        for what, options in runs:
            for device, precision in ((gpu, "32-true"), (gpu, "bf16-mixed"), ("cpu", "32-true")):
                where = {"precision": precision}
                name = f"{what}, {device}"
                with bench.case(name, **where):
                    mine = dict(options)
                    if device == "cpu" and bench.cuda and what != "10 classes":
                        mine["epochs"] = 1
                    run = trained(bench, Path(temporary), "run", accelerator=device,
                                  precision=precision, **mine)  # fmt: skip
                    seconds = run.log["seconds"].min()
                    accuracy = run.log["validation_accuracy"].iloc[-1]
                    bench.row(name, "epochs", len(run.log), **where)
                    bench.row(name, "quickest epoch", float(seconds), "s", **where)
                    bench.row(name, "validation accuracy", float(accuracy), **where)
                    bench.row(name, "test accuracy", run.results["last"]["accuracy"], **where)


class Stop(Exception):
    """What ends a run after its first epoch."""


class Stopper:
    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        raise Stop


def resuming(bench: Bench) -> None:
    """A run that ended after an epoch and went on, beside two that never ended."""
    ten = "cat,dog,car,bus,apple,banana,guitar,violin,chair,couch"
    small = {"train_per_class": 8, "width": 4, "batch_size": 16} if bench.quick else {}
    options = {"subset": ten, "epochs": 2, "proxies": "ema", "scale": "dynamic", **small,
               "accelerator": "cuda" if bench.cuda else "cpu"}  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        import hiertools_torch

        with bench.case("EMA, dynamic"):
            trained(bench, folder, "whole", **options)
            trained(bench, folder, "again", **options)
            with contextlib.suppress(Stop):
                trained(bench, folder, "ended", loggers=[Stopper()], **options)
            hiertools_torch.train(
                data="quickdraw", out=folder / "ended", progress=False, resume=True, **options
            )
            states = {
                name: torch.load(folder / name / "last.pt", map_location="cpu")
                for name in ("whole", "again", "ended")
            }

            def apart(one: str, other: str) -> float:
                a, b = (states[name]["model"] for name in (one, other))
                return max((a[key].double() - b[key].double()).abs().max().item() for key in a)

            usual, resumed = apart("whole", "again"), apart("whole", "ended")
            bench.row("two runs that never ended", "weights apart by", usual)
            # Sums on a GPU have no fixed order, so weights move apart as those of two runs do.
            bench.row("one that went on", "weights apart by", resumed, "of at most 10 x that",
                      right=resumed <= 10 * usual)  # fmt: skip
            steps = [states[name]["progress"]["step"] for name in states]
            epochs = [states[name]["progress"]["epoch"] for name in states]
            bench.row("one that went on", "epochs", epochs[-1], right=epochs[-1] == 2)
            bench.row("one that went on", "step", steps[-1], right=len(set(steps)) == 1)


def page(bench: Bench) -> str:
    """Return the results as a page."""
    failed = [row for row in bench.rows if row["right"] == "NO"]
    lines = [
        "# Heads and training on a GPU",
        "",
        "Written by `python tests/verification/gpu.py` from the rows in `gpu.csv`; don't edit by "
        "hand.",
        f"{len(failed)} of {sum(bool(row['right']) for row in bench.rows)} checks failed.",
        "",
        *(f"- FAILED: {', '.join(str(v) for v in row.values() if v != '')}" for row in failed),
    ]
    for part in dict.fromkeys(row["part"] for row in bench.rows):
        of_part = [row for row in bench.rows if row["part"] == part]
        lines += ["", f"## {part.capitalize()}", ""]
        lines += _times(of_part) if part in ("throughput", "compiled") else _list(of_part)
    return "\n".join(lines) + "\n"


def _list(rows: list[dict[str, Any]]) -> list[str]:
    if rows[0]["part"] == "digits":  # the farthest off of each case, as a share of its limit
        worst: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        for row in rows:
            if row["unit"].startswith("of at most"):
                share = float(row["value"]) / float(row["unit"].split()[-1])
                key = (row["case"], row["precision"])
                if key not in worst or share > worst[key][0]:
                    worst[key] = (share, row)
        rows = [row for _, row in worst.values()]
    told = [column for column in COLUMNS[1:] if any(row[column] != "" for row in rows)]
    lines = ["| " + " | ".join(told) + " |", "|---" * len(told) + "|"]
    return lines + ["| " + " | ".join(str(row[column]) for column in told) + " |" for row in rows]


def _times(rows: list[dict[str, Any]]) -> list[str]:
    """Return milliseconds a step, a line a case and precision, a column a size."""
    at: dict[tuple[str, str], dict[tuple[int, int], str]] = {}
    memory: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row["case"], row["precision"])
        if row["measure"] == "step":
            at.setdefault(key, {})[int(row["classes"]), int(row["batch"])] = row["value"]
        elif row["measure"] == "memory of a step":
            memory[key] = row["value"]
    columns = sorted({size for found in at.values() for size in found})
    lines = ["Milliseconds a step by classes x batch; MiB of the last measured size.", ""]
    head = [f"{n:,} x {batch:,}" for n, batch in columns]
    lines += [f"| | precision | {' | '.join(head)} | MiB |", "|---" * (len(head) + 3) + "|"]
    for (case, precision), found in sorted(at.items(), key=lambda item: item[0][::-1]):
        cells = " | ".join(found.get(size, "") for size in columns)
        lines.append(f"| {case} | {precision} | {cells} | {memory.get((case, precision), '')} |")
    left = [row for row in rows if row["measure"] in ("left out", "failed")]
    lines += [f"\n{row['case']}: {row['measure']} {row['value']}" for row in left]
    return lines


PARTS = (
    (environment, 10.0), (digits, 30.0), (updates, 10.0), (waits, 10.0), (throughput, 60.0),
    (training, 60.0), (resuming, 25.0), (compiled, 60.0),
)  # fmt: skip
"""In the order of their worth, with the seconds that each may take."""

SECONDS = 205.0
"""What all parts may take; the last case of each may go on for some more."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="the smallest size of everything")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of gpu.csv and gpu.md")
    parser.add_argument("--only", help="parts, with commas")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    bench = Bench(arguments.device, arguments.quick, arguments.out)
    end = time.perf_counter() + SECONDS
    for part, seconds in PARTS:
        if arguments.only is None or part.__name__ in arguments.only.split(","):
            bench.run(part, min(seconds, end - time.perf_counter()))
    (arguments.out / "gpu.md").write_text(page(bench), encoding="utf-8")
    failed = sum(row["right"] == "NO" for row in bench.rows)
    print(f"{failed} checks failed", flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
