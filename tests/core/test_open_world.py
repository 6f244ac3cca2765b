"""Decisions for classes that a model lacks, against their definition, written out."""

import numpy as np
import pytest
from literal import ancestors, assert_defined, below, path_name
from ranked_trees import FIELD as TREE
from scipy import stats

import hiertools as ht
from hiertools import ClassTree
from hiertools.decisions import back_off, open_world

KNOWN = ("a", "c", "d", "f")  # b's genus is known, h's is not, of g not even the order
GROUP = {
    name: path_name(TREE, TREE.class_node[i]).split("/") for i, name in enumerate(TREE.classes)
}


def samples(seed, n):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(len(KNOWN), 0.5), n), rng.choice(list("abcdefgh"), n)


def wilson(values):
    p, t = np.mean(values), stats.t.ppf(0.975, len(values) - 1)
    n = len(values) - (0 < p < 1)  # trials that have the standard error of the sample
    centre = (p + t**2 / (2 * n)) / (1 + t**2 / n)
    half = t / (1 + t**2 / n) * np.sqrt(p * (1 - p) / n + t**2 / (4 * n**2))
    return centre - half, centre + half


def truth_of(own, name):
    """The deepest node of the model's tree whose path begins that of the label."""
    whole = "/".join(GROUP[name])
    fits = [
        v for v in range(own.n_nodes)
        if v == 0 or whole == path_name(own, v) or whole.startswith(path_name(own, v) + "/")
    ]  # fmt: skip
    return max(fits, key=lambda v: own.depth[v])


@pytest.mark.parametrize("threshold", [0.0, 0.6, 0.9])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_column_is_its_definition(seed, threshold):
    p, labels = samples(seed, 60)
    made = back_off(p, TREE, KNOWN, threshold=threshold)
    own = made.tree
    found = open_world(made, labels, TREE, unknown="ancestor")
    truth = [truth_of(own, name) for name in labels]
    assert found.truth.tolist() == truth
    seen = [name in KNOWN for name in labels]
    assert found.seen.tolist() == seen
    rows = []
    for place, rank in enumerate(("order", "genus", "species")):
        right = {True: [], False: []}
        for name, node, has in zip(labels, made.nodes.tolist(), seen):
            wanted = GROUP[name][place]
            if wanted in {GROUP[c][place] for c in KNOWN}:
                told = {GROUP[c][place] for c in below(own, node)}
                right[has].append(float(told == {wanted}))
        at = {"level": place, "rank": rank}
        shares = []
        for has, score in ((True, "seen_accuracy"), (False, "unseen_accuracy")):
            values = right[has]
            low, high = wilson(values) if len(values) > 2 else (None, None)
            shares.append(float(np.mean(values)) if values else None)
            rows.append(
                {"score": score, **at, "value": shares[-1], "ci_low": low, "ci_high": high,
                 "n_samples": len(values)}
            )  # fmt: skip
        value, ends = None, (None, None)
        if None not in shares:
            value = stats.hmean(shares) if min(shares) > 0 else 0.0
            if min(shares) > 0:
                # The slope of the harmonic mean, numerically.
                step, error = 1e-6, 0.0
                for i, has in enumerate((True, False)):
                    up, down = list(shares), list(shares)
                    up[i] += step
                    down[i] -= step
                    slope = (stats.hmean(up) - stats.hmean(down)) / (2 * step)
                    error += slope**2 * stats.sem(right[has]) ** 2
                degrees = min(len(x) for x in right.values()) - 1
                half = stats.t.ppf(0.975, degrees) * np.sqrt(error)
                if half > 0:
                    ends = (max(value - half, 0.0), min(value + half, 1.0))
        rows.append(
            {"score": "harmonic_accuracy", **at, "value": value, "ci_low": ends[0],
             "ci_high": ends[1], "n_samples": sum(map(len, right.values()))}
        )  # fmt: skip
    edges = [
        len(set(ancestors(own, a)) ^ set(ancestors(own, b))) for a, b in zip(made.nodes, truth)
    ]
    means = []
    for has, score in ((True, "seen"), (False, "unseen"), (None, "mixed")):
        if has is None:
            means.append(sum(means) / 2)
        else:
            by_node = {}
            for distance, node, of in zip(edges, truth, seen):
                if of == has:
                    by_node.setdefault(node, []).append(distance)
            means.append(float(np.mean([np.mean(x) for x in by_node.values()])))
        rows.append(
            {"score": f"{score}_balanced_distance", "level": None, "rank": None,
             "value": means[-1], "ci_low": None, "ci_high": None,
             "n_samples": len(labels) if has is None else seen.count(has)}
        )  # fmt: skip
    assert_defined(found.scores, rows, rel=1e-5)
    lacking = sum(name not in KNOWN for name in labels)
    assert found.notes == (
        f"{lacking} of 60 samples are of 4 classes that the model lacks ('b', 'e', 'g', 'h'): "
        "their truth is the deepest ancestor that it knows.",
    )
    assert repr(found).startswith(f"OpenWorld({60 - lacking} samples of seen classes, ")


