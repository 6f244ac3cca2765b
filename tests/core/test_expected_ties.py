"""No number of `evaluate` is decided by names or order where scores or similarities are tied."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools import ClassTree, Evaluator, Predictions, evaluate
from hiertools._core.directions import Duplicates
from hiertools._kernels import neighbours as kernels
from hiertools.inference.contributions import Collector
from hiertools.measures.mistakes import (
    HP_VARIANTS,
    ClassPairs,
    distance_at_k,
    hierarchical_precision_at_k,
    hit_at_k,
    ranking,
)
from hiertools.measures.sample_retrieval import sample_retrieval
from hiertools.measures.similarity import class_similarity, hierarchical_similarity
from hiertools.measures.ties import FirstPredictions

pytestmark = pytest.mark.arithmetic()

TREE = ClassTree.from_newick("(((a,b),(c,d)),((e,f),g),h);")
NAMES = TREE.classes
PAIRS = ClassPairs(TREE, NAMES)
SIMILARITY = class_similarity(TREE)


def orders(values):
    """All orders of places from the largest value to the smallest: equal ones in any order."""
    runs = [np.flatnonzero(values == x).tolist() for x in sorted(set(values.tolist()))[::-1]]
    parts = itertools.product(*(itertools.permutations(run) for run in runs))
    return [list(itertools.chain(*part)) for part in parts]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_measures_of_rankings_are_means_over_all_orders(seed, dtype):
    rng = np.random.default_rng(seed)
    n, c = 12, 6 - seed % 2
    names = NAMES[:c]
    pairs = ClassPairs(ht.restrict(TREE, names), names)
    s = SIMILARITY[:c, :c]
    scores = rng.integers(0, 2 + seed // 2, (n, c)).astype(dtype)
    scores[0], scores[1] = 0, np.arange(c)  # all tied, and nothing
    labels = rng.integers(0, c, n)
    each = [orders(row) for row in scores]
    for width in (1, 3, c):
        ranked, ties = ranking(scores, width)
        for k in range(1, width + 1):

            def expected(measure, k=k):
                return [
                    np.mean(measure(np.full(len(o), y), np.array(o), k))
                    for y, o in zip(labels, each)
                ]

            found = hit_at_k(labels, ranked, k, ties)
            np.testing.assert_allclose(found, expected(hit_at_k), atol=1e-12)
            found = distance_at_k(pairs.distance, labels, ranked, k, ties)
            wanted = expected(lambda y, o, k: distance_at_k(pairs.distance, y, o, k))
            np.testing.assert_allclose(found, wanted, atol=1e-12)
            for variant in HP_VARIANTS:
                if variant == "paper" and k + 2 > c:
                    continue
                found = hierarchical_precision_at_k(pairs, labels, ranked, k, variant, s, ties)
                wanted = expected(
                    lambda y, o, k, v=variant: hierarchical_precision_at_k(pairs, y, o, k, v, s)
                )
                np.testing.assert_allclose(found, wanted, atol=1e-12)
        first = FirstPredictions.of(ranked, ties)
        shares = np.zeros((n, c))
        np.add.at(shares, (first.sample, first.predicted), first.share)
        wanted = [[np.mean([order[0] == j for order in o]) for j in range(c)] for o in each]
        np.testing.assert_allclose(shares, wanted, atol=1e-12)


def test_without_equal_scores_nothing_is_tied():
    assert ranking(np.arange(12.0).reshape(3, 4), 2)[1] is None
    # A tie behind the best k is none of theirs.
    assert ranking([[3.0, 2.0, 1.0, 1.0]], 2)[1] is None
    assert ranking([[3.0, 0.0, -0.0, -1.0]], 2)[1].ends.tolist() == [[1, 3]]


def codes(seed, n):
    """Embeddings of few values, some of them equal, some by different arithmetic."""
    rng = np.random.default_rng(seed)
    found = rng.integers(-1, 2, (n, 3)).astype(float)
    found[~found.any(axis=1)] = 1.0
    return found * rng.choice([1.0, 3.0, 0.1], (n, 1))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_measures_of_neighbours_are_means_over_all_orders(seed, dtype):
    n = 7
    embeddings = codes(seed, n)
    labels = np.random.default_rng(seed).integers(0, 3, n)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    cosine = np.round(unit @ unit.T, 6)
    found = sample_retrieval(embeddings, labels, dtype=dtype)
    for i in range(n):
        others = np.array([j for j in range(n) if j != i])
        each = [others[order] for order in orders(cosine[i, others])]
        r = sum(labels[others] == labels[i])
        wanted = (math.nan,) * 3
        if r:
            hits = [(labels[order] == labels[i]).tolist() for order in each]
            wanted = (
                np.mean([h[0] for h in hits]),
                np.mean([sum(h[:r]) / r for h in hits]),
                np.mean(
                    [sum(sum(h[:m]) / m for m in range(1, r + 1) if h[m - 1]) / r for h in hits]
                ),
            )
        got = (found.precision_at_1[i], found.r_precision[i], found.map_at_r[i])
        np.testing.assert_allclose(got, wanted, rtol=1e-12)
        best = np.cumsum(np.sort(SIMILARITY[labels[i], labels[others]])[::-1])
        sums = np.mean([np.cumsum(SIMILARITY[labels[i], labels[order]]) for order in each], axis=0)
        for k in (1, 2, 4, n - 1):
            curve = hierarchical_similarity(embeddings, labels, SIMILARITY, k, dtype=dtype)[i]
            np.testing.assert_allclose(curve, (sums / best)[:k], rtol=1e-12)


def runs(values, tolerance):
    """One past the end of the run that each of some falling values lies in."""
    n = len(values)
    cuts = [i for i in range(1, n) if values[i - 1] - values[i] > 4 * tolerance]
    ends = np.empty(n, dtype=int)
    for start, stop in itertools.pairwise([0, *cuts, n]):
        if values[start] - values[stop - 1] <= tolerance:
            ends[start:stop] = stop
        else:
            for i in range(start, stop):
                ends[i] = max(j for j in range(start, stop) if values[j] == values[i]) + 1
    return ends


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("bits", [32, 64])
def test_runs_are_those_of_a_full_sort(seed, bits):
    rng = np.random.default_rng(seed)
    rows, n = 12, int(rng.choice([5, 60, 900]))
    tolerance = 2.0**-12
    # Clumps apart by less, about, and more than the tolerance; exact ties; and a continuum.
    middle = rng.choice(rng.uniform(-1, 1, max(2, n // int(rng.choice([3, 20, 200])))), (rows, n))
    noise = rng.integers(-2, 3, (rows, n)) * tolerance * rng.choice([0.0, 0.2, 0.5, 3.0], (rows, 1))
    similarity = (middle + noise).astype(f"float{bits}")
    similarity[0] = rng.uniform(-1, 1, n)
    k = rng.integers(0, n, rows)
    k[1], k[2] = n - 1, 1
    near = np.full((rows, n - 1), -1, dtype=np.int32)
    ends = np.zeros((rows, n - 1), dtype=np.int32)
    skip = rng.integers(0, n, rows)
    room = np.empty(n, dtype=f"float{bits}")
    spill = kernels.neighbours(
        similarity, skip, k, tolerance, room, room.view(f"u{bits // 8}"), near, ends
    ).tolist()
    for i in range(rows):
        line = np.delete(similarity[i], skip[i])
        column = np.delete(np.arange(n), skip[i])
        order = np.argsort(-line, kind="stable")
        wanted = runs(line[order], tolerance)
        assert near[i, : k[i]].tolist() == column[order][: k[i]].tolist()
        assert ends[i, : k[i]].tolist() == wanted[: k[i]].tolist()
        last = int(wanted[k[i] - 1]) if k[i] else 0
        beyond = column[order][k[i] : last].tolist()
        assert spill[: len(beyond)] == beyond
        spill = spill[len(beyond) :]
    assert spill == []


def test_rotated_codes_tie_and_continuous_embeddings_do_not():
    rng = np.random.default_rng(0)
    n = 64
    member = [np.arange(n) // size for size in (16, 4, 1)]
    code = np.hstack([np.eye(g.max() + 1)[g] for g in member])
    rotation = np.linalg.qr(rng.normal(size=(code.shape[1],) * 2))[0]
    labels = member[1]
    for dtype in ("float32", "float64"):
        plain = sample_retrieval(code, labels, dtype=dtype)
        turned = sample_retrieval(code @ rotation, labels, dtype=dtype)
        np.testing.assert_allclose(turned.map_at_r, plain.map_at_r, rtol=1e-12)
        halves = rng.permutation(np.arange(n) % 2)
        plain = sample_retrieval(code, halves, dtype=dtype)
        turned = sample_retrieval(code @ rotation, halves, dtype=dtype)
        np.testing.assert_allclose(turned.map_at_r, plain.map_at_r, rtol=1e-12)
    cloud = rng.normal(size=(400, 20))
    labels = rng.integers(0, 5, 400)
    expected = sample_retrieval(cloud, labels).map_at_r
    kept = sample_retrieval(cloud, labels, ties="position").map_at_r
    assert abs(expected.mean() - kept.mean()) < 1e-5


@pytest.mark.parametrize("n", [9, 70, 1001])
def test_identical_embeddings_are_alike_to_every_sample(n):
    rng = np.random.default_rng(n)
    vectors = rng.normal(size=(4, 37)).astype(np.float32)
    kind = np.concatenate([np.arange(4), rng.integers(0, 4, n - 4)])
    labels = rng.integers(0, 3, n)
    found = sample_retrieval(vectors[kind], labels)
    moved = rng.permutation(n)
    again = sample_retrieval(vectors[kind][moved], labels[moved])
    np.testing.assert_allclose(again.precision_at_1, found.precision_at_1[moved], rtol=1e-12)
    for i in range(n):
        same = [j for j in range(n) if kind[j] == kind[i] and j != i]
        if same and sum(labels == labels[i]) > 1:
            wanted = np.mean(labels[same] == labels[i])
            assert found.precision_at_1[i] == pytest.approx(wanted)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_duplicates_are_rows_alike_in_every_number(seed):
    rng = np.random.default_rng(seed)
    dtype = rng.choice(["float32", "float64"])
    rows = (rng.integers(-1, 2, (20, int(rng.integers(1, 4)))) * rng.choice([1.0, -1.0])).astype(
        dtype
    )
    found = Duplicates.of(rows)
    first = {}
    for i, row in enumerate(rows.tolist()):
        first.setdefault(tuple(x + 0.0 for x in row), i)
    wanted = {
        i: first[tuple(x + 0.0 for x in row)]
        for i, row in enumerate(rows.tolist())
        if first[tuple(x + 0.0 for x in row)] != i
    }
    assert dict(zip(found.row.tolist(), found.first.tolist())) == wanted


OPTIONS = {"intervals": False, "hs_k": (1, 3, 10), "k": (1, 2, 5)}


def few_valued(seed, n=40):
    """Scores, embeddings and representatives of few values, and labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 8, n)
    scores = rng.integers(0, 3, (n, 8)).astype(float)
    scores[: n // 4] = np.eye(8)[rng.integers(0, 8, n // 4)]  # one-hot
    scores[-2:] = 0.0
    return rng, labels, scores, codes(seed, n), codes(seed + 1, 8)


def told(found):
    frame = found.scores.set_index(["score", "level", "k"])
    return frame[["value", "n_classes", "status"]].sort_index()


def assert_same(found, other):
    a, b = told(found), told(other)
    assert list(a.index) == list(b.index)
    assert list(a["status"]) == list(b["status"])
    np.testing.assert_allclose(b["value"].astype(float), a["value"].astype(float), rtol=1e-11)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("variant", HP_VARIANTS)
def test_no_score_depends_on_names_or_orders(seed, variant):
    rng, labels, scores, embeddings, vectors = few_valued(seed)
    options = OPTIONS | {"hp_variant": variant}
    p = Predictions(labels, scores, NAMES, embeddings=embeddings)
    found = evaluate(p, TREE, **options)
    reading = ht.ClassRepresentatives(vectors, NAMES)
    nearest = evaluate(p, TREE, representatives=reading, metric="raw_euclidean", **options)
    for _ in range(3):
        rows, columns = rng.permutation(labels.size), rng.permutation(8)
        other = dict(zip(NAMES, rng.permutation([f"class {i}" for i in range(8)]).tolist()))
        tree = ht.rename_classes(TREE, other)
        names = [other[NAMES[c]] for c in columns]
        q = Predictions(
            np.argsort(columns)[labels[rows]],
            scores[rows][:, columns],
            names,
            embeddings=embeddings[rows],
        )
        assert_same(found, evaluate(q, tree, **options))
        turned = ht.ClassRepresentatives(vectors[columns], names)
        again = evaluate(q, tree, representatives=turned, metric="raw_euclidean", **options)
        assert_same(nearest, again)


def test_probabilities_batches_and_dropped_classes_keep_the_expectation():
    rng, labels, scores, embeddings, _ = few_valued(3)
    scores += 0.5
    scores /= scores.sum(axis=1, keepdims=True)
    kind = {"score_kind": "probability"}
    p = Predictions(labels, scores, NAMES, embeddings=embeddings, **kind)
    found = evaluate(p, TREE, **OPTIONS)
    columns = rng.permutation(8)
    other = dict(zip(NAMES, NAMES[::-1]))
    names = [other[NAMES[c]] for c in columns]
    inverse = np.argsort(columns)
    q = Predictions(inverse[labels], scores[:, columns], names, embeddings=embeddings, **kind)
    assert_same(found, evaluate(q, ht.rename_classes(TREE, other), **OPTIONS))
    assert found.value("expected_calibration_error") >= 0
    parts = []
    for rows in np.split(rng.permutation(labels.size), [7, 9, 30]):
        part = Evaluator(TREE, **OPTIONS)
        part.update(labels[rows], scores[rows], NAMES, embeddings=embeddings[rows], **kind)
        parts.append(part)
    parts[2].merge(parts[0])
    parts[2].merge(parts[3])
    parts[2].merge(parts[1])
    merged = parts[2].result()
    assert_same(found, merged)
    for name in ("per_class", "per_node"):
        a, b = getattr(found, name), getattr(merged, name)
        np.testing.assert_allclose(a["n_predicted"], b["n_predicted"], rtol=1e-12)
    assert found.confusions.equals(merged.confusions)
    # A class that the tree lacks goes with its samples and its scores, as if it had never been.
    small = ht.restrict(TREE, NAMES[:-1])
    kept = labels < 7
    less = Predictions(labels[kept], scores[kept][:, :-1], NAMES[:-1], embeddings=embeddings[kept])
    dropped = Predictions(labels, scores, NAMES, embeddings=embeddings)
    assert_same(
        evaluate(less, small, **OPTIONS), evaluate(dropped, small, on_missing="drop", **OPTIONS)
    )


def test_tied_shares_of_a_saved_evaluation_come_back():
    _, labels, scores, _, _ = few_valued(4)
    found = evaluate(Predictions(labels, scores, NAMES), TREE, **OPTIONS)
    again = ht.Evaluation.from_dict(found.to_dict())
    assert again.confusion_matrix().equals(found.confusion_matrix())
    matrix = found.confusion_matrix().loc[list(NAMES), list(NAMES)]
    np.testing.assert_allclose(matrix.sum(axis=1), found.per_class["n"], rtol=1e-12)
    np.testing.assert_allclose(matrix.sum(axis=0), found.per_class["n_predicted"], rtol=1e-12)
    assert found.per_class["n"].dtype == np.int64


def test_one_hot_scores_of_mesoz_keep_their_scores_when_classes_are_renamed():
    tree = ht.datasets.load_paper_tree("mesoz")
    c = tree.n_classes
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(c), 3)
    hot = np.eye(c)[
        np.where(rng.random(labels.size) < 0.6, labels, rng.integers(0, c, labels.size))
    ]
    found = []
    for turn in range(5):
        order = rng.permutation(c) if turn else np.arange(c)
        other = {name: f"class {place:02d}" for name, place in zip(tree.classes, order.tolist())}
        named = ht.rename_classes(tree, other)
        p = Predictions(labels, hot, [other[name] for name in tree.classes])
        found.append(evaluate(p, named, intervals=False))
    score = "hierarchical_precision_at_k"
    values = [each.value(score, k=5) for each in found]
    np.testing.assert_allclose(values, values[0], rtol=1e-12)
    for each in found[1:]:
        assert_same(found[0], each)
    # Four of the first five are any of the 51 other classes.
    t = ht.path_distances(tree)
    inside = t <= np.sort(t, axis=1)[:, [4]]
    first = hot.argmax(axis=1)
    near = inside[labels, first].astype(int)
    rest = (inside[labels].sum(axis=1) - near) * 4 / (c - 1)
    assert values[0] == pytest.approx(np.mean((near + rest) / 5))


