"""The test of two models and its interval are their definitions, written out sample by sample."""

import itertools
import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

from hiertools.inference.contributions import Collector
from hiertools.inference.formulas import BinnedError, Macro, Ratio
from hiertools.inference.standard_errors import Swaps, _satterthwaite, error_of
from hiertools.inference.swaps import paired_test, sign_patterns, swapped

pytestmark = pytest.mark.arithmetic()

NAN = math.nan
GROUPS = 3


# ---- scores of one model, a list of samples: (x, weight), or (label, share of each group)


def ratio(model):
    whole = sum(w for _, w in model)
    return sum(x for x, _ in model) / whole if whole else NAN


def ratio_influences(model):
    whole = sum(w for _, w in model)
    return [(x - ratio(model) * w) / whole for x, w in model]


def informed(model):
    return sum(w for _, w in model) ** 2 / sum(w * w for _, w in model)


def by_group(model, what):
    """Return the groups that occur: their shares, and what these are shares of."""
    told = {}
    for g in range(GROUPS):
        y = sum(label == g for label, _ in model)
        p = sum(said[g] for _, said in model)
        n = {"precision": p, "recall": y, "f1": (y + p) / 2}[what]
        if y + p > 0:
            told[g] = sum(said[g] for label, said in model if label == g) / n if n else 0.0, n
    return told


def macro(model, what):
    told = by_group(model, what)
    return sum(share for share, _ in told.values()) / len(told)


def macro_influences(model, what):
    told = by_group(model, what)
    moved = []
    for label, said in model:
        share, n = told[label]
        right = said[label] / n if n else 0.0
        predicted = right - sum(said[g] * told[g][0] / told[g][1] for g in told if told[g][1])
        of_label = (said[label] - share) / n if n else 0.0
        each = {"recall": right, "precision": predicted, "f1": (of_label + predicted) / 2}
        moved.append(each[what] / len(told))
    return moved


# ---- the squared error of a difference, and Student's degrees of freedom


def mean_error(a, b):
    apart = [x - y for (x, _), (y, _) in zip(a, b)]
    return np.var(apart, ddof=1) / len(a)


def ratio_parts(a, b, few):
    each, sizes = [ratio_influences(m) for m in (a, b)], [informed(m) for m in (a, b)]
    spread = [sum(i * i for i in one) for one in each]
    variances = [s * n / (n - 1) if n > 1 else NAN for s, n in zip(spread, sizes)]
    if few:
        weights = [sum(w for _, w in m) ** 2 for m in (a, b)]
        pooled = sum(s * w for s, w in zip(spread, weights)) / (sum(sizes) - 2)
        variances = [v if v != v else max(v, pooled / n) for v, n in zip(variances, sizes)]
    return variances, sizes, sum(x * y for x, y in zip(*each))


def ratio_error(a, b, few=False):
    variances, _, both = ratio_parts(a, b, few)
    found = sum(variances) - 2 * both
    return 0.0 if found < 0 else found


def ratio_freedom(a, b, few=False):
    if not few and [w for _, w in a] == [w for _, w in b]:
        return math.inf
    variances, sizes, _ = ratio_parts(a, b, few)
    return sum(variances) ** 2 / sum(v * v / (n - 1) for v, n in zip(variances, sizes))


def macro_error(a, b, what):
    n = len(a)
    each = [macro_influences(model, what) for model in (a, b)]
    squares = sum((x - y) ** 2 for x, y in zip(*each)) * n / (n - 1)
    if what == "recall":
        return squares
    groups = [by_group(model, what) for model in (a, b)]
    for model, (mine, other) in zip((a, b), (groups, groups[::-1])):
        for g, (share, size) in mine.items():
            if not size:
                continue
            n, its = max(size, 1), max(other[g][1] if g in other else 0, 1)
            apart = min(sum(m[1][g] for m, x, y in zip(model, a, b) if x[1] != y[1]) / n, 1)
            apart = min(apart + (1 - apart) * (1 - n / its) ** 2, 1)
            lacking = max(two_more(share, n) - share * (1 - share) / n, 0)
            squares += apart * lacking / len(mine) ** 2
    return squares


