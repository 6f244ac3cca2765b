"""Memory for intermediate results, which each step of a head takes over from the one before.

The C library gives the memory of freed arrays back to the system, which hands it out again page by
page, zeroed, at the first write. For the (B, C) arrays of a head's step that took as long as half
of the arithmetic, so on a CPU each thread keeps some. (On a GPU, PyTorch does so by itself.)
"""

from __future__ import annotations

import math
import threading

import torch
from torch import Tensor

MOST_BYTES = 2**25
"""So much a thread keeps; larger work gets memory of its own."""

MOST_SHAPES = 16
"""So many sets of arrays are kept track of: models have one head or few."""

Shape = tuple[int, ...]


class _Kept(threading.local):
    """The memory that a thread keeps, and arrays in it, by their dtype and shapes."""

    def __init__(self) -> None:
        self.memory = torch.empty(0, dtype=torch.uint8)
        self.arrays: dict[tuple[torch.dtype, tuple[Shape, ...]], list[Tensor]] = {}


_KEPT = _Kept()


def workspace(like: Tensor, *shapes: Shape) -> list[Tensor]:
    """Return arrays of the shapes, of a tensor's dtype and device, filled with anything.

    They are another's from the next call in the same thread on: nothing that leaves the caller may
    be one of them.

    Examples
    --------
    >>> [array.shape for array in workspace(torch.zeros(1), (2, 3), (4,))]
    [torch.Size([2, 3]), torch.Size([4])]
    """
    if like.device.type != "cpu" or type(like) is not Tensor:
        return [like.new_empty(shape) for shape in shapes]
    found = _KEPT.arrays.get((like.dtype, shapes))
    return _new(like, shapes) if found is None else found


def _new(like: Tensor, shapes: tuple[Shape, ...]) -> list[Tensor]:
    sizes = [math.prod(shape) for shape in shapes]
    # Each starts at a multiple of 64 bytes, as new arrays do: matrix products round by that.
    line = 64 // like.itemsize
    spans = [-(-size // line) * line for size in sizes]
    needed = sum(spans) * like.itemsize
    if needed > MOST_BYTES:
        return [like.new_empty(shape) for shape in shapes]
    # In inference mode, they could later be written to in that mode alone.
    with torch.inference_mode(False):
        if needed > len(_KEPT.memory) or len(_KEPT.arrays) >= MOST_SHAPES:
            _KEPT.arrays.clear()
        if needed > len(_KEPT.memory):
            _KEPT.memory = torch.empty(needed, dtype=torch.uint8)
        parts = _KEPT.memory[:needed].view(like.dtype).split(spans)
        arrays = [part[:n].view(shape) for part, n, shape in zip(parts, sizes, shapes)]
    _KEPT.arrays[like.dtype, shapes] = arrays
    return arrays
