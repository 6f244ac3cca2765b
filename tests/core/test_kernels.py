"""Kernels: plain Python and machine code do the same, to the bit; which one runs, and when."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from tree_pairs import binary_tree, multifurcating_tree

import hiertools as ht
from hiertools import _kernels
from hiertools._core import few, ordering, value_ranges
from hiertools._core.near_ties import Extremes
from hiertools._kernels import _cache, machine_code
from hiertools._kernels.compiled import STEPS, Kernel, compiled
from hiertools.cli import run
from hiertools.hierarchy import distances
from hiertools.measures import neighbour_pairs
from hiertools.measures.sample_retrieval import sample_retrieval
from hiertools.treedist import METHODS
from hiertools.treedist.robinson_foulds import shared_clades_null
from hiertools.treedist.splits import best_assignment
from hiertools.trees import paths

pytestmark = pytest.mark.arithmetic()


def every_kernel():
    modules = [
        importlib.import_module(f"hiertools._kernels.{module.name}")
        for module in pkgutil.iter_modules(_kernels.__path__)
    ]
    return {
        value for module in modules for value in vars(module).values() if isinstance(value, Kernel)
    }


def bits(values):
    """What is equal only where each value has the same type and the same bits."""
    values = values if isinstance(values, tuple) else (values,)
    return [
        (value.dtype, value.shape, value.tobytes())
        if isinstance(value, np.ndarray)
        else (type(value), np.array(value).tobytes())
        for value in values
    ]


def copied(args):
    """Copies of arrays that share memory as the arrays do."""
    owners = {}

    def one(arg):
        if not isinstance(arg, np.ndarray):
            return arg
        owner = arg
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        memory = owners.setdefault(id(owner), owner.copy(order="K"))
        offset = arg.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
        buffer = memory.ravel(order="K").view(np.uint8)
        return np.ndarray(arg.shape, arg.dtype, buffer, offset, arg.strides)

    return tuple(map(one, args))


@pytest.fixture
def both_ways(monkeypatch):
    """Let each kernel run in both forms, and compare all that they return and write."""
    reached = set()

    def call(kernel, *args):
        others = copied(args)
        plain, machine = kernel.plain(*others), kernel.machine(*args)
        assert bits(plain) == bits(machine), kernel.__name__
        assert bits(others) == bits(args), kernel.__name__
        reached.update(kernel.reach)
        return machine

    monkeypatch.setattr(Kernel, "__call__", call)
    # Few classes and samples take the ways of many.
    monkeypatch.setattr(few, "CLASSES", 0)
    monkeypatch.setattr(distances, "AT_ONCE", 4)
    monkeypatch.setattr(paths, "_FEW", 0)
    monkeypatch.setattr(ordering, "_SMALL", 0)
    monkeypatch.setattr(ordering, "_MANY", 0)
    monkeypatch.setattr(ordering, "_LONG_ROW", 0)
    monkeypatch.setattr(value_ranges, "FEW", 80)
    monkeypatch.setattr(neighbour_pairs, "_FEWEST", 0)
    monkeypatch.setattr(neighbour_pairs, "_STRIDE", 2)
    return reached


def vectors(n, rng, tied):
    """Class vectors; tied: whole numbers, so that many distances are equal."""
    if not tied:
        return rng.normal(size=(n, 4))
    found = rng.integers(0, 3, (n, 2)) + 1.0
    found[:2] = [[1.0, 9.0], [9.0, 1.0]][:n]  # not all alike
    return found


def test_both_forms_give_the_same_bits(both_ways):
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 9, 17):
        for tied in (False, True):
            tree, other = (binary_tree(n, rng, heights) for heights in (False, True))
            coarse = multifurcating_tree(n, rng) if n > 8 else tree
            for method in METHODS:
                for pair in ((tree, other), (coarse, other), (coarse, coarse)):
                    with contextlib.suppress(ht.HiertoolsError):  # what some can't be asked of few
                        ht.tree_distance(*pair, method)
            reps = ht.ClassRepresentatives(vectors(n, rng, tied), tree.classes)
            if n > 2:
                compare_and_evaluate(reps, coarse, rng, tied)
            if n > 3:
                ht.tree_likeness(reps)
    for shape, different in (((64, 64), 9), ((70, 66), 10**6)):
        best_assignment(rng.integers(0, different, shape).astype(float), whole=different == 9)
    Extremes(1e-3, 1.0).add(rng.random(30))  # of distances that don't fit in memory
    assert sorted(kernel.__name__ for kernel in every_kernel() - both_ways) == []


def compare_and_evaluate(reps, tree, rng, tied):
    n = reps.n_classes
    for linkage in ("single", "complete", "weighted", "ward", "centroid", "median"):
        ht.infer_tree(reps, linkage=linkage, metric="raw_euclidean")
    ht.infer_tree(reps, linkage="nj", metric="raw_euclidean")
    ht.compare(reps, tree, scores="all", permutations=9)
    if n > 8:  # as many distances as pairs of classes
        many = ht.infer_tree(vectors(n, rng, False), linkage="nj", classes=reps.classes)
        ht.compare(reps, many)
        ht.compare(reps, many, scores=["kendall_tau_a"], permutations=3)
    orders = rng.permuted(np.tile(np.arange(n), (7, 1)), axis=1)
    for rooted in (True, False):
        shared_clades_null(tree, tree, orders, rooted=rooted)
    labels, scores = rng.integers(0, n, 40), rng.integers(0, 9, (40, n)).astype(float)
    for dtype in ("float32", "float64"):
        models = {
            name: ht.Predictions(
                labels, made.astype(dtype), tree.classes, embeddings=vectors(40, rng, tied)
            )
            for name, made in (("a", scores), ("b", scores[:, ::-1].copy()))
        }
        ht.evaluate(models, tree, k=(1,), hs_k=(1, 5), permutations=9)
        sample_retrieval(vectors(200, rng, tied), rng.integers(0, 9, 200), dtype=dtype)
        ht.evaluate_retrieval(models["a"], tree, dtype=dtype)


def test_steps_take_parameters_by_their_names():
    assert Kernel(mean.function, lambda times: 2 * times).steps_of((np.ones(3), 7)) == 14
    with pytest.raises(ValueError, match="tuple"):
        Kernel(mean.function, lambda sizes: 2 * sizes)


@compiled
def mean(values, times):
    return total(values) / (values.size * times)


@compiled
def total(values):
    found = 0.0
    for i in range(values.size):
        found += values[i]
    return found


def test_many_small_calls_add_up_to_a_large_one(monkeypatch):
    kernel = Kernel(mean.function, lambda values, times: times * values.size)
    monkeypatch.setattr(Kernel, "machine", property(lambda self: lambda *args: "machine code"))
    monkeypatch.setitem(sys.modules, "numba", None)
    del sys.modules["numba"]
    values = np.arange(4.0)
    assert kernel(values, STEPS // 8) == 1.5 / (STEPS // 8)
    assert {inner.__name__ for inner in kernel.reach} == {"mean", "total"}
    others = [kernel(values, STEPS // 8) for _ in range(4)]
    assert others == [1.5 / (STEPS // 8)] * 3 + ["machine code"]
    assert mean(np.ones(3 * STEPS), 1) == "machine code"  # without steps, as large as its arrays
    with machine_code.in_any_case():
        assert mean(values, 1) == "machine code"


def test_plain_python_warns_of_nothing_and_returns_pythons_numbers():
    assert type(mean(np.arange(4.0), 1)) is float
    assert np.isnan(total(np.array([np.inf, -np.inf])))


PROGRAM = """
import json, sys
import numpy as np
import hiertools as ht
tree = ht.ClassTree.from_newick("(((a,b),(c,d)),((e,f),g));")
vectors = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(7, 5)), list("abcdefg"))
str(ht.compare(vectors, tree))
print(json.dumps([name for name in ("numba", "scipy.stats", "sklearn") if name in sys.modules]))
"""


def in_a_fresh_process(program, **environment):
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "nobody reads it, so nobody is told"
    return json.loads(done.stdout)


def test_few_classes_are_compared_without_compiling(tmp_path):
    assert in_a_fresh_process(PROGRAM, NUMBA_CACHE_DIR=str(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_compiled_code_is_found_again(tmp_path):
    program = """
