"""Every column of an `EvaluationSet`'s tables is its definition, written out literally."""

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from literal import assert_defined, holm, with_ranks
from scipy import stats

import hiertools as ht
from hiertools import ClassTree, Predictions, evaluate
from hiertools.evaluation.curves import Curves
from hiertools.evaluation.marks import class_marks
from hiertools.evaluation.options import evaluation_options
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import keep
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.evaluation.scoring import contributions
from hiertools.inference.formulas import Macro, Ratio
from hiertools.inference.swaps import swapped

pytestmark = pytest.mark.arithmetic()

NAN = math.nan
TREE = with_ranks(
    ClassTree.from_newick("(((a,b)x,(c,d)y)v,((e,f)z,g)w,h);"), ("family", "genus", "species")
)
NAMES = TREE.classes
N, SWAPS, SEED = 24, 399, 3
OPTIONS = {"k": (1, 3), "hs_k": (1, 2), "levels": [0]}
LABELS = np.random.default_rng(0).integers(0, 8, N)


def group_of(found, part):
    """The group of each sample's label or prediction; no two of these are tied here."""
    return found.counts[:, part].toarray().argmax(axis=1)


def logits(skill):
    noise = np.random.default_rng(int(10 * skill)).standard_normal((N, 8))
    return noise + skill * np.eye(8)[LABELS]


PROBLEM = EvaluationProblem(
    NAMES, ht.sort_classes(TREE), evaluation_options(k=(1, 3), hs_k=(1, 2), levels=[0])
)


def contributed(scores):
    """What each sample adds to every score; `test_tables_of_evaluate` tells what each is."""
    made = Predictions(LABELS, scores, NAMES, score_kind="logit")
    return contributions(keep(made, NAMES, 3)[0], PROBLEM, Curves())


def values(found):
    return {each.key: value for each, value in zip(found.statistics, found.values().tolist())}


def own_order(a, b):
    """Samples by what they hold, whatever order they came in, and whatever classes are called.

    By label, then as one model reads them (predictions, best first, then the confidence), then as
    the other does: that one first that gives the lesser table, column by column.
    """
    kept = [
        keep(Predictions(LABELS, scores, NAMES, score_kind="logit"), NAMES, 3)[0]
        for scores in (a, b)
    ]
    mark = class_marks(PROBLEM.tree, NAMES, *kept).tolist()
    read = [
        [(*(mark[c] for c in row), x) for row, x in zip(each.ranked.tolist(), each.confidence)]
        for each in kept
    ]
    either = []
    for one, other in (read, read[::-1]):
        table = sorted((mark[LABELS[s]], *one[s], *other[s], s) for s in range(N))
        *columns, order = zip(*table)
        either.append((columns, order))
    return np.array(min(either)[1])


def influences(formula, found):
    """How far each sample moves a score, and how many samples inform it."""
    if isinstance(formula, Ratio):
        x, w = (found.numbers[:, c].tolist() for c in (formula.top, formula.bottom))
        whole, value = sum(w), sum(x) / sum(w)
        return [(i - value * j) / whole for i, j in zip(x, w)], whole**2 / sum(j * j for j in w)
    y, p = (group_of(found, part).tolist() for part in (formula.labelled, formula.predicted))
    groups = sorted({*y, *p})
    right = {g: sum(i == j == g for i, j in zip(y, p)) for g in groups}
    size = {g: {"precision": p.count(g), "recall": y.count(g), "f1": (y.count(g) + p.count(g)) / 2}
            [formula.what] for g in groups}  # fmt: skip
    value = {g: right[g] / size[g] if size[g] else 0.0 for g in groups}
    each = []
    for i, j in zip(y, p):
        of_label, of_predicted = (
            ((i == j) - value[g]) / size[g] / len(groups) if size[g] else 0.0 for g in (i, j)
        )
        of = {"precision": of_predicted, "f1": (of_label + of_predicted) / 2}
        # Recall weighs samples by their labels, in both models alike.
        of["recall"] = (i == j) / size[i] / len(groups) if size[i] else 0.0
        each.append(of[formula.what])
    return each, NAN


def shares(formula, found):
    """Each group: its share, what it is a share of, and whose predictions it holds."""
    y, p = (group_of(found, part).tolist() for part in (formula.labelled, formula.predicted))
    told = {}
    for g in {*y, *p}:
        of = {"precision": p.count(g), "f1": (y.count(g) + p.count(g)) / 2, "recall": y.count(g)}
        n = of[formula.what]
        hit = sum(i == j == g for i, j in zip(y, p))
        told[g] = (hit / n if n else 0.0, n, [s for s in range(N) if p[s] == g])
    return told