@pytest.mark.parametrize("most", [1, 2, 5])
def test_samples_of_one_kind_are_looked_at_once(most):
    rng = np.random.default_rng(most)
    labels = rng.integers(0, 8, 300)
    first = FirstPredictions.of(*ranking(rng.integers(0, most, (300, 8)), 2))
    one, own, kind = first.distinct(labels)
    assert (one.number.size < 300) == (first.predicted.size >= 1200)
    starts = np.cumsum(first.number) - first.number
    begin = np.cumsum(one.number) - one.number
    for i in range(300):
        k = kind[i]
        assert own[k] == labels[i]
        mine = first.predicted[starts[i] : starts[i] + first.number[i]]
        assert mine.tolist() == one.predicted[begin[k] : begin[k] + one.number[k]].tolist()
    cost = rng.random((8, 8))
    each = first.mean(cost[labels[first.sample], first.predicted])
    np.testing.assert_array_equal(one.mean(cost[own[one.sample], one.predicted])[kind], each)
    with_kinds, plain = Collector(300), Collector(300)
    with_kinds.shares(one.predicted, 8, one.number, kind)
    plain.shares(first.predicted, 8, first.number)
    a, b = with_kinds.finish().counts.toarray(), plain.finish().counts.toarray()
    np.testing.assert_array_equal(a, b)
