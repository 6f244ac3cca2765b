"""Would a test notice? Change one thing in the code that draws conclusions, and run its tests.

Run with ``make mutants`` (an hour or two on one core); it goes on where it stopped, and
``--seconds 600`` stops it after ten minutes. Every change that is tried is a row of
``mutants.csv``: "killed" where a test fails, "timeout" where one does not end, "survived" where
nobody notices. ``mutants.md`` says which survivors change nothing. ``--survivors`` tries those
again, after tests were added; ``--only verdict`` keeps to the files whose path holds a word.

A change is one node of the syntax tree: a comparison moved over its bound or turned round, a number
a little larger or smaller, and for or, plus for minus, a `not` or a minus sign or a statement left
out, a result replaced by None. It is made in a copy of the package in a temporary folder, never in
the working tree. Maintained tools were weighed: mutmut leaves numbers outside functions alone (the
bounds of a verdict are such), and cosmic-ray changes the working tree itself.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("mutants.csv")
COLUMNS = ("file", "line", "column", "change", "result")

_INFERENCE = (
    "test_inference",
    "test_inference_bounds",
    "test_few_observations",
    "test_tables_of_compare",
    "test_tables_of_comparison_sets",
)
_SAMPLES = (
    "test_inference_bounds",
    "test_tables_of_evaluation_sets",
    "test_tables_of_evaluate",
    "test_evaluator",
)
TESTS = {
    "reporting/verdict.py": ("test_reporting_words",),
    "results/changes.py": ("test_gates", "test_evaluation_gates", "test_tables_of_choices"),
    "reporting/sets.py": ("test_reporting_words", "test_views"),
    "comparison/tables.py": ("test_tables_of_compare",),
    "comparison/differences.py": ("test_few_observations", "test_tables_of_comparison_sets"),
    "comparison/scoring.py": ("test_few_observations", "test_tables_of_compare", "test_compare"),
    "comparison/result_set.py": ("test_few_observations", "test_tables_of_comparison_sets"),
    "comparison/common_mean.py": ("test_common_mean",),
    "comparison/sources.py": ("test_same_classes", "test_compare"),
    "comparison/series.py": ("test_same_classes", "test_compare_models"),
    "inference/tests.py": _INFERENCE,
    "inference/intervals.py": _INFERENCE,
    "inference/permutation.py": _INFERENCE,
    "inference/jackknife.py": (*_INFERENCE, "test_compare"),
    "inference/bootstrap.py": _SAMPLES,
    "inference/formulas.py": _SAMPLES,
    "inference/standard_errors.py": _SAMPLES,
    "inference/swaps.py": _SAMPLES,
    "inference/contributions.py": _SAMPLES,
}
"""Files of the package, and the tests that must notice a change there; the fastest first."""

_COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_REPLACED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


class Mutant(NamedTuple):
    """One change: where, what, and the whole file with it."""

    file: str
    line: int
    column: int
    change: str
    source: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies it in the table."""
        return self.file, str(self.line), str(self.column), self.change


# ---- making mutants


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in a node's place."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in _COMPARED[type(operator)]:
                new = copy.deepcopy(node)
                new.ops[place] = other()
                yield new
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _REPLACED:
        new = copy.deepcopy(node)
        new.op = _REPLACED[type(node.op)]()
        yield new
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from map(ast.Constant, _other_numbers(node.value))
    if isinstance(node, ast.Return) and node.value is not None:
        yield ast.Return(ast.Constant(None))
    left_out = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if left_out or isinstance(node, ast.AugAssign | ast.Continue | ast.Break):
        yield ast.Pass()


def _other_numbers(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, float):
        return [value + 1.0, value * 1.1] if value else [1.0]
    return []


