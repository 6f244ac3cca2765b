"""Release gates on real evaluations: limits on scores, and changes since a saved result."""

import numpy as np
import pytest

import hiertools as ht
from hiertools import OptionError, Predictions, evaluate
from hiertools.results.changes import Limit, broken_limits, changes

TREE = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
LABELS = ["lynx", "wolf", "newt", "toad"]


def scores(*ranked, **options):
    made = Predictions(LABELS, classes=TREE.classes, ranked=list(ranked))
    return evaluate(made, TREE, intervals=False, k=1, **options).scores


GOOD = scores("lynx", "lynx", "newt", "toad")
WORSE = scores("newt", "lynx", "newt", "toad")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accuracy=0.75", []),
        ("accuracy=0.8", ["accuracy is 0.75, below its limit 0.8."]),
        ("accuracy@0=1", []),
        ("top_k_accuracy@1=0.9", ["top_k_accuracy@1 is 0.75, below its limit 0.9."]),
        ("average_hierarchical_cost=0.5", []),
        (
            "average_hierarchical_cost=0.4",
            ["average_hierarchical_cost is 0.5, above its limit 0.4."],
        ),
    ],
)
def test_a_limit_is_the_worst_accepted_value(text, told):
    assert broken_limits(GOOD, [Limit.parse(text)]) == told


def test_an_undefined_score_breaks_its_limit():
    [sentence] = broken_limits(GOOD, [Limit.parse("map_at_r=0.1")])
    assert sentence == "map_at_r is undefined, so its limit 0.1 does not hold."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accuracy", "a limit reads NAME=VALUE"),
        ("accuracy=high", "got 'accuracy=high'"),
        ("accuracy@top=0.5", "the result has no row for the limit 'accuracy, level top'"),
        ("accuracy@=0.5", "a limit reads NAME=VALUE"),
        ("accuracy@0,k=1=0.5", "a limit reads NAME=VALUE"),
        ("accuracies=0.5", "Did you mean 'accuracy'"),
        ("accuracy@9=0.5", "the result has no row for the limit 'accuracy@9'"),
    ],
)
def test_bad_limits_are_named(text, message):
    with pytest.raises(OptionError, match=message):
        broken_limits(GOOD, [Limit.parse(text)])


def test_changes_say_which_way_is_better():
    moved = changes(GOOD, WORSE).set_index("score")
    assert moved.loc["average_hierarchical_cost", "verdict"] == "worse"
    assert moved.loc["average_hierarchical_cost", "change"] == pytest.approx(1.0)
    back = changes(WORSE, GOOD).set_index("score")
    assert back.loc["average_hierarchical_cost", "verdict"] == "better"
    assert set(changes(GOOD, GOOD)["verdict"]) == {"same"}
    fewer = scores(*LABELS, levels=[0])
    verdicts = changes(GOOD, fewer)
    gone = verdicts[verdicts["verdict"] == "gone"]
    assert set(gone["level"]) == {1}
    assert set(changes(fewer, GOOD).query("verdict == 'new'")["level"]) == {1}
    undefined = changes(GOOD, fewer).set_index("score").loc["mistake_severity"]
    assert undefined["verdict"] == "undefined"
    assert np.isnan(undefined["now"])
