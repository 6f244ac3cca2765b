"""Public signatures say what goes in and what comes out, and subjects go by position.

What a type checker makes of them is in ``tests/typing``, which mypy reads.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re

import pytest
from public_signatures import inexact, public_functions

import hiertools as ht
from hiertools import decisions, inference, producers, readers, taxonomies, treedist
from hiertools.comparison.arguments import CompareOptions, ModelOptions, SweepOptions
from hiertools.evaluation.arguments import EvaluateOptions, EvaluatorOptions, PredictionFields
from hiertools.evaluation.options import evaluation_options
from hiertools.evaluation.predictions import FIELDS
from hiertools.trees.files import READERS, WRITERS, ReadOptions, WriteOptions

FUNCTIONS = dict(
    public_functions(ht, ht.datasets, decisions, producers, readers, taxonomies, treedist)
)
MATHS = dict(public_functions(inference))  # formulas, whose terms go by name as well

OPEN = {
    "checkpoint_series": ["**producer_options"],  # of a producer
    "produce": ["**options"],  # of a producer, maybe of a plug-in
    "resolve_taxonomy": ["**options"],  # of a taxonomy
    "tree_distance": ["**options"],  # of a method, which `METHODS` lists
}
"""Functions whose options another function decides, which refuses those it does not have."""


def options_of(function):
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.annotation for p in parameters if p.kind is p.KEYWORD_ONLY}


def held_by(options):
    """Return the annotations of a TypedDict as they are written."""
    found = {}
    for kind in reversed(options.__orig_bases__ if hasattr(options, "__orig_bases__") else ()):
        found |= held_by(kind) if hasattr(kind, "__total__") else {}
    return found | {
        name: getattr(t, "__forward_arg__", t) for name, t in options.__annotations__.items()
    }


def test_results_and_options_have_exact_types():
    found = {name: inexact(function) for name, function in (FUNCTIONS | MATHS).items()}
    assert {name: what for name, what in found.items() if what} == OPEN


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: ht.produce("npz:reps.npz", seed=1), "seed"),
        (lambda: taxonomies.resolve_taxonomy("folder:.", seed=1), "seed"),
        (lambda: ht.tree_distance("(a,b);", "(a,b);", seed=1), "seed"),
        (lambda: ht.read_tree("tree.nwk", separator="/"), "separator"),
        (lambda: ht.read_tree("tree.nwk", delimiter=","), "delimiter"),
        (lambda: ht.read_tree(".", format="folder", lengths=False), "lengths"),
        (lambda: ht.write_tree(ht.as_tree("(a,b);"), "out.nwk", lossy=True), "lossy"),
        (lambda: ht.write_tree(ht.as_tree("(a,b);"), "e.csv", format="edges", lossy=True), "lossy"),
    ],
)
def test_an_option_that_nothing_takes_is_refused_by_name(call, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tree.nwk").write_text("(a,b);")
    ht.ClassRepresentatives([[1.0], [2.0]], ["a", "b"]).save("reps.npz")
    with pytest.raises(
        ht.OptionError, match=f"has no (option|argument).*'{name}'|leave '{name}' out"
    ):
        call()


def test_subjects_go_by_position():
    """The first argument, and all others that are needed but classes and level."""
    for name, function in FUNCTIONS.items():
        parameters = [
            p
            for p in inspect.signature(function).parameters.values()
            if p.name not in ("self", "cls")
        ]
        if "." in name and not name.startswith("ClassTree.from_"):
            continue  # methods of nouns: their subject stands before the point
        for place, parameter in enumerate(parameters):
            needed = parameter.default is parameter.empty
            if needed and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                assert place > 0, (name, parameter.name)
                assert parameter.name in ("classes", "level"), name


def test_types_of_options_are_those_of_the_functions_that_take_them():
    of_compare = options_of(ht.compare)
    del of_compare["baseline"]
    assert held_by(CompareOptions) == of_compare
    own = options_of(ht.sweep).keys() | {"metric", "linkage"}
    assert held_by(SweepOptions).keys() == of_compare.keys() - own
    own = options_of(ht.tie_sensitivity).keys() | {"permutations", "intervals"}
    own |= {"within", "strata"}  # which say who takes part in permutations
    assert held_by(ModelOptions).keys() == of_compare.keys() - own

    of_evaluate = options_of(ht.evaluate)
    del of_evaluate["representatives"]
    assert held_by(EvaluateOptions) == of_evaluate
    assert held_by(EvaluatorOptions) == options_of(evaluation_options)
    assert held_by(PredictionFields).keys() == set(FIELDS) - {
        "labels", "scores", "classes", "groups", "weights",
    }  # fmt: skip

    read = {name for reader in READERS.values() for name in options_of(reader)}
    assert held_by(ReadOptions).keys() == read
    written = {name for writer in WRITERS.values() for name in options_of(writer)}
    assert held_by(WriteOptions).keys() == written


def test_no_dataclass_compares_arrays_as_truth_values():
    """Of arrays ``==`` gives arrays: a dataclass with some says itself what equal means."""
    for module in pkgutil.walk_packages(ht.__path__, "hiertools."):
        if module.name.startswith("hiertools.datasets.make") or module.name.endswith("__main__"):
            continue
        for name, kind in vars(importlib.import_module(module.name)).items():
            if not (inspect.isclass(kind) and dataclasses.is_dataclass(kind)):
                continue
            types = " ".join(str(field.type) for field in dataclasses.fields(kind))
            holds_arrays = re.search(r"\b(Floats|Ints|NDArray|DataFrame|Series|Tensor)\b", types)
            if holds_arrays and "Callable" not in types:
                assert not kind.__dataclass_params__.eq, name
