"""What the severity of mistakes would be if each hit any other class alike."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hiertools as ht
from hiertools.decisions import BackOff

PATHS = {
    "lynx": "mammal/cat/lynx",
    "lion": "mammal/cat/lion",
    "wolf": "mammal/dog/wolf",
    "newt": "amphibian/newt",
    "toad": "amphibian/toad",
    "shark": "shark",
}
TREE = ht.ClassTree.from_lineages(PATHS)
NAMES = tuple(PATHS)


def common(one, other):
    """How many nodes two classes have in common below the root, counted by hand."""
    pairs = zip(PATHS[one].split("/"), PATHS[other].split("/"))
    return sum(a == b for a, b in pairs)


def distance(one, other):
    return sum(len(PATHS[name].split("/")) - common(one, other) for name in (one, other))


def bits(one, other):
    shared = common(one, other)
    above = PATHS[one].split("/")[:shared]
    return math.log2(sum(path.split("/")[:shared] == above for path in PATHS.values()))


def height(one, other):
    shared = common(one, other)
    above = PATHS[one].split("/")[:shared]
    ways = [path.split("/") for path in PATHS.values()]
    return max(len(way) - shared for way in ways if way[:shared] == above)


SCORES = {
    "mistake_severity": distance,
    "mistake_lca_height": height,
    "mistake_lca_depth": common,
    "mistake_lca_information": bits,
}


def chance_of(result, score="mistake_severity"):
    return float(result.scores.set_index("score").loc[score, "chance"])


@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_is_the_mean_over_all_other_classes_of_what_is_mistaken(seed, tied, weighted):
    rng = np.random.default_rng(seed)
    n = 12
    scores = rng.integers(0, 3, (n, 6)).astype(float) if tied else rng.normal(size=(n, 6))
    labels = rng.choice(NAMES, n)
    weight = rng.uniform(0.5, 2.0, n) if weighted else np.ones(n)
    options = {"weights": weight} if weighted else {}
    result = ht.evaluate((labels, scores), TREE, classes=NAMES, intervals=False, **options)
    for score, of_pair in SCORES.items():
        top = bottom = 0.0
        for i, label in enumerate(labels):
            best = [name for name, s in zip(NAMES, scores[i]) if s == scores[i].max()]
            wrong = weight[i] * sum(name != label for name in best) / len(best)
            top += wrong * np.mean([of_pair(label, name) for name in NAMES if name != label])
            bottom += wrong
        assert chance_of(result, score) == pytest.approx(top / bottom, rel=1e-12)


def test_guesses_among_all_other_classes_come_near_it():
    rng = np.random.default_rng(0)
    labels = rng.choice(NAMES, 20_000)
    said = [rng.choice([name for name in NAMES if name != label]) for label in labels]
    made = ht.Predictions(labels.tolist(), classes=NAMES, ranked=said)
    result = ht.evaluate(made, TREE, intervals=False, k=1)
    for score in SCORES:
        assert result.value(score) == pytest.approx(chance_of(result, score), rel=0.05)


def test_only_classes_that_the_model_has_can_be_hit():
    # The model lacks the lion, which stands for a cat: only what it knows can be hit.
    known = ["lynx", "wolf", "shark"]
    made = ht.Predictions(["lion"], [[0.0, 1.0, 0.5]], known, unknown="ancestor")
    result = ht.evaluate(made, TREE, unknown="ancestor", intervals=False, k=1)
    edges = {"lynx": 1, "wolf": 3, "shark": 3}
    assert chance_of(result) == pytest.approx(np.mean(list(edges.values())))


def test_no_mistake_no_other_class_and_no_class_at_all_have_none():
    right = ht.Predictions(["lynx"], classes=NAMES, ranked=["lynx"])
    assert math.isnan(chance_of(ht.evaluate(right, TREE, intervals=False, k=1)))
    alone = ht.ClassTree.from_lineages(["lynx"])
    one = ht.Predictions(["lynx"], classes=["lynx"], ranked=["lynx"])
    assert math.isnan(chance_of(ht.evaluate(one, alone, intervals=False, k=1)))


def test_answers_of_a_rule_have_none():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(6), 40)
    labels = rng.choice(NAMES, 40)
    rule = BackOff(TREE, classes=NAMES, accuracy=0.6).fit(p, labels)
    result = ht.evaluate(
        (labels, p), TREE, classes=NAMES, score_kind="probability", rule=rule, intervals=False, k=1
    )
    assert math.isnan(chance_of(result))


def test_it_stands_in_the_first_sentence_and_below_the_scores():
    made = ht.Predictions(["lynx", "newt"], classes=NAMES, ranked=["lion", "newt"])
    result = ht.evaluate(made, TREE, intervals=False, k=1)
    text = str(result)
    assert "a mistake lies 2.00 from the truth in the tree (4.00 by chance)." in text
    assert "chance: if each mistake hit any other class with the same probability." in text
    assert "chance: if each mistake hit" in result._repr_html_()
    several = ht.evaluate({"a": made, "b": made}, TREE, intervals=False, k=1)
    assert "chance" not in str(several).splitlines()[0]


def test_results_that_were_saved_without_it_are_read(tmp_path):
    made = ht.Predictions(["lynx", "newt"], classes=NAMES, ranked=["lion", "newt"])
    result = ht.evaluate(made, TREE, intervals=False, k=1)
    assert chance_of(ht.Evaluation.from_json(result.to_json())) == chance_of(result)
    held = result.to_dict()
    held["scores"]["columns"]["chance"] = [None] * len(result.scores)
    earlier = ht.Evaluation.from_dict(held)
    assert "2.00 from the truth in the tree." in str(earlier)
