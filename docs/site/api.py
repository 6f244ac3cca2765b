"""The API reference: a page a public name, found where the packages themselves list them."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

ROOT = Path(__file__).parents[2]

GROUPS = {
    "Trees": ("trees",),
    "Class vectors and distances": ("representatives", "hierarchy"),
    "Comparing": ("comparison", "settings", "treedist", "saved"),
    "Evaluating": ("evaluation",),
    "Data that ship": ("datasets",),
    "Errors": ("errors",),
}
"""Headings of the public names of hiertools, and the rooms that these come from."""

FACES = {
    "hiertools.decisions": "Better decisions with the tree",
    "hiertools.producers": "Sources of class vectors",
    "hiertools.readers": "Readers and writers of trees",
    "hiertools.taxonomies": "Taxonomies of others",
    "hiertools.treedist": "Distances of trees",
    "hiertools.inference": "Chance levels, intervals and tests",
    "hiertools.datasets": "Data sets",
}
"""Public modules with names of their own."""

PLOTS = {
    "hiertools.comparison.plots": ("ComparisonPlots", "ComparisonSetPlots"),
    "hiertools.evaluation.plots": ("EvaluationPlots", "EvaluationSetPlots"),
    "hiertools.evaluation.retrieval_plots": ("RetrievalPlots", "RetrievalSetPlots"),
    "hiertools.comparison.consensus_result": ("ConsensusPlots",),
}
"""What `result.plot` is, of each kind of result."""


def pages() -> dict[str, str]:
    """Return every page of the reference by its path."""
    pages: dict[str, str] = {}
    places: dict[int, str] = {}

    def rows(module: str, names: list[str]) -> list[tuple[str, str]]:
        """Return the table of some names; those not yet seen get a page."""
        found = []
        for name in names:
            thing = getattr(importlib.import_module(module), name)
            # A bound method is made anew each time, and shown by its class.
            place = places.get(id(thing))
            if place is None and inspect.ismethod(thing):
                place = f"hiertools.{thing.__self__.__name__}"
            if place is None:
                place = places[id(thing)] = f"{module}.{name}"
                pages[f"api/{place}.rst"] = entry(place, thing)
            found.append((f"[`{name}`]({place}.rst)", summary(module, name, thing)))
        return found

    stub = public_names(ROOT / "hiertools/__init__.pyi")
    parts = [
        "# API reference",
        "Every public name. `import hiertools as ht` gives those of the first tables.",
    ]
    for heading, rooms in GROUPS.items():
        names = [name for room, name in stub if room in rooms]
        parts += [f"## {heading}", table(rows("hiertools", names))]
    for module, heading in FACES.items():
        face = importlib.import_module(module)
        names = [name for name in face.__all__ if not inspect.ismodule(getattr(face, name))]
        parts += [f"## {heading}: `{module}`", table(rows(module, names))]
    parts += ["## Plots", "`result.plot`, of each kind of result:"]
    parts.append(table([row for at, names in PLOTS.items() for row in rows(at, list(names))]))
    parts.append("The functions behind them, which take plain data:")
    parts.append(table([row for at, names in plot_functions() for row in rows(at, names)]))
    names = [name for _, name in public_names(ROOT / "hiertools_torch/__init__.pyi")]
    parts += ["## Training: `hiertools_torch`", table(rows("hiertools_torch", names))]
    listed = "\n".join(path.removeprefix("api/").removesuffix(".rst") for path in pages)
    parts.append(f"```{{toctree}}\n:hidden:\n\n{listed}\n```")
    return {"api/index.md": "\n\n".join(parts) + "\n", **pages}


def public_names(stub: Path) -> list[tuple[str, str]]:
    """Return (first folder or file, name) of each name that a stub gives."""
    lines = re.findall(r"^from \.([\w.]+) import (\w+) as", stub.read_text("utf-8"), re.MULTILINE)
    return [(module.split(".")[0], name) for module, name in lines]


def plot_functions() -> Iterator[tuple[str, list[str]]]:
    """Yield the modules of plots with the functions behind doors there."""
    from hiertools._core.doors import MARK

    package = importlib.import_module("hiertools.plots")
    for info in iter_modules(package.__path__):
        module = importlib.import_module(f"hiertools.plots.{info.name}")
        names = [
            name
            for name, thing in vars(module).items()
            if hasattr(thing, MARK) and thing.__module__ == module.__name__
        ]
        if names:
            yield module.__name__, names


def entry(place: str, thing: Any) -> str:
    """Return the page of one name."""
    if inspect.isclass(thing):
        kind, options = (
            "autoclass",
            ["members:", "inherited-members: Exception, tuple, dict, Module"],
        )
        if issubclass(thing, Exception):
            options = ["show-inheritance:"]
    elif callable(thing):
        kind, options = "autofunction", []
    else:
        return value_entry(place, thing)
    lines = [place, "=" * len(place), "", f".. {kind}:: {place}"]
    return "\n".join([*lines, *(f"   :{option}" for option in options)]) + "\n"


def value_entry(place: str, thing: Any) -> str:
    """Return the page of a value: what the line below it in its module says, and what it holds."""
    module, name = place.rsplit(".", 1)
    held = [f"``{each}``" for each in thing] if isinstance(thing, Mapping) else [f"``{thing!r}``"]
    lines = [place, "=" * len(place), "", f".. py:data:: {place}", ""]
    lines += [f"   {said_of(module, name)}", "", f"   {', '.join(held)}"]
    return "\n".join(lines) + "\n"


def said_of(module: str, name: str) -> str:
    """Return the text below a value where it is defined: no running program knows it."""
    file = importlib.import_module(module).__file__ or ""
    stub = Path(file).with_suffix(".pyi")
    body = ast.parse((stub if stub.exists() else Path(file)).read_text("utf-8")).body
    for line in body:
        if isinstance(line, ast.ImportFrom) and name in {each.name for each in line.names}:
            package = module if Path(file).name == "__init__.py" else module.rpartition(".")[0]
            origin = f"{package}.{line.module}" if line.level else line.module or ""
            return said_of(origin, name)
    for line, below in pairwise(body):
        targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
        named = name in {getattr(target, "id", "") for target in targets}
        if named and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            return " ".join(str(below.value.value).split())
    return ""


def summary(module: str, name: str, thing: Any) -> str:
    """Return the first sentence of what a name says of itself, in Markdown."""
    itself = inspect.isclass(thing) or callable(thing)
    told = (inspect.getdoc(thing) or "") if itself else said_of(module, name)
    first = told.split("\n\n")[0].replace("\n", " ")
    return re.sub(r"`+([^`]+)`+", r"`\1`", first).replace("|", r"\|")


def table(rows: list[tuple[str, str]]) -> str:
    """Return a Markdown table of names and what they are."""
    return "\n".join(["| name | what it is |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)])
