"""Would a test notice? Change one thing in the code that draws conclusions, and run its tests.

Run with ``make mutants`` (about half an hour on one core); it goes on where it stopped, and
``--seconds 600`` stops it after ten minutes. Every change that is tried is a row of
``mutants.csv``: "killed" where a test fails, "timeout" where one does not end, "survived" where
nobody notices. ``mutants.md`` says which survivors change nothing. ``--survivors`` tries those
again, after tests were added; ``--only verdict`` keeps to the files whose path holds a word.

A change is one node of the syntax tree: a comparison moved over its bound or turned round, a number
a little larger or smaller, and for or, plus for minus, a `not` or a minus sign or a statement left
out, a result replaced by None. A row belongs to a function as it stands: once that is rewritten,
the row is dropped, and the change tried anew.

The package and its tests are imported once. For each change the process forks, and the child puts
the changed functions in the place of those that it has, in memory; so a change costs what the tests
cost that notice it, often less than a tenth of a second. Only tests that enter the changed function
are run, those first that noticed the last changes there. Maintained tools were weighed: mutmut
leaves numbers outside functions alone (the bounds of a verdict are such), and cosmic-ray changes
the working tree.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import gc
import hashlib
import importlib
import inspect
import os
import signal
import sys
import time
import types
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("mutants.csv")
COLUMNS = ("file", "function", "code", "change", "number", "result")
SLOW = 4.0
"""Seconds from which on a test is not run: it would be, for every change that survives."""
LEFT_OUT = (
    "test_one_pair_with_company_tells_nothing",
    "test_no_interval_passes_a_ceiling",
    "test_p_is_exact_for_few_classes",
    "test_budgeted_relabellings_keep_their_level",
)
"""Slow ones that need not be measured first."""

_SETS = ("test_tables_of_comparison_sets", "test_few_observations", "test_tables_of_compare")
_CLASSES = ("test_inference", "test_inference_bounds")
_SAMPLES = ("test_paired_test", "test_inference_bounds")
_SUMS = ("test_sums_over_samples", "test_inference_bounds")
TESTS = {
    "inference/swaps.py": _SAMPLES,
    "inference/standard_errors.py": _SAMPLES,
    "inference/tests.py": _CLASSES,
    "inference/permutation.py": _CLASSES,
    "inference/jackknife.py": _CLASSES,
    "inference/intervals.py": (*_CLASSES, "test_sums_over_samples"),
    "inference/bootstrap.py": _SUMS,
    "inference/contributions.py": _SUMS,
    "inference/formulas.py": _SUMS,
    "comparison/differences.py": _SETS[:2],
    "inference/components.py": ("test_variance_split",),
    "inference/equivalence.py": ("test_equivalence",),
    "inference/power.py": ("test_plans",),
    "measures/noise_ceilings.py": ("test_noise_ceilings",),
    "comparison/noise_ceilings.py": ("test_noise_ceilings",),
    "comparison/variance_split.py": ("test_variance_split",),
    "comparison/equivalence.py": ("test_equivalence",),
    "comparison/plans.py": ("test_plans",),
    "results/changes.py": ("test_gates", "test_evaluation_gates", "test_tables_of_choices"),
    "reporting/verdict.py": ("test_reporting_words",),
    "comparison/tables.py": ("test_tables_of_compare",),
    "reporting/sets.py": ("test_reporting_words", "test_views"),
    "comparison/scoring.py": (*_SETS, "test_compare"),
    "comparison/result_set.py": _SETS,
    "comparison/common_mean.py": ("test_common_mean",),
    "comparison/sources.py": ("test_same_classes", "test_compare"),
    "comparison/series.py": ("test_same_classes", "test_compare_models"),
}
"""Files of the package, those first where most is at stake, and the tests that may notice."""

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
    function: str
    code: str
    change: str
    number: str
    line: int
    first: int
    source: str

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies it in the table."""
        return self[:5]


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


def _places(tree: ast.Module) -> dict[ast.AST, tuple[str, int, str]]:
    """Return, for each node, the function that holds it: its name, its first line, its digest.

    Outside functions, the statement's digest stands for it, and the line is 0.
    """
    found: dict[ast.AST, tuple[str, int, str]] = {}

    def visit(node: ast.AST, names: tuple[str, ...], place: tuple[str, int, str]) -> None:
        if isinstance(node, ast.stmt) and not place[1]:
            place = (".".join(names), 0, _digest(node))
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = (*names, node.name)
        if isinstance(node, ast.FunctionDef) and not place[1]:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            place = (".".join(names), first, _digest(node))
        found[node] = place
        for child in ast.iter_child_nodes(node):
            visit(child, names, place)

    visit(tree, (), ("", 0, ""))
    return found


def _digest(node: ast.AST) -> str:
    return hashlib.sha256(ast.dump(node).encode()).hexdigest()[:8]