def error_of_macro(formula, a, b):
    each = [influences(formula, found)[0] for found in (a, b)]
    squares = sum((x - y) ** 2 for x, y in zip(*each)) * N / (N - 1)
    if formula.what == "recall":
        return math.sqrt(squares), math.inf
    groups = [shares(formula, found) for found in (a, b)]
    said = [group_of(found, formula.predicted) for found in (a, b)]
    above = below = 0.0
    for mine, other in (groups, groups[::-1]):
        for g, (share, n, rows) in mine.items():
            if not n:
                continue
            # Two more right, and two more wrong, as far as the models differ in the group.
            more = (share * n + 2) / (n + 4)
            v = more * (1 - more) / n
            apart = min(sum(said[0][s] != said[1][s] for s in rows) / max(n, 1), 1)
            its = other[g][1] if g in other else 0
            apart = min(apart + (1 - apart) * (1 - max(n, 1) / max(its, 1)) ** 2, 1)
            squares += apart * max(v - share * (1 - share) / n, 0) / len(mine) ** 2
            above, below = above + v, below + v**2 / n
    return math.sqrt(squares), above**2 / below


def too_seldom(formula, a, b):
    said = [group_of(found, formula.predicted).tolist() for found in (a, b)]
    labels = group_of(a, formula.labelled).tolist()
    return min(one.count(g) for one in said for g in {*labels, *said[0], *said[1]}) < 5


def error_of(formula, a, b):
    """The standard error of a difference, and the degrees of freedom where Student's t counts."""
    if isinstance(formula, Macro):
        return error_of_macro(formula, a, b)
    (ia, na), (ib, nb) = (influences(formula, found) for found in (a, b))
    if formula.bottom == 0:
        return math.sqrt(sum((x - y) ** 2 for x, y in zip(ia, ib)) * N / (N - 1)), math.inf
    va, vb = (
        sum(x * x for x in i) * n / (n - 1) if n > 1 else NAN for i, n in ((ia, na), (ib, nb))
    )
    weights = [found.numbers[:, formula.bottom] for found in (a, b)]
    if formula.few:  # no model's mistakes vary less than those of both
        spread = [sum(x * x for x in i) * w.sum() ** 2 for i, w in zip((ia, ib), weights)]
        pooled = sum(spread) / (na + nb - 2)
        va, vb = max(va, pooled / na), max(vb, pooled / nb)
    squares = va + vb - 2 * sum(x * y for x, y in zip(ia, ib))
    alike = not formula.few and (weights[0] == weights[1]).all()
    return math.sqrt(max(squares, 0)), math.inf if alike else satterthwaite(va, na, vb, nb)


def satterthwaite(va, na, vb, nb):
    return (va + vb) ** 2 / (va**2 / (na - 1) + vb**2 / (nb - 1)) if va + vb else math.inf


def differing(formula, a, b):
    """On how many samples the models differ, as a score sees them."""
    if isinstance(formula, Macro):
        one, two = (found.counts[:, formula.predicted].toarray() for found in (a, b))
        return int((one != two).any(axis=1).sum())
    columns = [formula.top, formula.bottom]
    return int((a.numbers[:, columns] != b.numbers[:, columns]).any(axis=1).sum())


def swaps(a, b):
    """What both models add when their predictions of samples change places at random."""
    left, right = contributed(a), contributed(b)
    unlike = (left.numbers != right.numbers).any(axis=1)
    unlike |= (left.counts != right.counts).toarray().any(axis=1)
    order = [s for s in own_order(a, b) if unlike[s]]
    signs = np.ones((N, 1 + SWAPS))
    signs[order, 1:] = swapped(len(order), 1, 1 + SWAPS, SEED)
    for column in signs.T[:, :, None]:
        yield contributed(np.where(column > 0, a, b)), contributed(np.where(column > 0, b, a))


