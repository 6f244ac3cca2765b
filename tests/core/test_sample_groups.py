"""Samples that belong together, and samples that count more than others."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import hiertools as ht
from hiertools.cli import run
from hiertools.errors import OptionError, PredictionsError
from hiertools.evaluation.belonging import balanced_weights
from hiertools.inference.bootstrap import bootstrap, resampled
from hiertools.inference.clusters import group_interval, small_sample
from hiertools.inference.contributions import Collector
from hiertools.inference.formulas import ONES, Macro, Parts, Ratio
from hiertools.inference.swaps import paired_test, sign_patterns

pytestmark = pytest.mark.arithmetic()

NAMES = tuple("abcdef")
TREE = ht.ClassTree.from_newick("(((a,b)x,c)v,((d,e)z,f)w);")
FEW = {"k": (1, 2), "hs_k": 2, "n_bootstrap": 30, "permutations": 99}
COLUMNS = ["value", "ci_low", "ci_high"]


def drawn(seed, n=40, groups=8):
    """Return labels, probabilities, groups of unlike sizes, and weights."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, n)
    of = np.concatenate([np.arange(groups), rng.integers(0, groups, n - groups) // 2])
    skill = rng.uniform(0, 4, groups)[of]
    scores = rng.random((n, 6)) + skill[:, None] * np.eye(6)[labels] * rng.integers(0, 2, (n, 1))
    return labels, scores / scores.sum(axis=1, keepdims=True), of, rng.choice([0.5, 1, 3], n)


def made(seed, **changes):
    labels, scores, of, weights = drawn(seed)
    fields = {"groups": [f"g{i}" for i in of], "weights": weights, **changes}
    return ht.Predictions(labels, scores, NAMES, score_kind="probability", **fields)


def part(p, rows, **changes):
    fields = {
        name: None if getattr(p, name) is None else getattr(p, name)[rows]
        for name in ("scores", "ranked", "embeddings", "groups", "weights")
    }
    return ht.Predictions(
        p.labels[rows], classes=p.classes, score_kind=p.score_kind, **{**fields, **changes}
    )


def assert_same(one, other, columns=COLUMNS, exact=True):
    a, b = (found.scores[columns].to_numpy(float) for found in (one, other))
    np.testing.assert_allclose(a, b, rtol=0 if exact else 1e-9, atol=0 if exact else 1e-9)


# ---- what counts how much


@pytest.mark.parametrize("balanced", [False, True])
def test_weighted_scores_are_their_definitions(balanced):
    labels, scores, _, w = drawn(3)
    found = ht.evaluate(made(3), TREE, balanced=balanced, intervals=False, **FEW)
    if balanced:
        w = np.array([w[i] / sum(w[j] for j in range(40) if labels[j] == labels[i])
                      for i in range(40)])  # fmt: skip
    said = scores.argmax(axis=1)
    far = [[0, 2, 3, 6, 6, 5], [2, 0, 3, 6, 6, 5], [3, 3, 0, 5, 5, 4],
           [6, 6, 5, 0, 2, 3], [6, 6, 5, 2, 0, 3], [5, 5, 4, 3, 3, 0]]  # fmt: skip
    cost = np.array([far[y][p] for y, p in zip(labels, said)])
    right = labels == said
    assert found.value("accuracy") == pytest.approx(sum(w * right) / sum(w))
    assert found.value("average_hierarchical_cost") == pytest.approx(sum(w * cost) / sum(w))
    severity = sum(w * cost) / sum(w * ~right)
    assert found.value("mistake_severity") == pytest.approx(severity)
    recalls = [sum(w * right * (labels == c)) / sum(w[labels == c]) for c in range(6)]
    assert found.value("recall_macro") == pytest.approx(np.mean(recalls))
    precisions = [sum(w * right * (said == c)) / sum(w[said == c]) for c in range(6)]
    assert found.value("precision_macro") == pytest.approx(np.mean(precisions))
    gaps = {}
    for i in range(40):
        place = min(int(scores[i].max() * 15), 14)
        gaps[place] = gaps.get(place, 0.0) + w[i] * (right[i] - scores[i].max())
    error = sum(map(abs, gaps.values())) / sum(w)
    assert found.value("expected_calibration_error") == pytest.approx(error)
    if balanced:  # each class counts the same
        assert found.value("accuracy") == pytest.approx(np.mean(recalls))
    assert any("tables of classes" in note for note in found.notes)
    assert found.per_class["n"].tolist() == np.bincount(labels, minlength=6).tolist()


def test_whole_weights_are_so_many_samples_alike():
    p = made(4, weights=np.arange(40) % 4)
    found = ht.evaluate(p, TREE, intervals=False, **FEW)
    again = part(p, np.repeat(np.arange(40), np.arange(40) % 4), weights=None)
    expected = ht.evaluate(again, TREE, intervals=False, **FEW)
    of = ~found.scores["score"].str.contains("debiased")  # which knows how many are known
    a, b = found.scores.loc[of, "value"], expected.scores.loc[of, "value"]
    np.testing.assert_allclose(a.to_numpy(), b.to_numpy(), rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"balanced": True}])