def mutants(file: str) -> Iterator[Mutant]:
    """Yield every change of a file of the package, in the order of its lines."""
    text = (ROOT / "hiertools" / file).read_text("utf-8")
    tree = ast.parse(text)
    spoken, places = _spoken_of(tree), _places(tree)
    seen: Counter[tuple[str, ...]] = Counter()
    for node in sorted(
        (n for n in ast.walk(tree) if hasattr(n, "lineno") and n not in spoken),
        key=lambda n: (n.lineno, n.col_offset),
    ):
        for new in variants(node):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            was, now = (" ".join(ast.unparse(n).split()) for n in (node, new))
            if was == now:
                continue
            function, first, code = places[node]
            same = (function, code, f"{was} -> {now}"[:100])
            seen[same] += 1
            # Both objects live in one tree while it is written, so the tree itself stays whole.
            changed = ast.unparse(ast.fix_missing_locations(_written(tree, node, new)))
            yield Mutant(file, *same, str(seen[same]), node.lineno, first, changed)


def _written(tree: ast.Module, old: ast.AST, new: ast.AST) -> ast.Module:
    """Return a copy of the tree with one node in the place of another."""
    place = next(i for i, node in enumerate(ast.walk(tree)) if node is old)
    again = copy.deepcopy(tree)
    return _Swap(next(n for i, n in enumerate(ast.walk(again)) if i == place), new).visit(again)


# ---- putting a mutant in its place


def graft(file: str, source: str) -> None:
    """Let the imported package run a file's changed source.

    Functions and classes stay the objects that others imported; they get new code and defaults.
    Everything else gets a new value, wherever it was imported by its name.
    """
    name = "hiertools." + file.removesuffix(".py").replace("/", ".")
    module = sys.modules[name]
    new: dict[str, Any] = {"__name__": name, "__file__": module.__file__}
    new["__package__"] = name.rpartition(".")[0]
    exec(compile(source, str(module.__file__), "exec"), new)
    ours = [m for m in list(sys.modules.values()) if _is_ours(m)]
    for key, value in new.items():
        old = vars(module).get(key)
        if key.startswith("__") or old is value:
            continue
        if getattr(value, "__module__", name) != name:
            continue
        if not _replace(old, value):
            for other in ours:
                if vars(other).get(key) is old:
                    setattr(other, key, value)


def _is_ours(module: types.ModuleType) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(str(ROOT))


def _replace(old: Any, new: Any) -> bool:
    """Give a function, a method or a class the code of another; tell whether it was one."""
    if isinstance(old, type) and isinstance(new, type):
        for key, value in vars(new).items():
            generated = key.startswith("__") and not callable(value)
            if not generated and not _replace(vars(old).get(key), value):
                setattr(old, key, value)
        return True
    for inner in ("fget", "__func__", "func"):  # property, classmethod, cached_property
        if isinstance(old, property | classmethod | staticmethod | cached_property) and hasattr(
            old, inner
        ):
            return _replace(getattr(old, inner), getattr(new, inner))
    old, new = (inspect.unwrap(each) if callable(each) else each for each in (old, new))
    if not (isinstance(old, types.FunctionType) and isinstance(new, types.FunctionType)):
        return False
    old.__code__, old.__defaults__ = new.__code__, new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__
    return True


# ---- running tests


class Bench:
    """The tests of some files: which function each enters, how long it takes, what it noticed."""

    def __init__(self) -> None:
        self.failed = False
        self.seconds: dict[str, float] = {}
        self.reaches: dict[str, set[tuple[str, int]]] = {}
        self.noticed: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.items: list[Any] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember whether anything failed."""
        self.failed |= report.failed

    def passes(self, item: Any) -> bool:
        """Run one test."""
        self.failed = False
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed

    def measure(self, items: list[Any]) -> None:
        """Run every test of the code as it stands, which compiles its kernels, too."""
        start = str(ROOT / "hiertools")
        for item in items:
            reached: set[tuple[str, int]] = set()

            def note(frame: Any, event: str, _arg: Any, reached: Any = reached) -> None:
                if event == "call" and frame.f_code.co_filename.startswith(start):
                    path = frame.f_code.co_filename[len(start) + 1 :]
                    reached.add((path, frame.f_code.co_firstlineno))

            begun = time.monotonic()
            sys.setprofile(note)
            try:
                passed = self.passes(item)
            finally:
                sys.setprofile(None)
            if not passed:
                sys.exit(f"{item.nodeid} fails without any change; mend it first.")
            self.seconds[item.nodeid] = time.monotonic() - begun
            self.reaches[item.nodeid] = reached
        self.items = [item for item in items if self.seconds[item.nodeid] < SLOW]
        gc.collect()
        gc.freeze()  # a child that collects what it inherits would copy all of it

    def chosen(self, mutant: Mutant) -> list[Any]:
        """Return the tests that may notice, the likeliest and fastest first."""
        stems = TESTS[mutant.file]
        near = self.noticed[mutant.file, mutant.function]

        def enters(item: Any) -> bool:
            # What stands outside functions may be read without entering any.
            return not mutant.first or (mutant.file, mutant.first) in self.reaches[item.nodeid]

        found = [item for item in self.items if item.path.stem in stems and enters(item)]
        return sorted(found, key=lambda i: (-near[i.nodeid], self.seconds[i.nodeid]))

    def attempt(self, mutant: Mutant) -> str:
        """Run its tests on a change: "survived", "killed" or "timeout"."""
        items = self.chosen(mutant)
        patience = 10.0 + 3.0 * sum(self.seconds[item.nodeid] for item in items)
        heard, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            code = 2
            try:
                gc.disable()
                graft(mutant.file, mutant.source)
                code = 0
                for item in items:
                    if not self.passes(item):
                        os.write(tell, item.nodeid.encode())
                        code = 1
                        break
            finally:
                os._exit(code)
        os.close(tell)
        end = time.monotonic() + patience
        result = "timeout"
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                result = "survived" if status == 0 else "killed"
                break
            time.sleep(0.005)
        else:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        with os.fdopen(heard, "rb") as pipe:
            killer = pipe.read().decode()
        if killer:
            self.noticed[mutant.file, mutant.function][killer] += 1
        return result


def recorded() -> dict[tuple[str, ...], str]:
    """Return what the table holds."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            return {}
        return {tuple(row[c] for c in COLUMNS[:-1]): row["result"] for row in rows}


