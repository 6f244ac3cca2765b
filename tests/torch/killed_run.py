"""Train a tiny run in pieces, killed by SIGKILL between them: ``python killed_run.py OUT LEG ...``.

A leg ``NAME:STEPS`` trains in ``OUT/NAME``, resuming what is there, in a process of its own that
kills itself just before that step of the leg; ``NAME:STEPS:write`` in the middle of writing the
first checkpoint after it; ``NAME:0`` trains to the end. After each leg the exit status is printed,
and every checkpoint there is must load.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import torch

import hiertools_torch
from hiertools_torch.training import checkpoint
from hiertools_torch.training.trainer import Trainer

OPTIONS = {
    "subset": "cat,dog,car,bus,apple,banana", "width": 2, "dim": 8, "batch_size": 30,
    "train_per_class": 30, "model": "proxydr", "proxies": "ema", "scale": "dynamic", "epochs": 3,
    "checkpoint_every": 2, "accelerator": "cpu", "seed": 3, "dropout": 0.3,
}  # fmt: skip


def leg(out: Path, steps: int, moment: str) -> None:
    """Train, and die when it is time."""
    done = 0
    real_step = Trainer.after_step
    real_save = torch.save

    def counted(self, loss, total):
        nonlocal done
        done += 1
        if done == steps and moment == "step":
            os.kill(os.getpid(), signal.SIGKILL)
        real_step(self, loss, total)

    def torn(state, file):
        if done >= steps and moment == "write":
            file.write(b"half a checkpoint")
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        real_save(state, file)

    if steps:
        Trainer.after_step = counted
        checkpoint.torch.save = torn
    hiertools_torch.train(**OPTIONS, out=out, resume=True, progress=False)


def main(out: Path, legs: list[str]) -> None:
    """Run one leg after the other, each in a fork of this process, so that torch loads once."""
    torch.set_num_threads(1)
    for text in legs:
        name, steps, moment = [*text.split(":"), "step"][:3]
        child = os.fork()
        if child == 0:
            leg(out / name, int(steps), moment)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        for file in (out / name).glob("*.pt"):
            checkpoint.load_checkpoint(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
