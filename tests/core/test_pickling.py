"""Whatever is public goes to the workers of joblib and Dask and comes back as it was."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
import types

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import datasets, decisions, inference, producers, readers, taxonomies, treedist
from hiertools.trees.tree import ALIGNED

FACES = (ht, treedist, inference, decisions, datasets, readers, producers, taxonomies)

NAMES = ["lynx", "newt", "toad", "wolf"]
LABELS = ["lynx", "newt", "toad", "wolf", "wolf"]
CHANCES = np.array(
    [[0.7, 0.1, 0.1, 0.1], [0.1, 0.5, 0.2, 0.2], [0.1, 0.4, 0.3, 0.2], [0.3, 0.1, 0.2, 0.4]]
)[[0, 1, 2, 3, 3]]


def make_tree():
    return ht.ClassTree.from_newick("((lynx:1,wolf:2)mammal:1,(newt:1,toad:1)amphibian:2);")


def make_used_tree():
    """Return a tree whose cached properties have all been asked for."""
    tree = make_tree()
    for name, _ in inspect.getmembers(type(tree)):
        if not name.startswith(("_", "from_", "to_")):
            getattr(tree, name)
    return tree


def make_representatives():
    vectors = [[1, 0.1, 0.2], [0, 1, 0.3], [0.1, 0.9, 1], [1, 0.2, 0.6]]
    return ht.ClassRepresentatives(vectors, NAMES, "proxy", {"seed": 0, "samples": {"lynx": 2}})


def make_predictions():
    return ht.Predictions(
        LABELS, CHANCES, NAMES, embeddings=CHANCES + 1.0, score_kind="probability"
    )


def make_accumulator():
    accumulator = ht.PrototypeAccumulator(NAMES)
    accumulator.update(CHANCES, LABELS)
    return accumulator


def make_emoji():
    """All that `ht.load_emoji` gives, but two images: thousands are slow to pickle."""
    data = ht.load_emoji()
    return dataclasses.replace(data, images=data.images[:2])


def make_evaluator():
    """Return an evaluator that has seen half of its samples."""
    evaluator = ht.Evaluator(make_tree(), n_bootstrap=19, hs_k=(1,), k=1)
    evaluator.update(LABELS, CHANCES, NAMES)
    return evaluator


def two_models():
    first = make_representatives()
    return {"a": first, "b": ht.ClassRepresentatives(first.vectors[::-1], NAMES)}


OBJECTS = {
    "tree": make_tree,
    "used tree": make_used_tree,
    "inferred tree": lambda: ht.infer_tree(make_representatives()),
    "tree of a merge": lambda: treedist_alignment(),
    "representatives": make_representatives,
    "distances": lambda: ht.distances(make_representatives()),
    "predictions": make_predictions,
    "ranked predictions": lambda: ht.Predictions(
        LABELS, classes=NAMES, ranked=LABELS, confidence=[0.5] * len(LABELS)
    ),
    "comparison": lambda: ht.compare(make_representatives(), make_tree(), permutations=9),
    "comparisons": lambda: ht.compare(two_models(), make_tree(), permutations=9),
    "evaluation": lambda: ht.evaluate(make_predictions(), make_tree(), n_bootstrap=19, hs_k=(1,)),
    "evaluations": lambda: ht.evaluate(
        {"a": make_predictions(), "b": make_predictions()}, make_tree(), n_bootstrap=19, hs_k=(1,)
    ),
    "consensus": lambda: ht.consensus([make_tree(), make_tree()]),
    "settings": lambda: ht.SETTINGS["paper"],
    "scores": lambda: ht.SCORES,
    "accumulator": make_accumulator,
    "evaluator": make_evaluator,
    "fresh evaluator": lambda: ht.Evaluator(make_tree(), representatives=make_representatives()),
    "back-off": lambda: decisions.BackOff(make_tree(), NAMES).fit(CHANCES, LABELS),
    "conformal nodes": lambda: decisions.ConformalNodes(make_tree(), NAMES).fit(CHANCES, LABELS),
    "conformal sets": lambda: (
        decisions.ConformalNodes(make_tree(), NAMES, answer="set")
        .fit(CHANCES, LABELS)
        .predict(CHANCES)
    ),
    "risk minimiser": lambda: decisions.RiskMinimiser(make_tree(), NAMES).fit(CHANCES, LABELS),
    "decisions": lambda: decisions.back_off(CHANCES, make_tree(), NAMES),
    "drawings": lambda: ht.load_quickdraw(["cat", "dog"]),
    "emoji": make_emoji,
    "interval": lambda: inference.t_interval(0.5, 0.1, 4),
    "null": lambda: inference.summarise_null(0.5, [0.1, 0.2, 0.3]),
    "producers": ht.list_producers,
    "taxonomies": lambda: taxonomies.TAXONOMIES,
    "plots": lambda: ht.compare(make_representatives(), make_tree(), permutations=0).plot,
}


def treedist_alignment():
    """Return a tree whose classes stand in another order than it was made with."""
    from hiertools.trees.align import align

    return align(make_tree(), ht.sort_classes(make_tree())).other


WAYS = {
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "oldest pickle": lambda thing: pickle.loads(pickle.dumps(thing, protocol=2)),
    "cloudpickle": lambda thing: pickle.loads(cloudpickle.dumps(thing)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


def assert_same(a, b, where="it"):
    """Compare two objects down to their last number; arrays also by whether one may write."""
    assert type(a) is type(b), where
    if isinstance(a, np.ndarray):
        np.testing.assert_array_equal(a, b, err_msg=where)
        assert a.flags.writeable == b.flags.writeable, f"{where}: read-only or not"
    elif isinstance(a, pd.DataFrame):
        pd.testing.assert_frame_equal(a, b)
    elif isinstance(a, types.MappingProxyType | dict):
        assert list(a) == list(b), where
        for key in a:
            assert_same(a[key], b[key], f"{where}[{key!r}]")
    elif isinstance(a, list | tuple):
        assert len(a) == len(b), where
        for place, (one, other) in enumerate(zip(a, b)):
            assert_same(one, other, f"{where}[{place}]")
    elif callable(a) and hasattr(a, "__code__"):
        assert a is b or a.__code__ == b.__code__, where
    elif isinstance(a, float):
        np.testing.assert_equal(a, b, err_msg=where)
    elif hasattr(a, "__dict__") and not isinstance(a, type):
        # What a tree learned of another one stays behind.
        held = [{k: v for k, v in vars(each).items() if k != ALIGNED} for each in (a, b)]
        assert_same(*held, where)
    else:
        assert a == b, where


@pytest.mark.parametrize("what", OBJECTS)
def test_objects_come_back_as_they_were(what):
    thing = OBJECTS[what]()
    for way, travel in WAYS.items():
        again = travel(thing)
        if dataclasses.is_dataclass(thing) and type(thing).__eq__ is not object.__eq__:
            assert again == thing, way
        if type(thing).__repr__ is not object.__repr__:
            assert repr(again) == repr(thing), way
        assert_same(thing, again, f"{what} by {way}")


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
@pytest.mark.parametrize("module", [pickle, cloudpickle], ids=lambda module: module.__name__)
def test_every_public_name_is_pickled(face, module):
    for name in face.__all__:
        thing = getattr(face, name)
        if not isinstance(thing, types.ModuleType):
            again = pickle.loads(module.dumps(thing))
            if inspect.ismethod(thing):  # of a class; cloudpickle sends its function by value
                assert again.__self__ is thing.__self__, name
                assert again.__qualname__ == thing.__qualname__
            else:
                assert isinstance(thing, dict) or again == thing, name


@pytest.mark.parametrize("name", treedist.METHODS)
def test_methods_of_tree_distance_come_back(name):
    again = pickle.loads(pickle.dumps(treedist.METHODS[name]))
    one, other = make_tree(), ht.infer_tree(make_representatives())
    found = again.function(ht.sort_classes(one), ht.sort_classes(other))
    assert found["distance"] == pytest.approx(ht.tree_distance(one, other, name), nan_ok=True)


@pytest.mark.parametrize(
    "error", [name for name in ht.__all__ if name.endswith(("Error", "Warning"))]
)
def test_errors_come_back_from_workers(error):
    raised = getattr(ht, error)("trees have roots; this one has none.")
    again = pickle.loads(pickle.dumps(raised))
    assert type(again) is type(raised)
    assert str(again) == str(raised)


def test_what_an_accumulator_has_seen_goes_along():
    accumulator = make_accumulator()
    again = pickle.loads(pickle.dumps(accumulator))
    assert again.result() == accumulator.result()
    again.merge(accumulator)
    assert again.result().provenance["samples"]["wolf"] == 4


@pytest.mark.parametrize("grow", [copy.copy, copy.deepcopy])
def test_copies_of_what_grows_grow_apart(grow):
    accumulator = ht.PrototypeAccumulator(NAMES)
    twin = grow(accumulator)  # of one that has seen nothing
    twin.update(CHANCES, LABELS)
    accumulator.update(CHANCES[:4], NAMES)
    third = grow(twin)
    third.merge(accumulator)
    seen = [a.result().provenance["samples"]["wolf"] for a in (accumulator, twin, third)]
    assert seen == [1, 2, 3]
    assert twin.result() == make_accumulator().result()
    evaluator = make_evaluator()
    twin = grow(evaluator)
    twin.update(LABELS, CHANCES, NAMES)
    assert evaluator.result().n_samples == len(LABELS)
    assert twin.result().n_samples == 2 * len(LABELS)


def test_an_evaluator_goes_on_after_the_journey():
    whole, half = make_evaluator(), pickle.loads(pickle.dumps(make_evaluator()))
    for evaluator in (whole, half):
        evaluator.update(LABELS[::-1], CHANCES, NAMES)
    assert_same(whole.result(), half.result())


def test_a_tree_that_came_back_cannot_be_written_to():
    tree = pickle.loads(pickle.dumps(make_used_tree()))
    for name, value in vars(tree).items():
        if isinstance(value, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                value[0] = 7
            assert not value.flags.writeable, name


def test_a_deep_tree_is_pickled_without_recursion():
    depth = 20_000
    tree = ht.ClassTree(np.arange(-1, depth), ["newt"], [depth])
    assert pickle.loads(pickle.dumps(tree)) == tree
    assert copy.deepcopy(tree) == tree


NOTEBOOK = """
import sys, cloudpickle
import hiertools as ht
from hiertools import decisions, readers
tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
reps = {"lynx": [1, 0], "wolf": [1, 0.1], "newt": [0, 1], "toad": [0.1, 1]}
def job(seed):
    found = ht.compare(reps, tree, permutations=9, random_state=seed)
    assert readers.to_newick(found.predefined) and decisions.BackOff(tree)
    assert issubclass(ht.TreeError, ValueError) and ht.treedist.METHODS
    return found