def test_the_curve_of_similarity_is_that_of_its_scores(options):
    p = made(6)
    rng = np.random.default_rng(0)
    held = ht.Predictions(
        p.labels, p.scores, p.classes, weights=p.weights, embeddings=rng.normal(size=(40, 3))
    )
    found = ht.evaluate(held, TREE, intervals=False, k=1, hs_k=(1, 4, 9), **options)
    curve = found.similarity_curve.set_index("k")["value"]
    for k in (1, 4, 9):
        wanted = found.value("hierarchical_similarity_at_k", k=k)
        assert curve[k] == pytest.approx(wanted, rel=1e-12)


def test_only_the_ratios_of_weights_matter():
    p = made(5)
    one = ht.evaluate(p, TREE, **FEW)
    assert_same(one, ht.evaluate(part(p, slice(None), weights=4 * p.weights), TREE, **FEW))
    other = ht.evaluate(part(p, slice(None), weights=1e-3 * p.weights), TREE, **FEW)
    assert_same(one, other, exact=False)
    w = balanced_weights(p.labels, p.weights, False)
    assert w.sum() == pytest.approx(p.weights.sum() ** 2 / (p.weights**2).sum())


@pytest.mark.parametrize("intervals", [False, True])
def test_what_says_nothing_changes_nothing(intervals):
    p = made(6, groups=None, weights=None)
    q = made(7, groups=None, weights=None)
    q = ht.Predictions(p.labels, q.scores, NAMES, score_kind="probability")
    plain = ht.evaluate({"a": p, "b": q}, TREE, intervals=intervals, **FEW)
    told = ht.evaluate({"a": p, "b": q}, TREE, groups=np.arange(40), weights=[0.3] * 40,
                       intervals=intervals, **FEW)  # fmt: skip
    for name in "ab":
        assert_same(plain[name], told[name])
    pd.testing.assert_frame_equal(plain.differences, told.differences)
    assert "each sample is a group of its own, so that groups change nothing." in told["a"].notes
    assert "all weights are equal, so that they change nothing." in told["a"].notes
    even = ht.Predictions([0, 1, 2] * 4, np.eye(6)[[0, 1, 1] * 4], NAMES)
    one, other = (ht.evaluate(even, TREE, balanced=b, **FEW) for b in (False, True))
    assert_same(one, other)
    assert "all classes have as many samples, so that balanced= changes nothing." in other.notes


# ---- intervals


def shares_matrix(shares):
    """Return the matrix of the sum of squared deviations, as a quadratic form of groups."""
    a = np.array(shares) / sum(shares)
    deviation = np.eye(len(a)) - np.outer(np.ones(len(a)), a)
    return deviation.T @ np.diag(a**2) @ deviation, (a**2).sum()


def literal_worth(columns):
    forms = [shares_matrix(column) for column in columns]
    trace = sum(np.trace(b) for b, _ in forms)
    freedom = trace**2 / sum((b * b).sum() for b, _ in forms)
    whole, _ = shares_matrix(np.sum(columns, axis=0))
    freedom = min(freedom, np.trace(whole) ** 2 / (whole * whole).sum())
    return 1 + freedom, sum(s for _, s in forms) / trace


def parts(columns):
    size = len(columns[0])
    return Parts(
        np.tile(np.arange(size), len(columns)),
        np.repeat(np.arange(len(columns)), size),
        np.concatenate(columns).astype(float),
    )


@pytest.mark.parametrize(
    "columns",
    [[[1, 1, 1, 1]], [[5, 1, 2, 9, 0.5]], [[1, 2, 3], [4, 1, 2]], [[1, 0, 2, 3], [2, 2, 0, 1]]],
)
def test_what_groups_are_worth(columns):
    worth, lacking = small_sample(parts(columns))
    assert (worth, lacking) == pytest.approx(literal_worth(columns))
    more = [[*column, 0] for column in columns]  # a group that says nothing
    assert small_sample(parts(more)) == pytest.approx((worth, lacking))