def write(results: dict[tuple[str, ...], str], listed: list[Mutant]) -> None:
    """Write the table: the results of the changes that the code as it stands allows."""
    new = TABLE.with_suffix(".new")
    with new.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows((*m.key, results[m.key]) for m in listed if m.key in results)
    new.replace(TABLE)


def main() -> None:
    """Try every change that has no result yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only", default="", help="files whose path holds this word, or one of several: a,b"
    )
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--survivors", action="store_true", help="try those again, too")
    parser.add_argument("--count", action="store_true", help="only count, file by file")
    chosen = parser.parse_args()
    end = time.monotonic() + chosen.seconds
    listed = [mutant for file in TESTS for mutant in mutants(file)]
    results = recorded()
    again = ("survived", None) if chosen.survivors else (None,)
    words = chosen.only.split(",")
    wanted = [m for m in listed if any(word in m.file for word in words)]
    wanted = [m for m in wanted if results.get(m.key) in again]
    if wanted and not chosen.count:
        _try(wanted, results, listed, end)
    write(results, listed)
    for file in TESTS:
        told = [results.get(m.key, "untried") for m in listed if m.file == file]
        counts = ", ".join(f"{n} {word}" for word, n in sorted(Counter(told).items()))
        print(f"{file}: {counts} of {len(told)}")


def _try(
    wanted: list[Mutant], results: dict[tuple[str, ...], str], listed: list[Mutant], end: float
) -> None:
    # One thread, since a child has none of its parent's; no screen, no files beside the code's.
    os.environ |= {"OMP_NUM_THREADS": "1", "HIERTOOLS_THREADS": "1", "MPLBACKEND": "Agg"}
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(ROOT))
    pytest = importlib.import_module("pytest")
    told = os.fdopen(os.dup(1), "w")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    for file in dict.fromkeys(m.file for m in wanted):
        importlib.import_module("hiertools." + file.removesuffix(".py").replace("/", "."))
    bench = Bench()
    trouble: list[str] = []

    class Loop:
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session: Any) -> bool:
            try:
                bench.measure(session.items)
            except SystemExit as error:
                trouble.append(str(error))
                return True
            for file in dict.fromkeys(m.file for m in wanted):
                whole = (ROOT / "hiertools" / file).read_text("utf-8")
                if bench.attempt(Mutant(file, "", "", "", "", 0, 0, whole)) != "survived":
                    trouble.append(f"{file} can't be put in its own place.")
                    return True
            for number, mutant in enumerate(wanted, start=1):
                if time.monotonic() > end:
                    break
                results[mutant.key] = bench.attempt(mutant)
                if results[mutant.key] == "survived":
                    print(f"{mutant.file}:{mutant.line}: {mutant.change}", file=told, flush=True)
                if number % 20 == 0:
                    write(results, listed)
            return True

    stems = dict.fromkeys(stem for m in wanted for stem in TESTS[m.file])
    files = [str(ROOT / "tests" / "core" / f"{stem}.py") for stem in stems]
    options = ["-s", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=native"]
    options += ["--rootdir", str(ROOT)]
    options += ["-k", " and ".join(f"not {name}" for name in LEFT_OUT)]
    code = pytest.main(
        [*options, "-c", str(ROOT / "pyproject.toml"), *files], plugins=[bench, Loop()]
    )
    if trouble or code not in (0, 5):
        print(*trouble, f"pytest ended with {code}.", file=told, flush=True)
    os.dup2(told.fileno(), 1)


if __name__ == "__main__":
    main()