sys.stdout.buffer.write(cloudpickle.dumps(job))
"""
"""A function of a notebook: it uses the module, and no worker can import where it stands."""


def test_a_function_of_a_notebook_that_uses_ht_runs_elsewhere():
    sent = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, check=True).stdout
    run = "import pickle, sys; print(pickle.load(sys.stdin.buffer)(1).value('robinson_foulds'))"
    done = subprocess.run(
        [sys.executable, "-c", run], input=sent, capture_output=True, check=True
    ).stdout
    assert float(done) == 0.0


def test_joblib_compares_in_other_processes():
    tree, representatives = make_used_tree(), make_representatives()

    def job(seed):
        return ht.compare(representatives, tree, permutations=9, random_state=seed)

    with joblib.parallel_config("loky", n_jobs=2):
        found = joblib.Parallel()(joblib.delayed(job)(seed) for seed in range(2))
    for seed, result in enumerate(found):
        assert_same(job(seed), result)
        assert not result.predefined.parent.flags.writeable


def test_joblib_hands_on_our_errors():
    def job(text):
        return ht.ClassTree.from_newick(text)

    with (
        joblib.parallel_config("loky", n_jobs=2),
        pytest.raises(ht.FileFormatError, match="parentheses"),
    ):
        joblib.Parallel()(joblib.delayed(job)(text) for text in ["((lynx,newt);", "(a,b);"])


def evaluated(seed):
    """Return the evaluation of one part of a test set, as a worker does."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 30)
    scores = rng.integers(-2, 3, (30, 4)) + 2.0 * np.eye(4)[labels]  # with ties
    evaluator = ht.Evaluator(make_tree(), n_bootstrap=50, hs_k=1)
    evaluator.update(ht.Predictions(labels, scores, NAMES, score_kind="logit"))
    return evaluator


