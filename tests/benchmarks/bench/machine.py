"""Which machine, which versions, which state of the code, and who else was busy."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.code import code_of
from bench.rows import Theme

ROOT = Path(__file__).parents[3]
PACKAGES = ("hiertools", "hiertools_torch")
CORE = ("numpy", "scipy", "numba", "pandas", "torch")
"""What our own side runs on; the versions of peers stand in their rows."""


def machine() -> dict[str, Any]:
    """Return what the numbers depend on beside the code."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),

        "memory_gb": round(_memory("MemTotal"), 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: found for name in CORE if (found := version_of(name))},
    }  # fmt: skip


def machine_id(told: dict[str, Any]) -> str:
    """Return six letters that stand for a machine and its versions."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:6]


def version_of(name: str) -> str:
    """Return the version of an installed package, or nothing."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def free_gb() -> float:
    """Return how much memory can be had without swapping; without bounds where nothing tells."""
    return _memory("MemAvailable") or float("inf")


def _memory(what: str) -> float:
    path = Path("/proc/meminfo")
    if not path.exists():
        return 0.0
    line = next((x for x in path.read_text().splitlines() if x.startswith(what)), f"{what}: 0")
    return int(line.split()[1]) * 1024 / 1e9


def _cpu() -> str:
    """Return the model, with family and model number where the name alone tells little."""
    path = Path("/proc/cpuinfo")
    if not path.exists():
        return platform.processor() or "unknown"
    told = dict(
        (part.strip() for part in line.split(":", 1))
        for line in path.read_text().splitlines()
        if ":" in line
    )
    name = told.get("model name", "unknown")
    numbers = [told[key] for key in ("cpu family", "model") if key in told]
    return f"{name} (family {numbers[0]}, model {numbers[1]})" if len(numbers) == 2 else name


def busy_seconds() -> float | None:
    """Return the processor seconds that all programs together have used since the start."""
    path = Path("/proc/stat")
    if not path.exists():
        return None
    ticks = [int(x) for x in path.read_text().splitlines()[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK")


@cache
def code_state() -> str:
    """Return eight letters that change with the code of both packages, comments left out."""
    paths = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    text = "\n".join(code_of(path.read_text("utf-8")) for path in paths if "make" not in path.parts)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@cache
def rows_state(theme: Theme) -> str:
    """Return eight letters that change with what a theme's sides do, and with their data."""
    here = Path(__file__).parent
    paths = (here / "themes" / f"{theme.name}.py", here / "data.py")
    text = "\n".join(code_of(path.read_text("utf-8")) for path in paths)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@cache
def commit() -> str:
    """Return the commit that last touched the packages, with a + where they were changed since."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", *PACKAGES)
    return git("log", "-1", "--format=%h", "--", *PACKAGES) + ("+" if changed else "")
