"""The test of two models and its interval are their definitions, written out sample by sample."""

import itertools
import math
from functools import partial

import numpy as np
import pytest
from scipy import stats

from hiertools.inference.contributions import Collector
from hiertools.inference.formulas import Macro, Ratio
from hiertools.inference.swaps import paired_test, swapped

NAN = math.nan
GROUPS = 3


# ---- scores of one model, a list of samples: (x, weight), or (label, share of each group)


def ratio(model):
    return sum(x for x, _ in model) / sum(w for _, w in model)


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
    variances = [s * n / (n - 1) for s, n in zip(spread, sizes)]
    if few:
        weights = [sum(w for _, w in m) ** 2 for m in (a, b)]
        pooled = sum(s * w for s, w in zip(spread, weights)) / (sum(sizes) - 2)
        variances = [max(v, pooled / n) for v, n in zip(variances, sizes)]
    return variances, sizes, sum(x * y for x, y in zip(*each))


def ratio_error(a, b, few=False):
    variances, _, both = ratio_parts(a, b, few)
    return max(sum(variances) - 2 * both, 0.0)


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
    for model in (a, b):
        told, mean = by_group(model, what), macro(model, what)
        for g, (_, size) in told.items():
            apart = sum(m[1][g] for m, x, y in zip(model, a, b) if x[1] != y[1])
            if size:
                squares += min(apart / size, 1) * mean * (1 - mean) / size**2 / len(told) ** 2
    return squares


def macro_freedom(a, b, what):
    if what == "recall":
        return math.inf
    above = below = 0.0
    for model in (a, b):
        mean = macro(model, what)
        for share, n in by_group(model, what).values():
            if n:
                v = (n * share * (1 - share) + mean * (1 - mean)) / n**2
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
        squares = error(one, two)
        if abs(d) < 1e-9:
            t.append(0.0)
        else:
            t.append(math.inf if math.isnan(d) or squares < 1e-15 else abs(d) / math.sqrt(squares))
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
        if what == "few":
            a = a + [(0.0, 0.0)] * 4
            b = [(0.0, 0.0) if s == 0 else m for s, m in enumerate(b)] + [(4.0, 1.0), *a[-3:]]
        return a, b

    def said(label):
        right = rng.random() < 0.6
        first = label if right else int(rng.integers(GROUPS))
        tied = {first, int(rng.integers(GROUPS))} if seed % 2 else {first}
        return tuple(1 / len(tied) if g in tied else 0.0 for g in range(GROUPS))

    labels = rng.integers(0, GROUPS - (seed == 2), n).tolist()
    a = [(y, said(y)) for y in labels]
    return a, alike_but(rng, a, 10, lambda m: (m[0], said(m[0])))


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("permutations", [255, 60])
@pytest.mark.parametrize("what", ["mean", "ratio", "few", "precision", "recall", "f1"])
def test_it_is_its_definition(what, permutations, level):
    tested = 0
    for seed in range(5):
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
        none = paired_test(left, right, 0, seed, level)
        q = stats.t.ppf(0.5 + level / 2, min(degrees, len(a) - 1))
        half = q * math.sqrt(error(a, b))
        ends = value(a) - value(b) + np.array([-half, half])
        if 2.0 ** (1 - len(differ)) <= 1 - level:
            span = bounds[1] - bounds[0]
            assert (none.ci_low[0], none.ci_high[0]) == pytest.approx(np.clip(ends, -span, span))
        assert none.note == ("no test: permutations=0",)
        assert math.isnan(none.p_value[0])
    assert tested >= 3