def two_more(share, n):
    """The variance of a share of n, as if two more were right and two more wrong."""
    more = (share * n + 2) / (n + 4)
    return more * (1 - more) / n


def macro_freedom(a, b, what):
    if what == "recall":
        return math.inf
    above = below = 0.0
    for model in (a, b):
        for share, n in by_group(model, what).values():
            if n:
                v = two_more(share, n)
                above, below = above + v, below + v * v / n
    return above**2 / below


# ---- the test


def literal(a, b, value, error, freedom, patterns, level, span, unlike):
    """Return p-value and interval; `patterns` say for each sample whether it is swapped."""
    t = []
    for pattern in patterns:
        pairs = [(y, x) if s else (x, y) for x, y, s in zip(a, b, pattern)]
        one, two = zip(*pairs)
        d = value(one) - value(two)
        squares = NAN if math.isnan(d) else error(one, two)
        if abs(d) < 1e-9:
            t.append(0.0)
        else:  # what is undefined after a swap counts against the difference
            known = squares > 1e-15
            t.append(abs(d) / math.sqrt(squares) if known else math.inf)
    p = max(np.mean([x >= t[0] - 1e-7 for x in t]), 2.0 ** (1 - unlike))
    q = sorted(t, reverse=True)[int((1 - level) * len(t) + 1e-9)]
    if math.isfinite(freedom):
        p = max(p, 2 * stats.t.sf(t[0], freedom))
    d, se = value(a) - value(b), math.sqrt(error(a, b))
    if 2.0 ** (1 - unlike) > 1 - level or math.isinf(q):
        return p, NAN, NAN
    if math.isfinite(freedom):
        q = max(q, stats.t.ppf(0.5 + level / 2, freedom))
    return p, max(d - q * se, -span), min(d + q * se, span)


def every(n, differ):
    """Every way to swap the samples that differ, none of them first."""
    for chosen in itertools.product((False, True), repeat=len(differ)):
        yield [s in {d for d, c in zip(differ, chosen) if c} for s in range(n)]


def drawn(n, differ, count, seed):
    signs = swapped(len(differ), 0, count + 1, seed)
    signs[:, 0] = 1
    for column in signs.T:
        yield [s in set(np.array(differ)[column < 0].tolist()) for s in range(n)]


def collected(model, what, bounds, few=False):
    collect = Collector(len(model))
    if what in ("mean", "ratio"):
        x, w = zip(*model)
        top = collect.column(np.array(x))
        bottom = 0 if what == "mean" else collect.column(np.array(w))
        collect.add("score", 1, Ratio(top, bottom, few=few), bounds=bounds)
        return collect.finish()
    label = np.array([y for y, _ in model])
    said = np.array([p for _, p in model])
    tied = said > 0
    group = np.nonzero(tied)[1]
    y = collect.bins(label, GROUPS)
    if (tied.sum(axis=1) == 1).all():
        p = collect.bins(group, GROUPS)
    else:
        p = collect.shares(group, GROUPS, tied.sum(axis=1))
    both = collect.bins(label, GROUPS, said[np.arange(len(model)), label])
    collect.add("score", 1, Macro(y, p, both, what), bounds=bounds)
    return collect.finish()


def alike_but(rng, model, changed, new):
    """The same model, with new predictions of some samples."""
    other = list(model)
    for s in rng.permutation(len(model))[:changed].tolist():
        other[s] = new(model[s])
    return other


