"""Kill one training run at random moments, resume it, and compare it with a run in one piece.

    python tests/verification/kill_and_resume.py [--kills 5] [--seed 0]

The run is a process of the command line, killed by SIGKILL at a random moment. All the while every
file that is visible in the run folder is read again and again: none may ever be damaged. In the end
all tensors of both checkpoints must equal those of the uninterrupted run, bit by bit.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

import hiertools as ht
from hiertools.errors import FileFormatError
from hiertools_torch.config import Config
from hiertools_torch.training.checkpoint import load_checkpoint

OPTIONS = [
    "--model", "proxydr", "--proxies", "ema", "--scale", "dynamic", "--epochs", "4",
    "--train-per-class", "20", "--width", "16", "--checkpoint-every", "5", "--accelerator", "cpu",
    "--quiet",
]  # fmt: skip


def start(out: Path) -> subprocess.Popen[bytes]:
    """Start training in `out`, going on from what is there."""
    command = [sys.executable, "-m", "hiertools_torch", "train", *OPTIONS, "--resume", "--out", out]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)


def read_everything(out: Path) -> int:
    """Read every file that is visible in a run folder, and return how many there were."""
    read = 0
    for name, reader in (
        ("last.pt", load_checkpoint),
        ("best.pt", load_checkpoint),
        ("config.yaml", Config.read),
        ("log.csv", lambda path: [line.count(",") for line in path.read_text().splitlines()]),
        ("representatives.npz", ht.read_representatives),
        ("prototypes.npz", ht.read_representatives),
        ("predictions.npz", ht.read_predictions),
        ("tree.json", ht.read_tree),
    ):
        if (out / name).exists():
            reader(out / name)
            read += 1
    return read


def written(out: Path) -> int:
    """Return when the last checkpoint was written; 0 before there is one."""
    file = out / "last.pt"
    return file.stat().st_mtime_ns if file.exists() else 0


def tensors(out: Path, name: str) -> dict[str, torch.Tensor]:
    """Return the tensors of model and optimiser in a checkpoint."""
    state = load_checkpoint(out / name)
    found = dict(state["model"])
    for i, values in state["optimizer"]["state"].items():
        found |= {f"optimizer {i} {key}": value for key, value in values.items()}
    return found


def main() -> None:
    """Run the comparison; exit status 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = Path(folder) / "whole", Path(folder) / "broken"
        began = time.monotonic()
        if start(whole).wait():
            sys.exit("the uninterrupted run failed")
        print(f"uninterrupted run: {time.monotonic() - began:.1f} s")

        looks = 0
        for number in range(1, arguments.kills + 1):
            process = start(broken)
            # After some checkpoints more, and then at any moment of about one step.
            more = random.randint(1, 5)
            while more and process.poll() is None:
                before = written(broken)
                looks += read_everything(broken)
                time.sleep(0.005)
                more -= written(broken) != before
            time.sleep(random.uniform(0, 0.2))
            process.send_signal(signal.SIGKILL)
            status = process.wait()
            looks += read_everything(broken)
            try:
                progress = load_checkpoint(broken / "last.pt")["progress"]
                where = f"epoch {progress['epoch']}, step {progress['step']}"
            except FileFormatError:
                where = "nothing yet"
            print(f"kill {number}: exit status {status}, last checkpoint: {where}")
        if start(broken).wait():
            sys.exit("the resumed run failed")
        looks += read_everything(broken)
        print(f"{looks:,} reads of visible files, none damaged")

        different = 0
        for name in ("best.pt", "last.pt"):
            a, b = tensors(whole, name), tensors(broken, name)
            assert a.keys() == b.keys()
            different += sum(not torch.equal(a[key], b[key]) for key in a)
            print(f"{name}: {len(a)} tensors compared")
        reps = [ht.read_representatives(out / "representatives.npz") for out in (whole, broken)]
        print(f"{different} tensors differ; representatives equal: {reps[0] == reps[1]}")
        if different or reps[0] != reps[1]:
            sys.exit(1)


if __name__ == "__main__":
    main()
