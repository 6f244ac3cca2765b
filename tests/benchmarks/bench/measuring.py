"""Measure a row at one size: sides in turn, every time in a process of its own."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import (
    busy_seconds,
    code_state,
    commit,
    free_gb,
    machine,
    machine_id,
    rows_state,
    version_of,
)
from bench.rows import OURS, Item, Row, Side
from bench.store import Result

ROUNDS = 3
"""Processes a side, where the work is short."""
PATIENCE = 30.0
"""Seconds of an item after which no further round begins."""
SHARE = 0.85
"""Of the memory that is free, a side may be expected to take so much."""
HOME = Path(__file__).parents[1]


class OutOfTime(Exception):
    """A side was stopped because the time was up."""


class Failed(Exception):
    """A side gave no figures; says why."""


def measured(item: Item, end: float, earlier: Result | None, rounds: int = ROUNDS) -> Result | None:
    """Measure an item until the time is up; None where our own side gave nothing.

    Sides take turns, each round in the opposite order. What is kept of a side: medians and least
    seconds of all calls, the median over processes of the largest resident size.
    """
    start, busy, spent = time.monotonic(), busy_seconds(), 0.0
    sides, notes = _startable(item)
    runs: dict[str, list[dict[str, Any]]] = {side.name: [] for side in sides}
    finished = True
    for round_ in range(rounds):
        if round_ and time.monotonic() - start > PATIENCE:
            break
        order = [side for side in sides if side.name not in notes]
        try:
            for side in order if round_ % 2 == 0 else reversed(order):
                run = _run(item, side, end)
                spent += run["spent"]
                runs[side.name].append(run)
        except OutOfTime:
            finished = round_ > 0
            break
        except Failed as cause:
            notes[side.name] = str(cause)
            print(f"  {side.name}: {cause}", flush=True)
            if side.name == OURS:
                return None
    took = time.monotonic() - start
    others = _others(busy, took, spent)

    held = {name: _summary(item.row.side(name), found) for name, found in runs.items() if found}
    if OURS not in held:
        return None
    return {
        "row": item.row.name,
        "size": item.size,
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "code": code_state(),
        "rows": rows_state(item.theme),
        "machine": machine_id(machine()),
        "others": others,
        "took": round(took, 1),
        "finished": finished,
        "sides": held | _stored(item.row, held, earlier),
        "notes": notes,
    }


def _startable(item: Item) -> tuple[list[Side], dict[str, str]]:
    """Return the sides that can be measured here, and why others can't."""
    sides, notes = [], {}
    free = free_gb()
    for side in item.row.sides:
        if not side.serves(item.size):
            continue
        needed = side.memory(item.size)
        if missing := side.missing():
            notes[side.name] = f"not installed: {', '.join(missing)}"
        elif needed > SHARE * free:
            notes[side.name] = f"needs about {needed:.1f} GB, and {free:.1f} are free"
        else:
            sides.append(side)
            continue
        print(f"  {side.name}: {notes[side.name]}", flush=True)
    return sides, notes


def _run(item: Item, side: Side, end: float) -> dict[str, Any]:
    """Run a side in a process of its own; once more where code was compiled meanwhile."""
    asked = json.dumps([item.theme.name, item.row.name, side.name, item.size, SHARE * free_gb()])
    command = [sys.executable, str(HOME), "--child", asked]
    for _ in range(2):
        begun = _children()
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                env=environment(),
                timeout=max(end - time.monotonic(), 0.1) if end < float("inf") else None,
            )
        except subprocess.TimeoutExpired:
            raise OutOfTime from None
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
            raise Failed(f"failed: {lines[-1][:200]}")
        run = json.loads(done.stdout.splitlines()[-1])
        run["spent"] = _children() - begun
        if not run["compiled"]:
            break
    return run


def environment() -> dict[str, str]:
    """Return the environment of a side: as many threads as it takes by itself, no screen."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    return kept | {"MPLBACKEND": "Agg"}


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _summary(side: Side, runs: Iterable[dict[str, Any]]) -> dict[str, Any]:
    runs = list(runs)
    wall = [seconds for run in runs for seconds in run["wall"]]
    cpu = [seconds for run in runs for seconds in run["cpu"]]
    middle = statistics.median
    told = {
        "wall": middle(wall), "least": min(wall), "cpu": middle(cpu), "least_cpu": min(cpu),
        "calls": len(wall), "processes": len(runs),
        "peak": middle(run["peak"] for run in runs), "rise": middle(run["rise"] for run in runs),
    }  # fmt: skip
    told = {name: float(f"{value:.4g}") for name, value in told.items()}
    told |= {"calls": len(wall), "processes": len(runs)}
    value = runs[-1]["value"]
    versions = {name: version_of(name) for name in map(_distribution, side.needs)}
    return told | {
        "value": None if value is None else float(f"{value:.12g}"),
        "versions": {name: found for name, found in versions.items() if found},
        "threads": side.threads,
    }


def _distribution(module: str) -> str:
    names = {"skbio": "scikit-bio", "sklearn": "scikit-learn", "faiss": "faiss-cpu",
             "pytorch_metric_learning": "pytorch-metric-learning"}  # fmt: skip
    return names.get(module, module)


def _others(busy: float | None, took: float, spent: float) -> float | None:
    """Return what share of all cores others used meanwhile."""
    now = busy_seconds()
    if busy is None or now is None:
        return None
    cores = os.cpu_count() or 1
    return round(max(0.0, now - busy - spent) / (max(took, 1e-9) * cores), 2)


def _stored(row: Row, held: dict[str, Any], earlier: Result | None) -> dict[str, Any]:
    """Return the earlier figures of peers that aren't installed now, marked by their date."""
    if earlier is None:
        return {}
    known = {side.name for side in row.peers}
    return {
        name: {"stored": earlier["date"][:10], **side}
        for name, side in earlier["sides"].items()
        if name in known and name not in held and row.side(name).missing()
    }
