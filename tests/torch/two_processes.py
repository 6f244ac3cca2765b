"""Train two tiny runs on two processes, and one of them on one: ``python two_processes.py OUT``.

The two processes find each other as under ``torchrun``, by its environment variables, but are forks
of this one, so that torch loads once.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import torch

import hiertools_torch

OPTIONS = {
    "subset": "cat,dog,car,bus,apple,banana", "width": 2, "dim": 8, "batch_size": 32,
    "train_per_class": 30, "model": "proxydr", "epochs": 2, "accelerator": "cpu", "dropout": 0.0,
    "norm": "group", "precision": "64-true", "optimizer": "sgd", "learning_rate": 0.05,
}  # fmt: skip

HEADS = {
    "moving": {"proxies": "ema", "scale": "dynamic"},
    "learned": {"proxies": "learned", "checkpoint_every": 2},
}


def fork(out: Path, rank: int, world: int, port: int) -> int:
    """Train all heads in a fork, as process `rank` of `world`; return its id."""
    child = os.fork()
    if child:
        return child
    if world > 1:
        os.environ |= {
            "RANK": str(rank), "LOCAL_RANK": str(rank), "GROUP_RANK": "0",
            "WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world), "TORCHELASTIC_RUN_ID": "test",
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
        }  # fmt: skip
    for name, options in HEADS.items():
        hiertools_torch.train(**OPTIONS, **options, devices=world, out=out / name, progress=False)
    os._exit(0)


def main(out: Path) -> None:
    """Train with one process, then with two."""
    torch.set_num_threads(1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for folder, world in (("one", 1), ("two", 2)):
        children = [fork(out / folder, rank, world, port) for rank in range(world)]
        for child in children:
            _, status = os.waitpid(child, 0)
            if os.waitstatus_to_exitcode(status):
                sys.exit(f"a process of {folder!r} failed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
