"""What the processes of a distributed run do together; with a single process, nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from torch import Tensor

from hiertools.errors import HiertoolsError

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def world_size() -> int:
    """Return the number of processes that train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def sum_over_ranks(values: Tensor) -> Tensor:
    """Return the sum of `values` over all processes, the same on each; the input is left alone."""
    if world_size() == 1:
        return values
    total = values.clone()
    dist.all_reduce(total)
    return total


def rows_of_all_ranks(rows: Tensor) -> Tensor:
    """Concatenate the rows (n, ...) of all processes in order of rank; n may differ."""
    if world_size() == 1:
        return rows
    counts = [torch.zeros(1, dtype=torch.int64, device=rows.device) for _ in range(world_size())]
    dist.all_gather(counts, torch.tensor([len(rows)], dtype=torch.int64, device=rows.device))
    lengths = [int(count) for count in counts]
    padded = rows.new_zeros((max(lengths), *rows.shape[1:]))
    padded[: len(rows)] = rows
    parts = [torch.empty_like(padded) for _ in lengths]
    dist.all_gather(parts, padded)
    return torch.cat([part[:n] for part, n in zip(parts, lengths)])


def first_decides(fabric: Fabric, action: Callable[[], object]) -> None:
    """Let the first process act while the others wait; where it fails, all fail with its error."""
    failure: HiertoolsError | None = None
    if fabric.is_global_zero:
        try:
            action()
        except HiertoolsError as cause:
            failure = cause
    failure = fabric.broadcast(failure)
    if failure is not None:
        raise failure