def test_a_variance_over_groups_is_right_on_average():
    """Groups of unlike sizes whose samples are all alike: what lacks is what is corrected."""
    rng = np.random.default_rng(0)
    sizes = np.array([1, 1, 2, 3, 5])
    a = sizes / sizes.sum()
    x = rng.normal(size=(20_000, 5))
    mean = x @ a
    seen = ((x - mean[:, None]) ** 2 * a**2).sum(axis=1) * small_sample(parts([sizes])).lacking
    assert seen.mean() == pytest.approx(mean.var(), rel=0.03)


def of_groups(seed, n=60, groups=10):
    rng = np.random.default_rng(seed)
    of = np.concatenate([np.arange(groups), rng.integers(0, groups, n - groups)])
    right = (rng.random(n) < rng.beta(1, 1, groups)[of]).astype(float)
    collect = Collector(n)
    collect.add_mean("x", 1, right, bounds=(0.0, 1.0))
    wrong = collect.column(1 - right)
    far = collect.column((1 - right) * rng.choice([2, 6], n))
    collect.add("y", 1, Ratio(far, wrong, few=True), bounds=(2.0, 6.0))
    return collect.finish(), of


def ends(value, error, worth, bounds, at_most, level=0.9):
    """Clopper and Pearson's interval for as many trials as have the error."""
    low, high = bounds
    share = (value - low) / (high - low)
    trials = share * (1 - share) / (error / (high - low)) ** 2
    tail = 0.5 + level / 2
    trials *= (stats.norm.ppf(tail) / stats.t.ppf(tail, worth - 1)) ** 2
    trials = min(trials, at_most)
    hits = trials * share
    return (
        low + (high - low) * stats.beta.ppf(1 - tail, hits, trials - hits + 1),
        low + (high - low) * stats.beta.ppf(tail, hits + 1, trials - hits),
    )


@pytest.mark.parametrize("seed", range(6))
def test_an_interval_over_groups_is_its_definition(seed):
    samples, of = of_groups(seed)
    groups = samples.together(of)
    n = of.max() + 1
    drawn = bootstrap(groups, 50, seed)
    times = resampled(n, 0, 50, seed)
    for place, (top, bottom) in enumerate(((1, 0), (3, 2))):
        x = np.array([samples.numbers[of == g, top].sum() for g in range(n)])
        w = np.array([samples.numbers[of == g, bottom].sum() for g in range(n)])
        value = x.sum() / w.sum()
        again = (times.T @ x) / (times.T @ w)
        np.testing.assert_allclose(drawn[place], again)
        worth, lacking = literal_worth([w[w > 0]])
        error = again.std(ddof=1) * math.sqrt(lacking)
        statistic = samples.statistics[place]
        low, high = statistic.bounds
        at_most = w.sum() if place == 0 else math.inf  # no more trials than samples
        for side in (x - low * w, high * w - x):
            if side.sum() ** 2 / (side**2).sum() < 4:
                at_most = min(at_most, worth)
        found = group_interval(samples, groups, statistic, value, drawn[place], 0.9)
        if worth < 3:
            assert found[0] != found[0]
            assert "equal ones, and takes 3" in found[2]
            continue
        expected = ends(value, error, worth, statistic.bounds, at_most)
        assert found[:2] == pytest.approx(expected)
        assert found[2] == ""