def pairs(what, seed):
    """Two models of few samples, some of which differ."""
    rng = np.random.default_rng(seed)
    n = 12
    if what in ("mean", "ratio", "few"):

        def one(_=None):
            if what == "few":
                return float(rng.choice([2, 4, 6])), 1.0
            return float(rng.normal()), 1.0 if what == "mean" else float(rng.integers(1, 4))

        a = [one() for _ in range(n)]
        b = alike_but(rng, a, 7, one)
        if seed == 4:  # weights alike
            b = [(x, w) for (x, _), (_, w) in zip(b, a)]
        elif what == "few":
            a = a + [(0.0, 0.0)] * 4
            b = [(0.0, 0.0) if s == 0 else m for s, m in enumerate(b)] + [(4.0, 1.0), *a[-3:]]
        return a, b

    groups = 2 if seed in (2, 3, 5) else GROUPS

    def said(label):
        right = rng.random() < 0.6
        first = label if right else int(rng.integers(groups))
        tied = {first, int(rng.integers(groups))} if seed % 2 else {first}
        return tuple(1 / len(tied) if g in tied else 0.0 for g in range(GROUPS))

    labels = rng.integers(0, groups, 30).tolist()
    a = [(y, said(y)) for y in labels]
    b = alike_but(rng, a, 12, lambda m: (m[0], said(m[0])))
    third = (1 / 3,) * GROUPS
    if seed == 3:  # a group of one sample, and of half of one
        a, b = [*a, (2, (0.0, 0.0, 1.0))], [*b, (2, (0.5, 0.0, 0.5))]
    if seed == 5:  # two thirds of a sample, half of which are right
        a, b = [*a, (2, (0.0, 0.0, 1.0)), (0, (1.0, 0.0, 0.0))], [*b, (2, third), (0, third)]
    return a, b


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("permutations", [255, 99])
@pytest.mark.parametrize("what", ["mean", "ratio", "few", "precision", "recall", "f1"])
def test_it_is_its_definition(what, permutations, level):
    tested = 0
    for seed in range(6):
        a, b = pairs(what, seed)
        few = what == "few"
        kind = "ratio" if few else what
        bounds = (-1.0, 6.0) if kind in ("mean", "ratio") else (0.0, 1.0)
        given = {"few": few} if kind == "ratio" else {"what": what} if kind != "mean" else {}
        value = ratio if kind in ("mean", "ratio") else partial(macro, what=what)
        error = {"mean": mean_error, "ratio": ratio_error}.get(kind, macro_error)
        error = partial(error, **given)
        freedom = {"mean": lambda *_: math.inf, "ratio": ratio_freedom}.get(kind, macro_freedom)
        degrees = freedom(a, b, **given)
        left, right = (collected(m, kind, bounds, few) for m in (a, b))
        differ = [s for s in range(len(a)) if a[s] != b[s]]
        assert len(differ) > 2
        if 2 ** len(differ) <= permutations:
            patterns = every(len(a), differ)
        else:
            patterns = drawn(len(a), differ, permutations, seed)
        found = paired_test(left, right, permutations, seed, level)
        expected = literal(
            a, b, value, error, degrees,
            patterns, level, bounds[1] - bounds[0], len(differ),
        )  # fmt: skip
        assert found.difference[0] == pytest.approx(value(a) - value(b))
        if found.note[0].startswith("no test"):
            assert kind in ("precision", "f1")
            continue
        tested += 1
        assert (found.p_value[0], found.ci_low[0], found.ci_high[0]) == pytest.approx(
            expected, nan_ok=True
        )
        for asked in (0.5, level):
            none = paired_test(left, right, 0, seed, asked)
            q = stats.t.ppf(0.5 + asked / 2, min(degrees, len(a) - 1))
            half = q * math.sqrt(error(a, b))
            ends = value(a) - value(b) + np.array([-half, half])
            if 2.0 ** (1 - len(differ)) <= 1 - asked:
                ends = np.clip(ends, bounds[0] - bounds[1], bounds[1] - bounds[0])
                assert (none.ci_low[0], none.ci_high[0]) == pytest.approx(ends)
            assert none.note == ("no test: permutations=0",)
            assert math.isnan(none.p_value[0])
    assert tested >= 3


@pytest.mark.parametrize("seed", [None, "as bad", 6, 7])
def test_what_a_swap_leaves_undefined_counts_against_the_difference(seed):
    # Some swaps leave a model without a mistake, or with one that tells of no spread.
    if seed is None:
        steps = np.random.default_rng(0).choice([2.0, 4.0, 6.0], (2, 5))
    elif seed == "as bad":  # one mistake may be as bad as the mean of the others
        steps = np.array([[4.0, 4.0, 4.0, 4.0, 2.0], [4.0, 4.0, 4.0, 4.0, 6.0]])
    else:
        steps = 6 * np.random.default_rng(seed).random((2, 5))
    none = [(0.0, 0.0)] * 5
    a = [*((x, 1.0) for x in steps[0].tolist()), *none]
    b = [*none, *((x, 1.0) for x in steps[1].tolist())]
    left, right = (collected(m, "ratio", (0.0, 6.0), few=True) for m in (a, b))
    found = paired_test(left, right, 1024, 0, 0.5)
    p, low, high = literal(
        a, b, ratio, partial(ratio_error, few=True), ratio_freedom(a, b, few=True),
        every(10, range(10)), 0.5, 6.0, 10,
    )  # fmt: skip
    assert (found.p_value[0], found.ci_low[0], found.ci_high[0]) == pytest.approx((p, low, high))


