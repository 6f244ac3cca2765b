"""One side of a row in a process of its own: calls, seconds and the largest resident size."""

from __future__ import annotations

import gc
import json
import resource
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bench.rows import Row, Side, Timed

SHORT = 3.0
"""A first call of fewer seconds isn't counted: it may load code, and fill caches."""
ENOUGH = 0.6
"""Seconds of counted calls in a process."""
AT_MOST = 200
"""Calls in a process."""
GB = 1e9


def answer(asked: str) -> None:
    """Measure what the parent asks for, and print what came out as JSON."""
    from bench.themes import THEMES

    theme_name, row_name, side_name, size, gb = json.loads(asked)
    limit_memory(gb)
    rows = {(theme.name, row.name): row for theme in THEMES for row in theme.rows}
    row = rows[theme_name, row_name]
    print(json.dumps(measure(row, row.side(side_name), size)))


def measure(row: Row, side: Side, size: int) -> dict[str, Any]:
    """Call a side until there is enough to count.

    Returns
    -------
    dict
        ``wall`` and ``cpu`` (lists of seconds), ``peak`` and ``rise`` (GB), ``value``, and
        ``compiled``, how many functions were compiled meanwhile.
    """
    warnings.simplefilter("ignore")  # peers warn of deprecations
    compilations = _compilations()
    if not side.cold:
        side.make(min(row.quick, size))()
    work = side.make(size)
    gc.collect()
    _reset_peak()
    before = resident("RssAnon" if side.maps else "VmRSS")
    wall, cpu, value, peak = [], [], None, 0.0
    first = True
    while first or not wall or (sum(wall) < ENOUGH and len(wall) < AT_MOST):
        if side.fresh and not first:
            work = side.make(size)
        with OwnMemory() if side.maps else nullcontext() as own:
            timed = _timed(work)
        value, peak = timed.value, max(peak, own.peak if own else timed.peak)
        if not first or side.cold or (timed.wall >= SHORT and not side.compiles):
            wall.append(timed.wall)
            cpu.append(timed.cpu)
        first = False
    measured_itself = peak > 0.0 and not side.maps
    if peak == 0.0:
        peak = resident("VmHWM")
    rise = peak if measured_itself else max(peak - before, 0.0)
    return {
        "wall": wall, "cpu": cpu, "peak": peak, "rise": rise, "value": value,
        "compiled": len(compilations.buffer) if compilations else 0,
    }  # fmt: skip


def _timed(work: Callable[[], Any]) -> Timed:
    wall, cpu = time.perf_counter(), time.process_time()
    value = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if isinstance(value, Timed):
        return value
    return Timed(wall, cpu, 0.0, number(value))


def number(value: Any) -> float | None:
    """Return what a side gave back if it is a number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def resident(what: str) -> float:
    """Return the resident size now ("VmRSS") or at its largest ("VmHWM"), in GB.

    Or what of it is in no file ("RssAnon").
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith(what))
        return int(line.split()[1]) * 1024 / GB
    # Elsewhere only the largest since the start is known, and it counts bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GB


class OwnMemory:
    """The largest size of what a process alone holds, looked up every few milliseconds."""

    EVERY = 0.005

    def __init__(self) -> None:
        self.peak = 0.0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> OwnMemory:
        self._watch.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(self.EVERY):
            self.peak = max(self.peak, resident("RssAnon"))


def _reset_peak() -> None:
    """Let the largest resident size count from now on, where the system can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _compilations() -> Any:
    """Record what numba compiles from now on, rather than finds on disk."""
    try:
        from numba.core.event import RecordingListener, register
    except ImportError:
        return None
    listener = RecordingListener()
    register("numba:compile", listener)
    return listener


def limit_memory(gb: float) -> None:
    """Refuse this process more memory than that: better an error than a machine that hangs."""
    if hasattr(resource, "RLIMIT_DATA"):
        limit = int(gb * GB)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
