"""The package: public names, what importing it costs, and that modules don't shadow functions."""

import json
import subprocess
import sys

import pytest

import hiertools as ht


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_every_public_name_resolves_and_is_documented():
    for name in ht.__all__:
        thing = getattr(ht, name)
        assert getattr(thing, "__doc__", None), name


def test_importing_loads_nothing_heavy():
    loaded = json.loads(run("import hiertools, sys, json; print(json.dumps(sorted(sys.modules)))"))
    heavy = {"torch", "matplotlib", "networkx", "sklearn", "ete3", "pandas", "scipy", "numba"}
    assert not heavy & {name.partition(".")[0] for name in loaded}


def test_comparing_loads_no_torch_and_no_plots():
    code = (
        "import hiertools as ht, sys, json\n"
        "reps = {'a': [1, 0.0], 'b': [1, 0.2], 'c': [0, 1.0]}\n"
        "ht.compare(reps, ht.ClassTree.from_newick('((a,b),c);'), permutations=9)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    loaded = {name.partition(".")[0] for name in json.loads(run(code))}
    assert not {"torch", "matplotlib", "networkx", "sklearn", "ete3"} & loaded


@pytest.mark.parametrize(
    "module",
    [
        "comparison.compare",
        "hierarchy.distances",
        "evaluation.evaluate",
        "representatives.prototypes",
    ],
)
def test_importing_a_module_leaves_the_function_of_its_name(module):
    name = module.rpartition(".")[2]
    code = f"import hiertools as ht, hiertools.{module}; print(callable(ht.{name}))"
    assert run(code).strip() == "True"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_thing"):
        getattr(ht, "no_such_thing")  # noqa: B009


@pytest.mark.parametrize(
    "name", ["datasets", "decisions", "inference", "producers", "readers", "taxonomies", "treedist"]
)
def test_public_modules_are_reached_without_importing_them(name):
    assert run(f"import hiertools as ht; print(ht.{name}.__name__)").strip() == f"hiertools.{name}"