def whole(group):
    return tuple(float(g == group) for g in range(GROUPS))


@pytest.mark.parametrize("what", ["precision", "f1", "recall"])
@pytest.mark.parametrize(("few", "many"), [(4, 4), (4, 60), (5, 5), (5, 60)])
def test_a_group_that_a_model_seldom_predicts(what, few, many):
    labels = [1] * 9 + [0] * 91
    told = []
    for first, times in ((0, few), (2, many)):
        said = [1 if first <= s < first + times else 0 for s in range(100)]
        told.append([(y, whole(s)) for y, s in zip(labels, said)])
    for models in (told, told[::-1]):
        found = paired_test(*(collected(m, what, (0.0, 1.0)) for m in models), 19, 0)
        expected = few < 5 and what != "recall"
        assert (found.note[0] == "no test: a model predicts a group fewer than 5 times") == expected
        assert math.isnan(found.p_value[0]) == expected


def several(x, y, correct, unit=1.0):
    """Statistics of every kind, some of which can't be tested."""
    collect = Collector(len(x))
    collect.add_mean("x", 1, unit * np.array(x))
    collect.add_mean("x again", 1, unit * (np.array(x) * (1 + 3e-12) + 1e-13))
    collect.add_mean("twice x", 1, 2.0 * unit * np.array(x))
    collect.add_mean("y", 1, np.array(y))
    collect.add("none", 1, None, status="undefined")
    zeros = collect.column(np.zeros(len(x)))
    collect.add("0 / 0", 1, Ratio(zeros, zeros))
    n, sure, right = (collect.bins(np.zeros(len(x), int), 1, v) for v in (None, x, correct))
    gap = BinnedError(n, sure, right, lambda n, c, r: ((c - r) / n)[0], None)
    collect.add("gap", 1, gap)
    collect.add("gap again", 1, gap)
    return collect.finish()


@pytest.mark.parametrize("unit", [1.0, 1e6])
@pytest.mark.parametrize("permutations", [0, 99])
def test_what_can_not_be_tested_says_why(permutations, unit):
    rng = np.random.default_rng(1)
    x, other, y, correct = rng.random((4, 8))
    found = paired_test(
        several(x, y, correct, unit), several(other, y, correct, unit), permutations, 0
    )
    tested = "no test: permutations=0" if permutations == 0 else ""
    same = "no test: both models say the same of every sample"
    biased = "no test: its bias differs from model to model"
    assert found.note == (tested, tested, tested, same, "", "", biased, biased)
    known = [permutations > 0] * 3 + [False] * 5
    assert (~np.isnan(found.p_value)).tolist() == known
    assert (~np.isnan(found.ci_low)).tolist() == (~np.isnan(found.ci_high)).tolist()
    assert (~np.isnan(found.ci_low)).tolist() == [True] * 3 + [False] * 5
    # One hypothesis under two names; what is not tested is nothing else's.
    kinds = found.hypothesis.tolist()
    assert (kinds[0] == kinds[1]) == (permutations > 0)
    assert len({kinds[0], *kinds[3:]}) == 6
    assert kinds[2] not in (kinds[0], *kinds[3:])
    nothing = paired_test(several(x, y, correct), several(x, y, correct), permutations, 0)
    assert nothing.note == (same,) * 8
    assert np.isnan([nothing.p_value, nothing.ci_low, nothing.ci_high]).all()
    assert nothing.hypothesis.tolist() == list(range(8))
    assert nothing.difference[:4].tolist() == [0.0] * 4


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("apart", [2.0, 4.0])
def test_a_difference_that_all_samples_share_has_the_interval_of_a_share(apart, level):
    n, span = 20, 4.0
    left, right = (
        collected([(x, 1.0)] * n, "mean", (2.0, 6.0)) for x in (2.0 + apart, 2.0)
    )  # fmt: skip
    found = paired_test(left, right, 999, 0, level)
    assert found.p_value[0] == 1 / 1000
    # Clopper and Pearson's, of the place between -span and span, for n trials.
    hits, tail = n * (apart + span) / (2 * span), (1 - level) / 2
    low = stats.beta.ppf(tail, hits, n - hits + 1) * 2 * span - span
    assert found.ci_low[0] == pytest.approx(low)
    if apart == span:
        assert found.ci_high[0] == span
    else:
        high = stats.beta.ppf(1 - tail, hits + 1, n - hits) * 2 * span - span
        assert found.ci_high[0] == pytest.approx(high)


