"""Global random states, which training needs for itself and leaves as they were."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator

import numpy as np
import torch

__all__ = ["keyed_randomness", "mixed", "own_randomness"]

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


@contextlib.contextmanager
def keyed_randomness(*key: int) -> Iterator[None]:
    """Let a key decide what code of others draws of torch (on the CPU), numpy and Python.

    Examples
    --------
    >>> with keyed_randomness(3, 0):
    ...     first = float(torch.rand(())), np.random.random(), random.random()
    >>> with keyed_randomness(3, 0):
    ...     first == (float(torch.rand(())), np.random.random(), random.random())
    True
    """
    generator = torch.default_generator
    before = generator.get_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    seed = mixed(*key)
    generator.manual_seed(seed)
    np.random.seed(seed & 0xFFFFFFFF)  # noqa: NPY002
    random.seed(seed)
    try:
        yield
    finally:
        generator.set_state(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        random.setstate(before[2])


def mixed(*key: int) -> int:
    """Return one seed for a key of several numbers."""
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))