CALL = """
import pickle, sys
function, argument = pickle.load(sys.stdin.buffer)
pickle.dump(function(argument), sys.stdout.buffer)
"""


def in_another_process(function, argument):
    """Call a function of this module in a process that can't import it, as workers may not."""
    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    try:
        sent = cloudpickle.dumps((function, argument))
    finally:
        cloudpickle.unregister_pickle_by_value(here)
    done = subprocess.run(
        [sys.executable, "-c", CALL], input=sent, stdout=subprocess.PIPE, check=True
    )
    return pickle.loads(done.stdout)


def test_evaluators_of_processes_merge_to_the_same_bits_in_any_order():
    parts = [evaluated(seed) for seed in range(6)]
    parts[1], parts[4] = (in_another_process(evaluated, seed) for seed in (1, 4))
    parts[2] = pickle.loads(cloudpickle.dumps(parts[2]))
    found = []
    for order in (range(6), (4, 1, 5, 0, 2, 3)):
        whole = ht.Evaluator(make_tree(), n_bootstrap=50, hs_k=1)
        for place in order:
            whole.merge(parts[place])
        found.append(whole.result())
    for table in ("scores", "per_class", "per_node", "confusions", "reliability"):
        pd.testing.assert_frame_equal(
            *(getattr(result, table) for result in found), check_exact=True
        )