def test_how_swaps_are_drawn():
    assert sign_patterns(3, 0, 8).T.tolist() == [
        list(signs)[::-1] for signs in itertools.product((1.0, -1.0), repeat=3)
    ]
    assert (sign_patterns(3, 2, 5) == sign_patterns(3, 0, 8)[:, 2:5]).all()
    signs = swapped(40, 0, 30, 5)
    assert signs.shape == (40, 30)
    assert set(signs.ravel().tolist()) == {-1.0, 1.0}
    assert abs(signs.mean()) < 0.1
    assert (swapped(40, 7, 9, 5) == signs[:, 7:9]).all()
    assert len(np.unique(signs, axis=1).T) == 30
    assert not (swapped(40, 0, 30, 6) == signs).all()


def test_as_many_permutations_as_ways_are_all_ways():
    a, b = [(float(x), 1.0) for x in (4, 5, 6, 1, 9, 3)], [(2.0, 1.0)] * 6
    left, right = (collected(m, "mean", (0.0, 9.0)) for m in (a, b))
    for permutations, patterns in (
        (63, drawn(6, range(6), 63, 0)),
        (64, every(6, range(6))),
        (65, every(6, range(6))),
    ):
        expected = literal(a, b, ratio, mean_error, math.inf, patterns, 0.8, 9.0, 6)
        found = paired_test(left, right, permutations, 0, 0.8)
        assert (found.p_value[0], found.ci_low[0], found.ci_high[0]) == pytest.approx(expected)
    one = paired_test(left, right, 1, 0)
    assert one.p_value[0] in (0.5, 1.0)
    assert one.note == ("",)


def test_intervals_are_of_95_percent_unless_another_level_is_asked_for():
    a, b = pairs("mean", 0)
    left, right = (collected(m, "mean", (-9.0, 9.0)) for m in (a, b))
    usual, asked = (paired_test(left, right, 99, 0, *level) for level in ((), (0.95,)))
    assert usual.ci_low[0] == asked.ci_low[0] < usual.difference[0]


def test_one_unlike_sample_of_which_only_a_sum_tells():
    told = []
    for last in (0.25, 0.75):
        x = np.array([0.5, 0.5, 0.5, 0.5, last])
        collect = Collector(5)
        collect.add_mean("same", 1, np.ones(5))
        n, sure = (collect.bins(np.zeros(5, int), 1, v) for v in (None, x))
        collect.add("gap", 1, BinnedError(n, sure, n, lambda n, c, r: (c / n)[0], None))
        told.append(collect.finish())
    found = paired_test(*told, 9, 0)
    assert found.note[1] == "no test: its bias differs from model to model"


def test_what_is_not_tested_is_no_hypothesis_of_anything_else():
    told = []
    for last in (0.25, 0.75):
        x = np.array([0.5, 0.5, 0.5, 0.5, last])
        collect = Collector(5)
        collect.add_mean("x", 1, x)  # one sample differs: p is 1
        collect.add_mean("same", 1, np.ones(5))
        n, sure = (collect.bins(np.zeros(5, int), 1, v) for v in (None, x))
        collect.add("gap", 1, BinnedError(n, sure, n, lambda n, c, r: (c / n)[0], None))
        told.append(collect.finish())
    found = paired_test(*told, 9, 0)
    assert found.p_value[0] == 1.0
    assert found.difference[0] == found.difference[2]
    assert len(set(found.hypothesis.tolist())) == 3