def test_too_few_groups_have_no_interval():
    labels = [0, 1, 2, 3] * 4
    p = ht.Predictions(labels, np.eye(6)[[0, 1, 1, 3] * 4], NAMES, groups=[0] * 8 + [1] * 8)
    scores = ht.evaluate(p, TREE, **FEW).scores.set_index("score")
    row = scores.loc["average_hierarchical_cost"]
    assert math.isnan(row["ci_low"])
    assert row["note"] == "no interval: it is of 2 groups, worth 2 equal ones, and takes 3"
    # All groups agree: each is one toss, and four tosses of four tell no more.
    p = ht.Predictions(labels, np.eye(6)[labels], NAMES, groups=np.arange(16) // 4)
    scores = ht.evaluate(p, TREE, **FEW).scores.set_index("score")
    assert scores.loc["hierarchical_f1", "ci_low"] == pytest.approx(0.025 ** (1 / 4))


# ---- two models


def two(seed, groups=7, n=40):
    rng = np.random.default_rng(seed)
    of = np.concatenate([np.arange(groups), rng.integers(0, groups, n - groups)])
    label = rng.integers(0, 3, n)
    built = []
    for _ in range(2):
        right = rng.random(n) < rng.beta(2, 1, groups)[of]
        said = np.where(right, label, (label + rng.integers(1, 3, n)) % 3)
        collect = Collector(n)
        collect.add("mean", 1, Ratio(collect.column(said == label), ONES))
        y, p = collect.bins(label, 3), collect.bins(said, 3)
        both = collect.bins(label, 3, said == label)
        for what in ("recall", "precision", "f1"):
            collect.add(what, 3, Macro(y, p, both, what))
        built.append((collect.finish(), label, said))
    return built, of


def literal_value(what, label, said):
    if what == "mean":
        return np.mean(label == said)
    values = []
    for c in range(3):
        hit, y, p = np.sum((label == c) & (said == c)), np.sum(label == c), np.sum(said == c)
        n = {"recall": y, "precision": p, "f1": (y + p) / 2}[what]
        values.append(hit / n if n else 0.0)
    return np.mean(values)


def literal_moves(what, label, said, of):
    """Return what each group adds: how far it moves the score, to first order."""
    n = of.max() + 1
    if what == "mean":
        d = (label == said) - np.mean(label == said)
        return np.array([d[of == g].sum() / label.size for g in range(n)])
    moved = np.zeros(n)
    for c in range(3):
        y, p = label == c, said == c
        below = {"recall": y * 1.0, "precision": p * 1.0, "f1": (y * 1.0 + p) / 2}[what]
        value = (y & p).sum() / below.sum()
        d = ((y & p) - value * below) / below.sum() / 3
        moved += [d[of == g].sum() for g in range(n)]
    return moved


@pytest.mark.parametrize("seed", range(3))
def test_the_test_of_two_models_swaps_whole_groups(seed):
    ((a, label, one), (b, _, other)), of = two(seed)
    found = paired_test(a.together(of), b.together(of), 999, 0)
    n = of.max() + 1
    for place, what in enumerate(("mean", "recall", "precision", "f1")):
        if found.note[place].startswith("no test"):
            assert "fewer than 5 groups" in found.note[place]
            continue
        sizes = []
        for signs in itertools.product((False, True), repeat=n):
            swap = np.array(signs)[of]
            mine, its = np.where(swap, other, one), np.where(swap, one, other)
            d = literal_value(what, label, mine) - literal_value(what, label, its)
            moves = literal_moves(what, label, mine, of) - literal_moves(what, label, its, of)
            m = n
            if what == "mean":
                counts = np.bincount(of)
                m = counts.sum() ** 2 / (counts**2).sum()
            sizes.append(abs(d) / math.sqrt((moves**2).sum() * m / (m - 1)))
        p = np.mean(np.array(sizes) >= sizes[0] * (1 - 1e-9))
        if what in ("mean", "recall"):
            assert found.p_value[place] == pytest.approx(p)
        else:  # Student's t for the degrees of freedom of few groups, where it says more
            assert found.p_value[place] >= p - 1e-12
        assert found.difference[place] == pytest.approx(
            literal_value(what, label, one) - literal_value(what, label, other)
        )


def test_a_test_knows_how_few_groups_there_are():
    labels = np.array([0, 1, 2, 3, 4, 5] * 6)
    of = np.arange(36) // 9
    right = ht.Predictions(labels, np.eye(6)[labels], NAMES, groups=of)
    wrong = ht.Predictions(labels, np.eye(6)[(labels + 1) % 6], NAMES, groups=of)
    frame = ht.evaluate({"a": right, "b": wrong}, TREE, **FEW).differences.set_index("score")
    cost = frame.loc["average_hierarchical_cost"]
    assert cost["p_value"] == 2 / 2**4
    assert cost["note"] == "no interval: the models differ on 4 groups"
    same = ht.evaluate({"a": right, "b": right}, TREE, **FEW).differences
    assert set(same["note"]) == {"no test: both models say the same of every group"}
    assert sign_patterns(4, 0, 16).shape == (4, 16)


# ---- nothing that is not information decides


def renamed(p, classes, groups):
    return ht.Predictions(
        [classes[p.classes[i]] for i in p.labels], p.scores, [classes[c] for c in p.classes],
        score_kind="probability", groups=[groups[g] for g in p.groups], weights=p.weights,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [8, 9])
def test_neither_order_nor_names_decide(seed):
    p = made(seed)
    q = ht.Predictions(p.labels, made(seed + 50).scores, NAMES, score_kind="probability",
                       groups=p.groups, weights=p.weights)  # fmt: skip
    whole = ht.evaluate({"p": p, "q": q}, TREE, balanced=True, **FEW)
    order = np.random.default_rng(seed).permutation(40)
    turned = dict(zip(NAMES, "fedcba"))
    groups = {f"g{i}": f"site {(3 * i + 1) % 8}" for i in range(8)}
    tree = ht.ClassTree.from_newick("(((f,e)x,d)v,((c,b)z,a)w);")
    others = [
        (TREE, part(p, order), part(q, order)),
        (tree, renamed(p, turned, groups), renamed(q, turned, groups)),
    ]
    for other_tree, one, other in others:
        found = ht.evaluate({"q": other, "p": one}, other_tree, balanced=True, **FEW)
        for name in "pq":
            assert_same(whole[name], found[name], ["ci_low", "ci_high"], exact=False)
            assert_same(whole[name], found[name], ["value"], exact=False)
        keys = ["p_value", "p_holm"]
        a, b = whole.differences[keys].to_numpy(), found.differences[keys].to_numpy()
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_batches_and_merged_workers_give_the_same_bits():
    p = made(10)
    whole = ht.evaluate(p, TREE, balanced=True, **FEW)
    options = {**FEW, "balanced": True}
    streamed, one, other = (ht.Evaluator(TREE, **options) for _ in range(3))
    pieces = np.array_split(np.random.default_rng(0).permutation(40), 4)
    for number, rows in enumerate(pieces):
        streamed.update(part(p, rows))
        bare = part(p, rows, groups=None, weights=None)
        (one, other)[number % 2].update(bare, groups=p.groups[rows], weights=p.weights[rows])
    other.merge(one)
    for found in (streamed.result(), other.result()):
        assert_same(whole, found)
        assert found.notes == whole.notes


def test_embeddings_have_values_with_weights_and_intervals_with_groups():
    p = made(11)
    vectors = np.random.default_rng(0).normal(size=(40, 3))
    one = part(p, slice(None), embeddings=vectors, weights=None)
    row = ht.evaluate(one, TREE, **FEW).scores.set_index("score").loc["precision_at_1"]
    assert row["ci_low"] <= row["value"] <= row["ci_high"]
    found = ht.evaluate(part(p, slice(None), embeddings=vectors), TREE, **FEW)
    row = found.scores.set_index("score").loc["precision_at_1"]
    near = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = near @ near.T - 3 * np.eye(40)
    right = p.labels[alike.argmax(axis=1)] == p.labels
    assert row["value"] == pytest.approx(np.average(right, weights=p.weights))
    assert row["note"].endswith("no interval: samples have no weights as neighbours of others")


# ---- where groups and weights come from


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    p = made(12)
    frame = pd.DataFrame(p.scores, columns=list(NAMES))
    frame.insert(0, "label", [NAMES[i] for i in p.labels])
    frame["site"] = [f"0{g[1:]}" for g in p.groups]
    frame["count"] = p.weights
    frame.to_csv("p.csv", index=False)
    p.save("p.npz")
    (tmp_path / "t.nwk").write_text("(((a,b)x,c)v,((d,e)z,f)w);")
    return p, frame


def test_columns_arrays_and_lists_say_the_same(files):
    p, frame = files
    options = {**FEW, "score_kind": "probability"}
    expected = ht.evaluate(p, TREE, **FEW)
    for source, given in (
        (frame, {"groups": "site", "weights": "count"}),
        ("p.csv", {"groups": "site", "weights": "count"}),
        (frame.drop(columns=["site", "count"]), {"groups": p.groups, "weights": list(p.weights)}),
        ("p.npz", {}),
        ("p.npz", {"groups": "groups", "weights": "weights"}),
    ):
        found = ht.evaluate(source, TREE, **given, **options)
        assert_same(expected, found, exact=isinstance(source, pd.DataFrame))
        assert found.notes == expected.notes
    assert ht.read_predictions("p.csv", groups="site", weights="count").groups[0] == "00"
    assert repr(ht.read_predictions("p.npz")).endswith("probabilities, 8 groups, weights)")


def test_the_command_line_takes_columns(files, capsys):
    tokens = ["evaluate", "p.csv", "t.nwk", "--score-kind", "probability", "--balanced"]
    assert run([*tokens, "--groups", "site", "--weights", "count", "--save", "r.json"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "samples belong together in 8 groups" in told
    assert "count as weights= and balanced= has it" in told
    assert_same(
        ht.read_result("r.json"),
        ht.evaluate("p.csv", TREE, score_kind="probability", groups="site", weights="count",
                    balanced=True),
    )  # fmt: skip
    assert run([*tokens, "--groups", "sites"]) == 2
    assert "'sites' is no column for groups=" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"groups": ["a"] * 39}, r"one entry a sample; got 39, and there are 40 samples\."),
        ({"groups": ["a"] * 41}, r"one entry a sample; got 41, and there are 40 samples\."),
        ({"groups": ["a"] * 39 + [""]}, "sample 39 has none; give a sample that belongs to no"),
        ({"groups": ["a", None] * 20}, "sample 1 has none"),
        ({"groups": pd.array([1, 2, None, 2] * 10, dtype="Int64")}, "sample 2 has none"),
        ({"groups": ["a", "b\0"] * 20}, r"groups: the name 'b\\x00' holds a zero byte"),
        ({"groups": [1.5] * 40}, "text or whole numbers, but that of sample 0 is 1.5"),
        ({"groups": [["a"] * 40]}, r"shape \(1,\); got \(1, 40\)"),
        ({"groups": ["a"] * 40}, "all 40 samples are of one group, 'a', and nothing tells"),
        ({"groups": "site"}, "groups='site' names a column, and the predictions are no table"),
        ({"weights": [1.0] * 38}, "one entry a sample; got 38"),
        ({"weights": [1.0] * 39 + [-1.0]}, r"1 of 40 are not, first that of sample 39 \(-1\)"),
        ({"weights": [np.nan] * 40}, r"40 of 40 are not, first that of sample 0 \(nan\)"),
        ({"weights": [0.0] * 40}, "every sample has weight 0"),
        ({"weights": ["a"] * 40}, "weights must be numbers"),
    ],
)
def test_wrong_groups_and_weights(fields, message):
    with pytest.raises((PredictionsError, OptionError), match=message):
        ht.evaluate(made(0, groups=None, weights=None), TREE, intervals=False, **fields)


