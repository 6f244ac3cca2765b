"""Processes that load images ahead of the training loop, and what is told if one of them ends."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from hiertools.errors import HiertoolsError
from hiertools_torch._core.stopping import raise_stop_behind
from hiertools_torch.errors import TrainingError

__all__ = ["fetched", "while_loading"]

GRACE = 0.5
"""Seconds in which a signal that was sent to all processes comes to this one."""

OF_A_PROCESS = "DataLoader worker (pid"
"""How PyTorch begins what it says of a process that has ended."""


def fetched(
    dataset: Dataset[Tensor], batches: Sequence[Sequence[Any]], workers: int
) -> Iterator[Tensor]:
    """Yield the items of each batch as one tensor, which worker processes fetch if there are any.

    A worker's error comes with its traceback as text; its last line alone is raised.
    """
    loader: Any = DataLoader(
        dataset,
        batch_sampler=batches,  # type: ignore[arg-type]
        num_workers=workers,
        pin_memory=torch.cuda.is_available(),
    )
    with while_loading():
        try:
            yield from loader
        except HiertoolsError as cause:
            last = str(cause).strip().splitlines()[-1].partition("Error: ")[2]
            raise type(cause)(last or str(cause)) from None


@contextlib.contextmanager
def while_loading() -> Iterator[None]:
    """Tell in a sentence of a loading process that the system has killed, say for its memory.

    PyTorch raises where the main thread happens to be, which may be far from the images.

    Raises
    ------
    TrainingError
        One has ended.
    """
    try:
        yield
    except RuntimeError as cause:
        told = " ".join(str(cause).split()).removesuffix(".")
        if not told.startswith(OF_A_PROCESS):
            raise
        # Whoever has ended it may have ended this process, too, which knows what to say of that.
        raise_stop_behind(cause)
        time.sleep(GRACE)
        raise TrainingError(
            f"a process that loads images has ended ({told}); was there too little memory? Give "
            "fewer of them, or workers=0 for none, and go on with resume."
        ) from None