def test_the_least_number_of_mistakes():
    for wrong, note in ((4, "no test: fewer than 5 predictions of a model are wrong"), (5, "")):
        a = [(x, 1.0) for x in (2.0, 4.0, 6.0, 4.0, 2.0)[:wrong]] + [(0.0, 0.0)] * (15 - wrong)
        b = [(x, 1.0) for x in np.resize([6.0, 4.0, 4.0, 2.0], 15).tolist()]
        for models in ((a, b), (b, a)):
            told = [collected(m, "ratio", (2.0, 6.0), few=True) for m in models]
            found = paired_test(*told, 99, 0)
            assert found.note == (note,)
            assert np.isnan(found.p_value[0]) == bool(note)
        found = paired_test(*(collected(m, "ratio", (2.0, 6.0)) for m in (a, b)), 99, 0)
        assert found.note == ("",)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e6 / 3])
def test_no_difference_up_to_rounding_is_no_difference(unit):
    apart = np.array([0.1, 0.2, -0.3, 0.4, 0.3, -0.7, 0.1, -0.1]) * unit
    for order in ([0, 1, 2, 3, 4, 5, 6, 7], [3, 0, 6, 1, 7, 4, 2, 5]):
        models = [[(float(x), 1.0) for x in values] for values in (apart[order], 0 * apart)]
        found = paired_test(*(collected(m, "mean", (-9e9, 9e9)) for m in models), 256, 0)
        assert found.p_value[0] == 1.0
        assert found.ci_low[0] < 0 < found.ci_high[0]


def test_what_is_undefined_is_not_tested_whatever_swaps_make_of_it():
    a = [(x, 1.0) for x in (2.0, 4.0, 6.0, 4.0, 2.0, 6.0)]
    left, right = (collected(m, "ratio", (0.0, 6.0)) for m in (a, [(0.0, 0.0)] * 6))
    found = paired_test(left, right, 19, 0)
    assert np.isnan([found.difference, found.p_value, found.ci_low, found.ci_high]).all()
    assert found.note == ("",)


def test_there_is_an_interval_from_the_least_p_on():
    a, b = [(float(x), 1.0) for x in (4, 5, 7, 2, 2)], [(2.0, 1.0)] * 5
    left, right = (collected(m, "mean", (0.0, 90.0)) for m in (a, b))
    for level, known in ((0.74, True), (0.75, True), (0.76, False)):
        found = paired_test(left, right, 99, 0, level)
        expected = literal(
            a, b, ratio, mean_error, math.inf, every(5, range(3)), level, 90.0, 3
        )  # fmt: skip
        assert found.p_value[0] == 0.25
        assert np.isnan(found.ci_low[0]) == (not known)
        assert (found.p_value[0], found.ci_low[0], found.ci_high[0]) == pytest.approx(
            expected, nan_ok=True
        )


def test_too_few_swaps_for_an_interval():
    left, right = (collected([(x, 1.0)] * 40, "mean", (2.0, 6.0)) for x in (4.0, 3.0))
    found = paired_test(left, right, 9, 0)
    assert found.p_value[0] == 0.1
    assert np.isnan([found.ci_low, found.ci_high]).all()
    # All 40 samples differ: it is not they that are too few.
    assert found.note == ("no interval: 9 swaps are too few to have one (permutations=)",)
    assert paired_test(left, right, 99, 0).note == ("",)
    few = "no interval: the models differ on 3 samples"
    left, right = (
        collected([(x, 1.0)] * 3 + [(2.0, 1.0)] * 40, "mean", (2.0, 6.0)) for x in (4.0, 3.0)
    )
    assert paired_test(left, right, 3, 0).note == (few,)


