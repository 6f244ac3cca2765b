"""Trainings, studies and exports, by their commands: killed, they go on where they were."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch

import hiertools as ht
from hiertools_torch import cli
from hiertools_torch.config import Config
from hiertools_torch.runs.folder import saved_config
from hiertools_torch.runs.provenance import check_exported, is_exported, read_provenance
from hiertools_torch.training.checkpoint import load_checkpoint
from kills.job import Digests, Job

OPTIONS = [
    "--subset", "cat,dog,car,bus,apple,banana", "--width", 2, "--dim", 8, "--batch-size", 30,
    "--train-per-class", 30, "--dropout", 0.3, "--checkpoint-every", 2, "--accelerator", "cpu",
]  # fmt: skip
TRAINED = [
    "--model", "proxydr", "--proxies", "ema", "--scale", "dynamic", "--epochs", 3, "--seed", 3,
    "--quiet",
]  # fmt: skip
STUDIED = [
    "--models", "softmax", "proxydr-ema", "--seeds", 0, "--permutations", 9, "--epochs", 1,
    "--quiet", "--jobs", 0,
]  # fmt: skip


def command(*words: object) -> None:
    """Run a command of hiertools_torch."""
    torch.set_num_threads(1)
    cli.main([str(word) for word in words])


def train(_: Any, folder: Path) -> None:
    """Train; where something is there, go on with it, as the messages say."""
    if saved_config(folder / "run") is not None:
        command("train", "--resume", "--out", folder / "run", "--quiet")
    else:
        command("train", *OPTIONS, *TRAINED, "--out", folder / "run")


def study(_: Any, folder: Path) -> None:
    """Train what is missing, and write table and report."""
    command("study", *OPTIONS, *STUDIED, "--out", folder / "study")


def finished(folder: Path) -> Path:
    """Train a run for others to export."""
    train(None, folder)
    return folder / "run"


def export(run: Path, folder: Path) -> None:
    """Export a run elsewhere."""
    command("export", run, "--out", folder / "exported")


def export_again(run: Path, folder: Path) -> None:
    """Export a run in its own folder, where an export lies already; here: in a copy of it."""
    copy = folder / "run"
    copy.mkdir(exist_ok=True)
    for name in ("config.yaml", "log.csv", "best.pt", "last.pt"):
        if not (copy / name).exists():  # by a name of its own first: this may be killed, too
            (copy / f".{name}.9.part").write_bytes((run / name).read_bytes())
            (copy / f".{name}.9.part").replace(copy / name)
    command("export", copy, "--checkpoint", "last")


READERS = {
    "last.pt": load_checkpoint,
    "best.pt": load_checkpoint,
    "config.yaml": Config.read,
    "log.csv": lambda path: [line.count(",") for line in path.read_text().splitlines()],
    "representatives.npz": ht.read_representatives,
    "prototypes.npz": ht.read_representatives,
    "predictions.npz": ht.read_predictions,
    "tree.json": ht.read_tree,
    "results.json": lambda path: json.loads(path.read_text()),
    "provenance.json": lambda path: json.loads(path.read_text()),
}


def look(_: Any, folder: Path) -> str:
    """Read every file of every run, and all that an export that is complete says of them."""
    told = []
    for run in sorted({path.parent for path in folder.rglob("*") if path.is_file()}):
        for name, read in READERS.items():
            if (run / name).exists():
                read(run / name)
        if is_exported(run):
            for name in read_provenance(run)["files"]:
                check_exported(run, name)
            told.append("exported")
        elif (run / "last.pt").exists():
            progress = load_checkpoint(run / "last.pt")["progress"]
            told.append(f"epoch {progress['epoch'] + 1} step {progress['step']}")
    return ", ".join(told) or "nothing yet"


def digests(folder: Path) -> Digests:
    """Return the digest of each file, of what neither time nor place has a part in."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(_lasting(path)).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _lasting(path: Path) -> bytes:
    """Return what a file holds, less the times that it tells."""
    if path.suffix == ".lock":
        return b""
    if path.parent.name == "results":
        held = json.loads(path.read_text())
        del held["sha256"], held["seconds"], held["log"]["seconds"]
        return json.dumps(held).encode()
    if path.name == "log.csv":
        rows = [line.split(",") for line in path.read_text().splitlines()]
        where = rows[0].index("seconds")
        return "\n".join(",".join(row[:where] + row[where + 1 :]) for row in rows).encode()
    if path.name == "provenance.json":
        held = json.loads(path.read_text())
        del held["sha256"]
        held["files"].pop("log.csv", None)
        return json.dumps(held).encode()
    if path.suffix == ".pt":
        state = load_checkpoint(path)
        for row in state["progress"]["history"]:
            row.pop("seconds")
        return _flat(state)
    return path.read_bytes()


def _flat(value: Any) -> bytes:
    """Return all that a checkpoint holds; its file also tells which objects were one in memory."""
    if isinstance(value, torch.Tensor):
        return f"{value.dtype} {tuple(value.shape)} ".encode() + value.numpy().tobytes()
    if isinstance(value, dict):
        return b"".join(repr(key).encode() + _flat(held) for key, held in value.items())
    if isinstance(value, list | tuple):
        return b"".join(map(_flat, value))
    return repr(value).encode()


RUNS = (
    Job("train", finished, train, look, digests),
    Job("study", finished, study, look, digests),
    Job("export", finished, export, look, digests),
    Job("export again", finished, export_again, look, digests),
)
