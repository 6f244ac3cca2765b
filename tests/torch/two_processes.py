"""Train two tiny runs on two processes, and one of them on one: ``python two_processes.py OUT``.

Two further processes then try to go on in a folder that this one holds; both must refuse, and each
writes its reason to a file of its own.

The two processes find each other as under ``torchrun``, by its environment variables, but are forks
of this one, so that torch, and all that a training imports, loads once.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import torch

import hiertools_torch
from hiertools.errors import OptionError
from hiertools_torch.runs.lock import locked

REFUSED = 3
"""Exit status of a process whose folder is in use."""

OPTIONS = {
    "subset": "cat,dog,car,bus,apple,banana", "width": 2, "dim": 8, "batch_size": 32,
    "train_per_class": 30, "model": "proxydr", "epochs": 2, "accelerator": "cpu", "dropout": 0.0,
    "norm": "group", "precision": "64-true", "optimizer": "sgd", "learning_rate": 0.05,
}  # fmt: skip

HEADS = {
    "moving": {"proxies": "ema", "scale": "dynamic"},
    "learned": {"proxies": "learned", "checkpoint_every": 2},
}


def fork(out: Path, rank: int, world: int, port: int, resume: bool = False) -> int:
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
    try:
        for name, options in HEADS.items():
            hiertools_torch.train(
                **OPTIONS, **options, devices=world, out=out / name, resume=resume, progress=False
            )
    except OptionError as refusal:
        (out / f"refusal-{rank}.txt").write_text(str(refusal), encoding="utf-8")
        os._exit(REFUSED)
    os._exit(0)


def main(out: Path) -> None:
    """Train with one process, then with two."""
    torch.set_num_threads(1)
    hiertools_torch.train(
        **OPTIONS | {"epochs": 0}, out=out / "loaded", progress=False
    )  # Without a step backward, behind which none of a fork would work.
    port = free_port()
    for folder, world in (("one", 1), ("two", 2)):
        wait(folder, [fork(out / folder, rank, world, port) for rank in range(world)], 0)
    with locked(out / "two" / "moving"):
        port = free_port()
        children = [fork(out / "two", rank, 2, port, resume=True) for rank in range(2)]
        wait("two", children, REFUSED)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait(folder: str, children: list[int], expected: int) -> None:
    """Wait for the processes of a run, which must end with the expected status."""
    for child in children:
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != expected:
            sys.exit(f"a process of {folder!r} failed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