def test_whoever_decides_for_the_truth_is_not_far_from_it():
    p, labels = samples(2, 40)
    made = back_off(p, TREE, KNOWN)
    truth = open_world(made, labels, TREE, unknown="ancestor").truth
    best = type(made)(truth, made.probability, made.tree)
    found = open_world(best, labels, TREE, unknown="ancestor").scores.set_index("score")["value"]
    assert (found[["seen_balanced_distance", "unseen_balanced_distance"]] == 0).all()
    assert (found["harmonic_accuracy"].dropna() == 1).all()


def test_unnamed_nodes_are_told_apart_and_order_decides_nothing():
    p, labels = samples(3, 50)
    bare = ClassTree.from_newick("((((a),(b)),(c)),((d,e),(f),(h)),(g));")
    scores = []
    for order in (np.arange(4), np.array([2, 0, 3, 1])):
        made = back_off(p[:, order], bare, [KNOWN[i] for i in order], threshold=0.7)
        scores.append(open_world(made, labels, bare, unknown="ancestor").scores["value"])
    np.testing.assert_allclose(*scores)
    made = back_off(p, bare, KNOWN)
    # h lies below the parent of d, e and f, and b beside a.
    found = open_world(made, ["h", "b"] * 25, bare, unknown="ancestor")
    own = made.tree
    assert [sorted(below(own, v)) for v in found.truth[:2]] == [["d", "f"], ["a"]]


def test_closed_worlds_have_no_notes():
    p, _ = samples(0, 4)
    found = open_world(back_off(p, TREE, KNOWN), list(KNOWN), TREE)
    assert found.notes == ()
    assert np.isnan(found.scores.set_index("score")["value"]["unseen_balanced_distance"])


@pytest.mark.parametrize(
    ("labels", "tree", "options", "error", "message"),
    [
        (["a", "b"], TREE, {}, ht.PredictionsError, r"1 of 2 .*'b'\); pass unknown="),
        (
            ["a", "rat"],
            TREE,
            {},
            ht.ClassMismatchError,
            "have no place in the tree: 'rat'",
        ),
        (["a"], TREE, {}, ht.PredictionsError, "2 decisions and 1 labels"),
        ([0, 1], TREE, {}, ht.PredictionsError, "must be names"),
        (["a", "b"], TREE, {"unknown": "root"}, ht.OptionError, "valid ones"),
        (
            ["a", "a"],
            ClassTree.from_newick("(a,b);"),
            {},
            ht.ClassMismatchError,
            "classes that the tree lacks",
        ),
        (
            ["a", "b"],
            ClassTree.from_newick("((a,d,b),c,f);"),
            {"unknown": "ancestor"},
            ht.ClassMismatchError,
            "made with another tree",
        ),
    ],
)
def test_bad_input_is_named(labels, tree, options, error, message):
    made = back_off(samples(0, 2)[0], TREE, KNOWN)
    with pytest.raises(error, match=message):
        open_world(made, labels, tree, **options)
