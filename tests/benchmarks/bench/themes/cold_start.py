"""The first call in a new process: nothing compiled yet, or compiled code on disk."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import data
from bench.rows import Row, Side, Theme, Timed, Wanted, ours

COMPARE = (
    "import hiertools as ht, numpy as np; "
    "tree = ht.ClassTree.from_newick('(((lynx,cat),wolf),((newt,toad),(shark,ray)));'); "
    "vectors = np.random.default_rng(0).normal(size=(7, 16)); "
    "ht.compare(ht.ClassRepresentatives(vectors, tree.classes), tree{})"
)
CORE, ALL = COMPARE.format(""), COMPARE.format(', scores="all"')
EVALUATE = (
    "import hiertools as ht, numpy as np; "
    "tree = ht.ClassTree.from_newick('(((lynx,cat),wolf),((newt,toad),(shark,ray)));'); "
    "random = np.random.default_rng(0); "
    "scores = random.normal(size=(70, 7)); labels = np.arange(70) % 7; "
    "ht.evaluate(ht.Predictions(labels, scores, tree.classes), tree)"
)
IMPORT = "import hiertools"
PANDAS, NUMPY, NOTHING = "import pandas, scipy.stats", "import numpy", "pass"


def process(*arguments: str) -> Callable[[int], Callable[[], Timed]]:
    """Run Python with compiled code where numba keeps it by itself."""
    return lambda _n: lambda: _run(arguments)


def compiled(*arguments: str) -> Callable[[int], Callable[[], Timed]]:
    """Run Python when it has run before on the same code, so that what it compiles is on disk."""

    def make(_n: int) -> Callable[[], Timed]:
        folder = Path(tempfile.gettempdir()) / f"hiertools-bench-{os.getuid()}"
        cache = {"NUMBA_CACHE_DIR": str(folder)}
        _run(arguments, cache)
        return lambda: _run(arguments, cache)

    return make


def uncompiled(*arguments: str) -> Callable[[int], Callable[[], Timed]]:
    """Run Python with an empty folder for compiled code, as after an installation."""

    def make(_n: int) -> Callable[[], Timed]:
        def work() -> Timed:
            folder = tempfile.mkdtemp(dir=data.folder())
            return _run(arguments, {"NUMBA_CACHE_DIR": folder})

        return work

    return make


def _run(arguments: tuple[str, ...], more: Mapping[str, str] = {}) -> Timed:
    """Time a process from its start to its end.

    It may write bytecode, so that all but the first find it, as after an installation.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    environment = {**os.environ, **more}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, *arguments], capture_output=True, env=environment)
    wall = time.perf_counter() - start
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode and "-c" in arguments:
        raise RuntimeError(done.stderr.decode().strip().splitlines()[-1])
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return Timed(wall, cpu, now.ru_maxrss * 1024 / 1e9)


def _peer(name: str, code: str, quick: bool = False) -> Side:
    return Side(name, process("-c", code), cold=True, quick=quick)


PEER = _peer("import pandas, scipy.stats", PANDAS)


def _call(
    name: str, make: Callable[[int], Callable[[], Timed]], wanted: tuple[Wanted, ...] = ()
) -> Row:
    side = ours(make, cold=True, quick=False)
    return Row(name, side, (PEER,), sizes=(7,), quick=7, wanted=wanted)


COLD_START = Theme(
    "cold_start",
    "The first call",
    """Whole processes, from the start of the interpreter to its end: imports, the call, and what it
    compiles. *Nothing compiled*: the folder for numba's compiled code is empty, as after an
    installation. *Later*: the same call has run before. Peak memory is that of the process.""",
    (
        _call(
            "first compare, nothing compiled", uncompiled("-c", CORE), (Wanted(7, seconds=3.0),)
        ),
        _call("first compare of all scores, nothing compiled", uncompiled("-c", ALL)),
        _call("first evaluate, nothing compiled", uncompiled("-c", EVALUATE)),
        _call("compare in a later process", compiled("-c", CORE), (Wanted(7, seconds=0.3),)),
        _call("compare of all scores in a later process", compiled("-c", ALL)),
        _call("evaluate in a later process", compiled("-c", EVALUATE)),
        Row(
            "import hiertools",
            ours(process("-c", IMPORT), cold=True),
            (_peer("python -c pass", NOTHING, quick=True), _peer("import numpy", NUMPY), PEER),
            sizes=(1,), quick=1, unit="process",
        ),
        Row(
            "hiertools --help",
            ours(process("-m", "hiertools", "--help"), cold=True, quick=False),
            (_peer("python -c pass", NOTHING),),
            sizes=(1,), quick=1, unit="process",
        ),
    ),
)  # fmt: skip