def pair(name_a, name_b, a, b):
    drawn = list(swaps(a, b))
    left, right = drawn[0]
    told = [(values(one), values(two)) for one, two in drawn]
    rows, hypotheses = [], []
    for statistic in left.statistics:
        key, formula = statistic.key, statistic.formula
        moved = [one[key] - two[key] for one, two in told]
        value = moved[0]
        if math.isnan(value):
            continue
        low = high = p = NAN
        note = ""
        if np.array_equal(a, b):
            note = "no test: both models say the same of every sample"
        elif not isinstance(formula, Ratio | Macro):
            note = "no test: its bias differs from model to model"
        elif not differing(formula, left, right):
            note = "no test: both models say the same of every sample"
        elif getattr(formula, "few", False) and min(
            found.numbers[:, formula.bottom].sum() for found in (left, right)
        ) < 5:  # fmt: skip
            note = "no test: fewer than 5 predictions of a model are wrong"
        elif isinstance(formula, Macro) and formula.what != "recall" and (
            too_seldom(formula, left, right)
        ):  # fmt: skip
            note = "no test: a model predicts a group fewer than 5 times"
        else:
            error, freedom = error_of(formula, left, right)
            t = []
            for x, (one, two) in zip(moved, drawn):
                if abs(x) < 1e-12:
                    t.append(0.0)
                else:
                    below = NAN if math.isnan(x) else error_of(formula, one, two)[0]
                    # One undefined after a swap counts against the difference.
                    t.append(math.inf if math.isnan(below) or below < 1e-9 else abs(x) / below)
            p = sum(x >= t[0] - 1e-7 for x in t) / (1 + SWAPS)
            at_least = 2.0 ** (1 - differing(formula, left, right))
            p = max(p, at_least)
            q = sorted(t, reverse=True)[int(0.05 * (1 + SWAPS))]
            if not math.isinf(freedom):
                p = max(p, 2 * stats.t.sf(t[0], freedom))
                q = max(q, stats.t.ppf(0.975, freedom))
            if at_least > 0.05:
                note = (
                    f"no interval: the models differ on {differing(formula, left, right)} samples"
                )
            else:
                span = statistic.bounds[1] - statistic.bounds[0]
                low, high = max(value - q * error, -span), min(value + q * error, span)
        higher = EVALUATION_SCORES[key[0]].better == "higher"
        rows.append(
            {
                "score": key[0],
                "level": key[1],
                "rank": None if key[1] is None else "family",
                "k": key[2],
                "model_a": name_a,
                "model_b": name_b,
                "difference": value,
                "ci_low": low,
                "ci_high": high,
                "p_value": p,
                "p_holm": NAN,
                "test": "" if math.isnan(p) else "swaps of paired predictions",
                "better_model": ("", *((name_a, name_b) if higher else (name_b, name_a)))[
                    int(np.sign(value))
                ],
                "status": "not tested" if math.isnan(p) else "ok",
                "note": note,
            }
        )
        untested = f"row {len(rows)}" if math.isnan(p) else f"{p:.7f}"
        hypotheses.append((name_a, name_b, untested, *(f"{x:.7f}" for x in moved)))
    return rows, hypotheses


def test_differences():
    models = {"good": logits(3.0), "bad": logits(0.5), "same": logits(3.0)}
    given = {
        name: Predictions(LABELS, scores, NAMES, score_kind="logit")
        for name, scores in models.items()
    }
    found = evaluate(given, TREE, n_bootstrap=9, permutations=SWAPS, random_state=SEED, **OPTIONS)
    rows, hypotheses = [], []
    for (name_a, a), (name_b, b) in combinations(models.items(), 2):
        more, names = pair(name_a, name_b, a, b)
        rows, hypotheses = rows + more, hypotheses + names
    # What stands in several rows of a pair is one hypothesis, and counts once.
    once = {name: row["p_value"] for name, row in zip(hypotheses, rows)}
    adjusted = dict(zip(once, holm(list(once.values()))))
    for row, name in zip(rows, hypotheses):
        row["p_holm"] = adjusted[name]
    assert_defined(found.differences, rows)
    assert len(once) < len(rows)
    assert found.differences["p_holm"].between(0.02, 0.9).any()
    assert found.differences["p_value"].isna().any()


def test_without_intervals_nothing_is_tested():
    given = {
        name: Predictions(LABELS, logits(skill), NAMES, score_kind="logit")
        for name, skill in (("good", 3.0), ("bad", 0.5))
    }
    found = evaluate(given, TREE, intervals=False, **OPTIONS).differences
    assert (found["note"] == "no test: intervals=False").all()
    assert found[["ci_low", "ci_high", "p_value", "p_holm"]].isna().all(axis=None)
    good, bad = (values(contributed(logits(skill))) for skill in (3.0, 0.5))
    expected = [good[key] - bad[key] for key in good if not math.isnan(good[key] - bad[key])]
    assert found["difference"].tolist() == pytest.approx(expected)


def test_scores_and_table():
    given = {
        name: Predictions(LABELS, logits(skill), NAMES, score_kind="logit")
        for name, skill in (("good", 3.0), ("bad", 0.5))
    }
    found = evaluate(given, TREE, n_bootstrap=10, **OPTIONS)
    single = {
        name: evaluate(p, TREE, n_bootstrap=10, **OPTIONS).scores.to_dict("records")
        for name, p in given.items()
    }
    assert_defined(found.scores, [{"model": m, **row} for m in single for row in single[m]])
    table = [
        {
            "score": row["score"],
            "level": row["level"],
            "rank": None if pd.isna(row["level"]) else "family",
            "k": row["k"],
            "good": row["value"],
            "bad": other["value"],
        }
        for row, other in zip(single["good"], single["bad"])
    ]
    assert_defined(found.table, table)
    assert ht.EvaluationSet.from_json(found.to_json()).table.equals(found.table)