def test_contradictions(files):
    p, frame = files
    with pytest.raises(OptionError, match="the predictions have groups; leave it out"):
        ht.evaluate(p, TREE, groups=np.arange(40))
    with pytest.raises(OptionError, match="'label' is no column for groups=; there are 'a',"):
        ht.evaluate(frame, TREE, groups="label")
    with pytest.raises(OptionError, match="groups= and weights= name one column, 'count'"):
        ht.evaluate(frame, TREE, groups="count", weights="count")
    with pytest.raises(OptionError, match=r"p.npz: has no array 'site' for groups=, only"):
        ht.evaluate("p.npz", TREE, groups="site")
    bare = part(p, slice(None), groups=None)
    with pytest.raises(PredictionsError, match="'a' has groups and 'b' none; give groups="):
        ht.evaluate({"a": p, "b": bare}, TREE)
    other = part(p, slice(None), weights=p.weights[::-1])
    with pytest.raises(PredictionsError, match="the weights of 'a' and 'b' differ in"):
        ht.evaluate({"a": p, "b": other}, TREE)
    evaluator = ht.Evaluator(TREE)
    evaluator.update(p)
    evaluator.update(bare)
    with pytest.raises(PredictionsError, match="1 of 2 batches have groups"):
        evaluator.result()


def test_classes_that_weigh_the_same_once_balanced_weigh_the_same_to_the_last_digit():
    labels = np.repeat([0, 1], 3)
    weights = np.repeat([0.1, 0.7], 3)  # 0.1 + 0.1 + 0.1 is no 0.3
    assert balanced_weights(labels, weights, balanced=True) is None
    p = ht.Predictions(labels, np.random.default_rng(0).dirichlet(np.ones(6), 6), NAMES,
                       score_kind="probability", weights=weights)  # fmt: skip
    options = {**FEW, "balanced": True, "summed": True, "k": 1}
    even = ht.Predictions(labels, p.scores, NAMES, score_kind="probability")
    score = "classwise_calibration_error"
    found, plain = (ht.evaluate(each, TREE, **options).value(score) for each in (p, even))
    assert found == plain