import json
import numpy as np
from hiertools._kernels import compiled, machine_code, triplets
parent, node = np.array([-1, 0, 0, 1, 1]), np.array([2, 3, 4])
with machine_code.in_any_case():
    assert triplets.resolved(parent, node) == 1
print(json.dumps(compiled.compiled_so_far()))
"""
    folder = {"NUMBA_CACHE_DIR": str(tmp_path)}
    made, read, place = in_a_fresh_process(program, **folder)
    assert (made, read) == (2, 0)  # with the kernel that it calls
    assert place.startswith(str(tmp_path))
    assert in_a_fresh_process(program, **folder) == [0, 1, place]


def test_it_is_known_what_is_compiled(tmp_path, monkeypatch):
    code = "def spans(): pass"
    known = {}
    exec(compile(code, str(tmp_path / "clades.py"), "exec"), known)
    for variable, folder in (("", "__pycache__"), (str(tmp_path / "elsewhere"), "elsewhere/a_01")):
        monkeypatch.setenv("NUMBA_CACHE_DIR", variable)
        assert not _cache.is_kept(known["spans"])
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "clades.spans-1.py311.nbi").touch()
        assert _cache.is_kept(known["spans"])


def test_who_waits_is_told_once(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(machine_code, "perf_counter", lambda: now[0])
    listener = machine_code._Patience()

    def hear(is_start, module="hiertools._kernels.linkage"):
        dispatcher = SimpleNamespace(__module__=module)
        listener.notify(SimpleNamespace(data={"dispatcher": dispatcher}, is_start=is_start))
        now[0] += 2.0
        return capsys.readouterr()

    assert hear(True, "numba.np") == hear(True) == hear(False) == ("", "")
    with machine_code.in_any_case():
        assert hear(True) == ("", "")
    assert hear(True) == ("", machine_code.NOTICE + "\n")
    assert hear(False) == hear(True) == ("", "")


def test_people_wait_at_terminals_and_in_notebooks(monkeypatch):
    monkeypatch.delattr(sys, "ps1", raising=False)
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: False))
    assert not machine_code._somebody_waits()
    monkeypatch.setattr(sys, "ps1", "In : ", raising=False)
    assert machine_code._somebody_waits()
    monkeypatch.delattr(sys, "ps1")
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: True))
    assert machine_code._somebody_waits()


def test_warmup_goes_through_every_kernel(monkeypatch, capsys):
    reached = set()

    def call(kernel, *args):
        assert machine_code.asked_for()
        reached.update(kernel.reach)
        large = kernel.steps_of(args) > 20_000
        return kernel.machine(*args) if large else kernel.plain(*args)

    monkeypatch.setattr(Kernel, "__call__", call)
    monkeypatch.setattr(
        "hiertools._kernels.compiled.compiled_so_far", lambda: (90, 2, "/somewhere")
    )
    assert run(["warmup"]) == 0
    assert sorted(kernel.__name__ for kernel in every_kernel() - reached) == []
    told = capsys.readouterr()
    assert told.out.startswith("Compiled 90 loops (")
    assert told.out.endswith("They are kept in /somewhere.\n")
    assert told.err == ""
    assert run(["warmup", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) | {"seconds": 0} == {
        "compiled": 90, "read": 2, "seconds": 0, "folder": "/somewhere",
    }  # fmt: skip


def test_warmup_needs_a_compiler(monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert run(["warmup"]) == 2
    assert "NUMBA_DISABLE_JIT is set" in capsys.readouterr().err