def test_swaps_that_leave_too_often_nothing_to_compare():
    # One model is wrong in what the other is right in: most swaps even out their mistakes, and
    # many leave a model without two, which tell of no spread.
    steps = np.array([2.0, 4.0, 6.0])
    a = [*((x, 1.0) for x in steps.tolist()), *[(0.0, 0.0)] * 3]
    b = [*[(0.0, 0.0)] * 3, *((x, 1.0) for x in (6.0, 6.0, 2.0))]
    left, right = (collected(m, "ratio", (0.0, 6.0)) for m in (a, b))
    found = paired_test(left, right, 64, 0)
    why = "after too many of the swaps it is undefined, or has no spread"
    assert found.note == (f"no interval: {why}",)
    assert np.isnan([found.ci_low, found.ci_high]).all()


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6, 1e12])
def test_what_is_proportional_is_another_hypothesis(unit):
    x, other = np.random.default_rng(2).random((2, 12))
    told = []
    for values in (x, other):
        collect = Collector(12)
        for factor in (1.0, 2.0, 1.0 + 1e-12, -1.0, 1e-3, 2.0):
            collect.add_mean(f"{factor}", 1, factor * unit * values)
        told.append(collect.finish())
    found = paired_test(*told, 199, 0)
    assert np.ptp(found.p_value) == 0.0
    kinds = found.hypothesis.tolist()
    assert [kinds.index(kind) for kind in kinds] == [0, 1, 0, 3, 4, 1]


def test_on_how_many_samples_ratios_differ():
    a = [(1.0, 1.0), (2.0, 1.0), (3.0, 2.0), (4.0, 1.0), (5.0, 1.0), (6.0, 3.0), (2.0, 2.0)]
    b = [(2.0, 1.0), (2.0, 2.0), (4.0, 1.0), *a[3:]]
    for permutations in (1, 2, 99):
        found = paired_test(*(collected(m, "ratio", (0.0, 9.0)) for m in (a, b)), permutations, 0)
        assert found.note == ("no interval: the models differ on 3 samples",)
        assert found.p_value[0] >= 0.25


def test_two_samples():
    a, b = [(1.0, 1.0), (4.0, 1.0)], [(0.0, 1.0), (2.0, 1.0)]
    found = paired_test(*(collected(m, "mean", (0.0, 9.0)) for m in (a, b)), 99, 0, 0.4)
    expected = literal(a, b, ratio, mean_error, math.inf, every(2, range(2)), 0.4, 9.0, 2)
    assert (found.p_value[0], found.ci_low[0], found.ci_high[0]) == pytest.approx(expected)
    none = paired_test(*(collected(m, "mean", (0.0, 9.0)) for m in (a, b)), 0, 0, 0.4)
    half = stats.t.ppf(0.7, 1) * math.sqrt(mean_error(a, b))
    assert (none.ci_low[0], none.ci_high[0]) == pytest.approx((1.5 - half, 1.5 + half))
    a, b = ([(0, whole(said)), (1, whole(said))] for said in (0, 1))
    found = paired_test(*(collected(m, "recall", (0.0, 1.0)) for m in (a, b)), 0, 0, 0.4)
    half = stats.t.ppf(0.7, 1) * math.sqrt(macro_error(a, b, "recall"))
    assert (found.ci_low[0], found.ci_high[0]) == pytest.approx((-half, half))


def test_satterthwaites_degrees_of_freedom():
    assert _satterthwaite((1.0, 1.0), [1.5, 3.0]) == pytest.approx(4 / (1 / 0.5 + 1 / 2))
    assert _satterthwaite((0.0, 0.0), [3.0, 3.0]) == math.inf
    # One sample tells nothing of its spread.
    assert _satterthwaite((1.0, 0.0), [1.0, 3.0]) < 1e-6


@pytest.mark.parametrize("what", ["precision", "f1"])
def test_models_that_never_name_a_group(what):
    a, b = ([(0, whole(said))] * 12 for said in (1, 2))
    left, right = (collected(m, what, (0.0, 1.0)) for m in (a, b))
    untested = "no test: a model predicts a group fewer than 5 times"
    assert (
        error_of(left.statistics[0].formula, Swaps(left, right, np.arange(12))).untested == untested
    )
    found = paired_test(left, right, 0, 0)
    assert (found.difference[0], found.note[0]) == (0.0, untested)
    assert math.isnan(found.ci_low[0])