def _spoken_of(tree: ast.Module) -> set[ast.AST]:
    """Return nodes that are read by people and type checkers only."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns, *node.decorator_list]
        elif isinstance(node, ast.arg):
            parts = [node.annotation]
        elif isinstance(node, ast.ClassDef):
            parts = list(node.decorator_list)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            parts = [node.value.slice] if ast.unparse(node.value).startswith("Callable") else []
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            parts = [node]
        for part in parts:
            found |= set(ast.walk(part)) if part is not None else set()
    return found


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


def mutants(file: str) -> Iterator[Mutant]:
    """Yield every change of a file of the package, in the order of its lines."""
    text = (ROOT / "hiertools" / file).read_text("utf-8")
    tree = ast.parse(text)
    spoken = _spoken_of(tree)
    for node in sorted(
        (n for n in ast.walk(tree) if hasattr(n, "lineno") and n not in spoken),
        key=lambda n: (n.lineno, n.col_offset),
    ):
        for new in variants(node):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            was, now = (" ".join(ast.unparse(n).split()) for n in (node, new))
            # Both objects live in one tree while it is written, so the tree itself stays whole.
            changed = ast.unparse(ast.fix_missing_locations(_written(tree, node, new)))
            yield Mutant(file, node.lineno, node.col_offset, f"{was} -> {now}"[:100], changed)


def _written(tree: ast.Module, old: ast.AST, new: ast.AST) -> ast.Module:
    """Return a copy of the tree with one node in the place of another."""
    place = next(i for i, node in enumerate(ast.walk(tree)) if node is old)
    again = copy.deepcopy(tree)
    return _Swap(next(n for i, n in enumerate(ast.walk(again)) if i == place), new).visit(again)


# ---- running tests


def prepare(folder: Path) -> None:
    """Copy the package and its settings, and load what it needs, once for all."""
    shutil.copytree(
        ROOT / "hiertools", folder / "hiertools", ignore=shutil.ignore_patterns("__pycache__")
    )
    os.environ |= {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}
    os.environ |= {"PYTHONDONTWRITEBYTECODE": "1", "NUMBA_CACHE_DIR": str(folder / "kernels")}
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(folder))
    for name in ("numpy", "pandas", "scipy.stats", "scipy.sparse", "scipy.cluster.hierarchy"):
        importlib.import_module(name)
    for name in ("numba", "pytest"):  # pytest itself wants to load its plug-ins
        importlib.import_module(name)


def passes(tests: tuple[str, ...], seconds: float) -> str:
    """Run tests in a process of their own: "survived", "killed" or "timeout"."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os.nice(10)
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        code = 3
        try:
            code = _pytest(tests)
        finally:
            os._exit(int(code))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if status == 0 else "killed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _pytest(tests: tuple[str, ...]) -> int:
    import pytest

    files = [str(ROOT / "tests" / "core" / f"{name}.py") for name in tests]
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT)]
    # Other runs of pytest clean the folder that is usual for temporary files.
    options += ["--basetemp", str(Path(os.environ["PYTHONPATH"]) / "tests")]
    return int(pytest.main([*options, "-c", str(ROOT / "pyproject.toml"), *files]))


def recorded() -> dict[tuple[str, ...], str]:
    """Return what the table holds."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {tuple(row[c] for c in COLUMNS[:-1]): row["result"] for row in csv.DictReader(file)}


def write(results: dict[tuple[str, ...], str], listed: list[Mutant]) -> None:
    """Write the table: the results of the changes that the code as it stands allows."""
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows((*m.key, results[m.key]) for m in listed if m.key in results)


def main() -> None:
    """Try every change that has no result yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="files whose path holds this word")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--survivors", action="store_true", help="try those again, too")
    chosen = parser.parse_args()
    listed = [mutant for file in TESTS for mutant in mutants(file)]
    results = recorded()
    end = time.monotonic() + chosen.seconds
    with tempfile.TemporaryDirectory(prefix="hiertools-mutants-") as name:
        folder = Path(name)
        prepare(folder)
        for file, tests in TESTS.items():
            wanted = [m for m in listed if m.file == file and chosen.only in file]
            again = ("survived",) if chosen.survivors else ()
            wanted = [m for m in wanted if results.get(m.key, "survived" if again else "") in again
                      or m.key not in results]  # fmt: skip
            if not wanted or time.monotonic() > end:
                continue
            passes(tests, 600.0)  # compiles kernels
            start = time.monotonic()
            if passes(tests, 600.0) != "survived":
                sys.exit(f"the tests of {file} fail without any change; mend them first.")
            patience = 10.0 + 3.0 * (time.monotonic() - start)
            target = folder / "hiertools" / file
            whole = target.read_text("utf-8")
            for mutant in wanted:
                if time.monotonic() > end:
                    break
                target.write_text(mutant.source, "utf-8")
                results[mutant.key] = passes(tests, patience)
                if results[mutant.key] == "survived":
                    print(f"{file}:{mutant.line}: {mutant.change}", flush=True)
                write(results, listed)
            target.write_text(whole, "utf-8")
    write(results, listed)
    told = [results[m.key] for m in listed if m.key in results]
    counts = ", ".join(f"{told.count(word)} {word}" for word in ("killed", "timeout", "survived"))
    print(f"{len(told)} of {len(listed)} changes tried: {counts}.")


if __name__ == "__main__":
    main()
