"""torch's global random state, which training needs for itself and leaves as it was."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import torch

__all__ = ["own_randomness"]

_TURN = threading.Lock()


@contextlib.contextmanager
def own_randomness() -> Iterator[None]:
    """Have torch's global random state to oneself, and leave it as it was.

    There is one for all threads, and training sets it at every step: trainings (and exports, which
    build a network) in threads take turns.
    """
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with _TURN, torch.random.fork_rng(devices=devices):
        yield
