"""Has the code changed since? A digest of what a job's numbers follow from.

What counts is the files of the package that a part names, the simulation's module and those of its
neighbours here that it imports, and the job's arguments. Comments, docstrings and blank lines don't
count, nor do lists of jobs: a new job leaves the others' rows as they are.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import io
import tokenize
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from calibration.jobs import Job, Part

PACKAGE = Path(__file__).parents[3] / "hiertools"
HERE = Path(__file__).parent
HARNESS = ("jobs.py", "bounds.py")
"""Modules here that decide what is run and how it is judged, not what comes out."""


def digest(part: Part, job: Job) -> str:
    """Return twelve letters that change with the code behind a job."""
    module = Path(inspect.getfile(job.simulate))
    told = [_package(part.depends), _simulation(module), repr(sorted(job.arguments.items()))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


@cache
def _package(depends: tuple[str, ...]) -> str:
    paths = []
    for name in depends:
        path = PACKAGE / name
        assert path.exists(), f"{path} is gone; name what took its place."
        paths += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return hashlib.sha256("\n".join(map(_code_at, paths)).encode()).hexdigest()


@cache
def _code_at(path: Path) -> str:
    return code_of(path.read_text("utf-8"))


@cache
def _simulation(module: Path) -> str:
    """Return the code of a module, and of what it imports from here."""
    found: dict[Path, str] = {}
    waiting = [module]
    while waiting:
        path = waiting.pop()
        if path not in found:
            text = path.read_text("utf-8")
            found[path] = code_of(text, _of_jobs)
            waiting += _imported(text)
    return "\n".join(found[path] for path in sorted(found))


def _imported(text: str) -> Iterator[Path]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("calibration."):
            path = HERE.parent / (node.module or "").replace(".", "/")
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            if path.name not in HARNESS:
                yield path


def _of_jobs(node: ast.stmt) -> bool:
    """Tell whether a statement only says which jobs there are."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value.func) == "Part"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "_SETTINGS"
    return isinstance(node, ast.FunctionDef) and node.name in ("_job", "_jobs")


def _never(_node: ast.stmt) -> bool:
    return False


def code_of(text: str, left_out: Callable[[ast.stmt], bool] = _never) -> str:
    """Return source text without comments, docstrings, blank lines and some statements.

    By the places where these stand, and not written anew from the syntax tree: each Python writes
    that in its own way.
    """
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    tree = ast.parse(text)
    gone: list[ast.stmt] = [node for node in tree.body if left_out(node)]
    gone += [node for node in ast.walk(tree) if _is_docstring(node)]
    for node in gone:
        for row in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _is_docstring(node: ast.AST) -> bool:
    alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return alone and isinstance(node.value.value, str)
