"""Every column of the tables of `evaluate` is its definition, written out literally."""

import math
from functools import cache
from hashlib import blake2b
from itertools import pairwise, permutations, product

import numpy as np
import pandas as pd
import pytest
from literal import (
    ancestors,
    assert_defined,
    below,
    meeting,
    path_between,
    path_name,
    rank_at,
    t_quantile,
    with_ranks,
)
from scipy import stats

import hiertools as ht
from hiertools import ClassTree, Predictions, evaluate
from hiertools.evaluation.marks import class_marks
from hiertools.evaluation.samples import keep
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.inference.bootstrap import resampled

NAN = math.nan
TREE = ClassTree.from_newick("(((a:1,b:2)x:1,(c:1,d:1)y:3)v:1,((e:2,f:1)z:1,g:1)w:2,h:2);")
RANKED = with_ranks(TREE, RANKS := ("family", "genus", "species"))
# A genus without a family: one edge below the root is not everywhere the family.
GAPPED = with_ranks(TREE, RANKS, without={"w"})
NAMES = TREE.classes
NODE = dict(zip(NAMES, TREE.class_node.tolist()))
C = range(len(NAMES))
T = [[path_between(TREE, NODE[a], NODE[b]) for b in NAMES] for a in NAMES]
LINE = [ancestors(TREE, NODE[name])[::-1] for name in NAMES]
MET = [[meeting(TREE, NODE[a], NODE[b]) for b in NAMES] for a in NAMES]


def made(seed, n=30, embeddings=False, few=8):
    """Probabilities whose confidences lie on edges of bins now and then; not every class occurs."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(rng.permutation(8)[:few], n)
    scores = rng.integers(0, 6, (n, 8)) + 5 * (rng.random((n, 1)) < 0.6) * np.eye(8)[labels]
    scores[:, 0] += 1e-3
    scores = scores / scores.sum(axis=1, keepdims=True)
    own = rng.normal(size=(n, 3)) + rng.normal(size=(8, 3))[labels]
    return Predictions(
        labels, scores, NAMES, embeddings=own if embeddings else None, score_kind="probability"
    )


@cache
def orders(row):
    """All orders of classes from the most to the least probable: equal ones in any order."""
    runs = [[c for c in C if row[c] == x] for x in sorted(set(row), reverse=True)]
    return [sum(parts, ()) for parts in product(*(permutations(run) for run in runs))]


def rankings(p):
    """All orders of each sample."""
    return [orders(tuple(row)) for row in p.scores.tolist()]


def best(p):
    """Each sample, each class tied for its first place, and the share of the sample that it has."""
    return [
        (s, j, share)
        for s, each in enumerate(rankings(p))
        for j in sorted({order[0] for order in each})
        for share in [sum(order[0] == j for order in each) / len(each)]
    ]


def drawn_order(*names):
    """Where names come in an order that a keyed hash draws (random_state = 0)."""
    key = blake2b(b"0 0", digest_size=32).digest()
    return [
        blake2b(len(name).to_bytes(8, "little") + name.encode(), key=key, digest_size=16).digest()
        for name in names
    ]


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else NAN


def share_of(part, whole):
    return part / whole if whole else NAN


def depth(node):
    return len(ancestors(TREE, node)) - 1


def height(node):
    """The largest number of edges from a node down to a class."""
    return max(depth(NODE[name]) for name in below(TREE, node)) - depth(node)


def bits(node):
    """What tells a class from all those below a node."""
    return math.log2(len(below(TREE, node)))


def sizes(i, j):
    """Ancestors (the root apart, the class itself included) of both, of prediction and label."""
    label, predicted = (set(LINE[c]) - {0} for c in (i, j))
    return len(label & predicted), len(predicted), len(label)


def f1_of(both, predicted, labelled):
    return share_of(2 * both, predicted + labelled)


def gaps(p, bins=15):
    """Of each bin that holds samples: their number, and accuracy less confidence."""
    stated = [max(row) for row in p.scores.tolist()]
    right = [
        sum(share for s, j, share in best(p) if (s, j) == (t, y)) for t, y in enumerate(p.labels)
    ]
    edges = [b / bins for b in range(bins + 1)]
    found = []
    for b in range(bins):
        held = [
            s
            for s, x in enumerate(stated)
            if edges[b] <= x < edges[b + 1] or (b == bins - 1 and x == 1.0)
        ]
        row = {"low": edges[b], "high": edges[b + 1], "n": len(held)}
        row["confidence"] = float(mean(stated[s] for s in held))
        row["accuracy"] = mean(float(right[s]) for s in held)
        row["gap"] = row["accuracy"] - row["confidence"]
        found.append(row)
    return found


def groups_at(level):
    return [c if level is None else (LINE[c] + [LINE[c][-1]] * 9)[1 + level] for c in C]


def scores(p, ks=(1, 3)):
    """Each score that needs no embeddings: (score, level, k) to value and number of classes."""
    y, ranked = p.labels.tolist(), rankings(p)
    pairs = [(y[s], j, share) for s, j, share in best(p)]
    occurring = len(set(y))
    found = {}

    def over(number, which=lambda i, j: True):
        """The mean of a number over pairs of label and prediction, each with its share."""
        held = [(float(number(i, j)), share) for i, j, share in pairs if which(i, j)]
        return share_of(sum(x * share for x, share in held), sum(share for _, share in held))

    def wrong(i, j):
        return i != j

    for level in (None, 0, 1, 2):
        group = groups_at(level)
        found["accuracy", level, None] = over(lambda i, j, g=group: g[i] == g[j])
    for what in ("precision", "recall", "f1"):
        for level in (None, 0, 1, 2):
            group = groups_at(level)
            each = []
            for g in {group[c] for pair in pairs for c in pair[:2]}:
                both = sum(x for i, j, x in pairs if group[i] == group[j] == g)
                labelled = sum(group[i] == g for i in y)
                predicted = sum(x for _, j, x in pairs if group[j] == g)
                bottom = {"precision": predicted, "recall": labelled}
                value = share_of(both, bottom.get(what, (labelled + predicted) / 2))
                each.append(0.0 if math.isnan(value) else value)
            found[f"{what}_macro", level, None] = mean(each)
    for k in ks:
        hits = (mean(float(i in row[:k]) for row in each) for i, each in zip(y, ranked))
        found["top_k_accuracy", None, k] = mean(hits)
    found["average_hierarchical_cost", None, None] = over(lambda i, j: T[i][j])
    # Of ratios, both parts are expected: the mean over mistakes, each with its share.
    found["mistake_severity", None, None] = over(lambda i, j: T[i][j], wrong)
    found["mistake_lca_height", None, None] = over(lambda i, j: height(MET[i][j]), wrong)
    found["mistake_lca_depth", None, None] = over(lambda i, j: depth(MET[i][j]), wrong)
    found["mistake_lca_information", None, None] = over(lambda i, j: bits(MET[i][j]), wrong)
    found["average_lca_height", None, None] = over(
        lambda i, j: height(MET[i][j]) / height(0) if i != j else 0.0
    )
    for k in ks:
        far = (mean(mean(T[i][j] for j in row[:k]) for row in each) for i, each in zip(y, ranked))
        found["average_hierarchical_distance_at_k", None, k] = mean(far)
    for k in ks:
        ball = [{c for c in C if T[i][c] <= sorted(T[i])[k - 1]} for i in C]
        near = (mean(len(ball[i] & set(row[:k])) / k for row in each) for i, each in zip(y, ranked))
        found["hierarchical_precision_at_k", None, k] = mean(near)
    both, predicted, labelled = (
        sum(x * sizes(i, j)[part] for i, j, x in pairs) for part in range(3)
    )
    found["hierarchical_precision", None, None] = both / predicted
    found["hierarchical_recall", None, None] = both / labelled
    found["hierarchical_f1", None, None] = f1_of(both, predicted, labelled)
    found["hierarchical_precision_macro", None, None] = over(
        lambda i, j: sizes(i, j)[0] / sizes(i, j)[1]
    )
    found["hierarchical_recall_macro", None, None] = over(
        lambda i, j: sizes(i, j)[0] / sizes(i, j)[2]
    )
    found["hierarchical_f1_macro", None, None] = over(lambda i, j: f1_of(*sizes(i, j)))
    found["hierarchical_jaccard", None, None] = over(
        lambda i, j: sizes(i, j)[0] / (sizes(i, j)[1] + sizes(i, j)[2] - sizes(i, j)[0])
    )
    found["hierarchical_wu_palmer", None, None] = over(
        lambda i, j: (2 * sizes(i, j)[0] + 2) / (sizes(i, j)[1] + sizes(i, j)[2] + 2)
    )
    told = [row for row in gaps(p) if row["n"]]
    error = sum(row["n"] * abs(row["gap"]) for row in told) / len(y)
    found["expected_calibration_error", None, None] = error
    found["expected_calibration_error_debiased", None, None] = debiased(told, len(y))
    found["maximum_calibration_error", None, None] = max(abs(row["gap"]) for row in told)
    return {
        key: (value, occurring if key[1] is None else len({groups_at(key[1])[i] for i in y}))
        for key, value in found.items()
    }


def arrival(p, s, mark):
    """What a sample is told by: label, best 3 (equal ones by mark), and what is tied there."""
    row = p.scores[s].tolist()
    three = sorted(C, key=lambda c: (-row[c], mark[c]))[:3]
    ends = [sum(x >= row[c] for x in row) for c in three]
    beyond = sum(128 >> int(mark[c]) for c in C if row[c] == row[three[-1]]) if ends[-1] > 3 else 0
    told = [int(mark[c]) if end <= 3 else -1 for c, end in zip(three, ends)]
    return mark[p.labels[s]], told, [] if ends == [1, 2, 3] else [*ends, beyond]


def noise(row):
    """The standard error of a bin's accuracy, with one more right and one more wrong."""
    share = (row["accuracy"] * row["n"] + 1) / (row["n"] + 2)
    return math.sqrt(share * (1 - share) / row["n"])


def folded(mean, deviation):
    """The mean of the size of a normal number, by its density."""
    return float(stats.foldnorm.mean(mean / deviation, scale=deviation))


def debiased(told, n):
    each = (row["n"] * (2 * abs(row["gap"]) - folded(abs(row["gap"]), noise(row))) for row in told)
    return max(sum(each) / n, 0.0)


def interval_of_gaps(p, level):
    told = [row for row in gaps(p) if row["n"]]
    w = [row["n"] / len(p.labels) for row in told]
    g, s = [abs(row["gap"]) for row in told], [noise(row) for row in told]
    seen = sum(a * b for a, b in zip(w, g))
    error = math.sqrt(
        sum((a * b) ** 2 for a, b in zip(w, s))
        + (sum(a * b * b for a, b in zip(w, g)) - seen**2) / len(p.labels)
    )
    least = [max(a - b, 0) for a, b in zip(g, s)]
    bias = sum(a * (folded(m, b) - m) for a, b, m in zip(w, s, least))
    z = stats.norm.ppf(0.5 + level / 2)
    return max(seen - bias - z * error, 0.0), min(seen + z * error, 1.0)


def per_sample(p, number):
    """The expectation of a number of label and prediction, for each sample."""
    found = [0.0] * len(p.labels)
    for s, j, share in best(p):
        found[s] += share * number(int(p.labels[s]), j)
    return found


def kish(weights):
    return sum(weights) ** 2 / sum(w * w for w in weights)


def informed_by(p, score, level):
    """How many samples inform a score, each as much as the others."""
    if score.startswith("mistake"):
        return kish(per_sample(p, lambda i, j: i != j))
    if score.endswith("_macro") and not score.startswith("hierarchical"):
        group = groups_at(level)
        y = [group[i] for i in p.labels.tolist()]
        said = {g: sum(share for _, j, share in best(p) if group[j] == g) for g in {*group}}
        what = score.split("_")[0]
        size = {
            "recall": y.count,
            "precision": said.get,
            "f1": lambda g: (y.count(g) + said[g]) / 2,
        }
        each = [g for g in said if said[g] or g in y]
        return len(each) ** 2 / sum(1 / max(size[what](g), 1) for g in each)
    if score in ("hierarchical_precision", "hierarchical_recall", "hierarchical_f1"):
        part = {"precision": lambda s: s[1], "recall": lambda s: s[2], "f1": lambda s: s[1] + s[2]}
        return kish(per_sample(p, lambda i, j: part[score.split("_")[1]](sizes(i, j))))
    return len(p.labels)


OF_MISTAKES = {
    "mistake_severity": lambda i, j: T[i][j],
    "mistake_lca_height": lambda i, j: height(MET[i][j]),
    "mistake_lca_depth": lambda i, j: depth(MET[i][j]),
    "mistake_lca_information": lambda i, j: bits(MET[i][j]),
}


def by_chance(p, score):
    """What mistakes would cost if each of them hit any other class alike."""
    if score not in OF_MISTAKES:
        return NAN
    wrong = [(p.labels[s], share) for s, j, share in best(p) if j != p.labels[s]]
    cost = [share * mean(OF_MISTAKES[score](i, j) for j in C if j != i) for i, share in wrong]
    return share_of(sum(cost), sum(share for _, share in wrong))


def bounds_of(score):
    apart = [(i, j) for i in C for j in C if i != j]
    if score in OF_MISTAKES:
        each = [OF_MISTAKES[score](i, j) for i, j in apart]
        return min(each), max(each)
    if score.startswith("average_hierarchical"):
        return 0.0, max(T[i][j] for i, j in apart)
    return 0.0, 1.0


def is_count(p, score, level, k):
    """Whether each sample is right or wrong, and nothing between."""
    if score.endswith("_macro"):
        return not score.startswith("hierarchical")
    if score == "accuracy":
        group = groups_at(level)
        values = per_sample(p, lambda i, j: group[i] == group[j])
    elif score == "top_k_accuracy" or (score, k) == ("hierarchical_precision_at_k", 1):
        each = zip(p.labels.tolist(), rankings(p))
        values = [mean(float(i in row[:k]) for row in rows) for i, rows in each]
    else:
        return False
    return {*values} <= {0.0, 1.0}


def interval(p, key, value, drawn, level):
    """Clopper and Pearson's, for as many trials as would vary as much."""
    least, most = bounds_of(key[0])
    theta = (value - least) / (most - least)
    error = np.std(drawn, ddof=1) / (most - least)
    n = informed_by(p, key[0], key[1])
    trials = n
    if error > 1e-12 and 1e-12 < theta < 1 - 1e-12:
        trials = theta * (1 - theta) / error**2
        if is_count(p, *key):
            trials = min(trials, n)
        else:
            t = t_quantile(n - 1, 0.5 + level / 2)
            trials *= (stats.norm.ppf(0.5 + level / 2) / t) ** 2
    hits, tail = trials * theta, (1 - level) / 2
    low = stats.beta.ppf(tail, hits, trials - hits + 1) if theta > 1e-12 else 0.0
    high = stats.beta.ppf(1 - tail, hits + 1, trials - hits) if theta < 1 - 1e-12 else 1.0
    return least + (most - least) * low, least + (most - least) * high


NEEDS = {"hierarchical_similarity_at_k": (1, 4), "average_hierarchical_similarity_at_k": (4,)}
NEEDS |= dict.fromkeys(("precision_at_1", "r_precision", "map_at_r"), (None,))


@pytest.mark.parametrize(
    ("seed", "few", "tree"), [(0, 8, TREE), (1, 5, RANKED), (2, 2, RANKED), (3, 8, GAPPED)]
)
def test_scores(seed, few, tree):
    p = made(seed, few=few)
    options = {
        "n_bootstrap": 30,
        "random_state": seed,
        "k": (1, 3),
        "hs_k": (1, 4),
        "levels": [0, 1, 2],
    }
    result = evaluate(p, tree, confidence_level=0.8, **options)
    observed = scores(p)
    # The resampled sets draw from the samples in an order that is theirs alone.
    mark = class_marks(ht.sort_classes(tree), NAMES, keep(p, NAMES, 3)[0])
    order = sorted(range(30), key=lambda s: (*arrival(p, s, mark), p.scores[s].max()))
    drawn = {key: [] for key in observed}
    for counts in resampled(30, 0, 30, seed).T.astype(int):
        again = np.repeat(order, counts)
        part = Predictions(p.labels[again], p.scores[again], NAMES, score_kind="probability")
        for key, (value, _) in scores(part).items():
            drawn[key].append(value)
    expected = {}
    for key, (value, n_classes) in observed.items():
        known = [x for x in drawn[key] if not math.isnan(x)]
        notes = []
        if "calibration" in key[0]:
            low, high = interval_of_gaps(p, 0.8)
        else:
            low, high = interval(p, key, value, known, 0.8)
        if len(known) < 30:
            notes.append(f"undefined in {30 - len(known)} of 30 resampled sets")
        if key[0] == "maximum_calibration_error":
            low = high = NAN
            notes.append("no interval: a maximum is far too large by chance alone")
        expected[key] = (value, float(low), float(high), n_classes, "; ".join(notes))
    n_classes = len(set(p.labels.tolist()))
    for name, ks in NEEDS.items():
        note = "needs embeddings of the test samples"
        expected |= {(name, None, k): (NAN, NAN, NAN, n_classes, note) for k in ks}
    rows = []
    for row in result.scores[["score", "level", "k"]].astype(object).itertuples(index=False):
        score, level, k = (None if pd.isna(x) else x for x in row)
        value, low, high, n_classes, note = expected.pop((score, level, k))
        status = "needs embeddings" if score in NEEDS else "ok"
        assert (status == "ok") != math.isnan(value)
        rows.append(
            {
                "score": score,
                "level": level,
                "rank": rank_at(tree, level),
                "k": k,
                "value": value,
                "chance": by_chance(p, score),
                "z": NAN,
                "p_value": NAN,
                "p_adjusted": NAN,
                "p_least": NAN,
                "n_permutations": 0,
                "adjusted": NAN,
                "ceiling": NAN,
                "ci_low": low,
                "ci_high": high,
                "better": EVALUATION_SCORES[score].better,
                "n_classes": n_classes,
                "status": status,
                "note": note,
            }
        )
    assert_defined(result.scores, rows)
    assert not expected
    named = {TREE: [], RANKED: ["family", "genus", "species"], GAPPED: ["genus", "species"]}[tree]
    assert list(result.scores["rank"].dropna().unique()) == named


def counted(p):
    """How often each class is taken for each."""
    found = best(p)
    return [
        [sum((x for s, k, x in found if (p.labels[s], k) == (i, j)), 0.0) for j in C] for i in C
    ]


def confusions(p):
    table = counted(p)
    rows = [
        {
            "label": NAMES[i],
            "predicted": NAMES[j],
            "count": table[i][j],
            "distance": T[i][j],
            "cost": table[i][j] * T[i][j],
            "share": table[i][j] / sum(table[i]),
            "common_ancestor": path_name(TREE, MET[i][j]),
        }
        for i in C
        for j in C
        if i != j and table[i][j]
    ]
    # The costliest first; of equal cost the most frequent, then in an order that is drawn.
    return sorted(
        rows,
        key=lambda r: (
            *(-round(r[x], 9) for x in ("cost", "count")),
            *drawn_order(r["label"], r["predicted"]),
        ),
    )


def alike(row, rows):
    """How many of `rows` are as costly and as frequent."""
    return sum(all(each[x] == pytest.approx(row[x]) for x in ("cost", "count")) for each in rows)


@pytest.mark.parametrize(("seed", "few"), [(0, 8), (1, 5), (2, 2)])
def test_confusions_and_their_matrix(seed, few):
    p = made(seed, 80, few=few)
    result = evaluate(p, TREE, intervals=False)
    assert_defined(result.confusions, confusions(p))
    table = counted(p)
    order = sorted(C, key=lambda c: NODE[NAMES[c]])
    matrix = result.confusion_matrix()
    assert list(matrix.index) == list(matrix.columns) == [NAMES[c] for c in order]
    expected = [[table[i][j] for j in order] for i in order]
    np.testing.assert_allclose(matrix.to_numpy(), expected, atol=1e-12)
    nodes = sorted(set(groups_at(0)))
    inside = [[c for c in C if groups_at(0)[c] == node] for node in nodes]
    matrix = result.confusion_matrix(0)
    assert list(matrix.index) == list(matrix.columns) == [TREE.labels[node] for node in nodes]
    expected = [[sum(table[i][j] for i in a for j in b) for b in inside] for a in inside]
    np.testing.assert_allclose(matrix.to_numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(("seed", "few"), [(0, 8), (1, 5), (2, 2)])
def test_per_class(seed, few):
    p = made(seed, 80, few=few)
    table, rows = counted(p), []
    for c, name in enumerate(NAMES):
        n, n_predicted = sum(table[c]), sum(row[c] for row in table)
        cost = sum(table[c][j] * T[c][j] for j in C)
        parts = (sum(table[c][j] * sizes(c, j)[part] for j in C) for part in range(3))
        own = [row for row in confusions(p) if row["label"] == name]
        worst = own[0] if own else None
        rows.append(
            {
                "class": name,
                "n": n,
                "n_predicted": n_predicted,
                "precision": share_of(table[c][c], n_predicted),
                "recall": share_of(table[c][c], n),
                "f1": share_of(2 * table[c][c], n + n_predicted),
                "average_hierarchical_cost": share_of(cost, n),
                "mistake_severity": share_of(cost, n - table[c][c]),
                "hierarchical_f1": f1_of(*parts) if n else NAN,
                "confused_with": worst["predicted"] if worst else None,
                "confused_count": worst["count"] if worst else 0.0,
                "confused_distance": worst["distance"] if worst else NAN,
                "confused_tied": alike(worst, own) if worst else 0,
            }
        )
    assert_defined(evaluate(p, TREE, intervals=False).per_class, rows)


@pytest.mark.parametrize(("seed", "few"), [(0, 8), (1, 5), (2, 2)])
def test_per_node(seed, few):
    p = made(seed, 80, few=few)
    table, rows = counted(p), []
    for node in range(1, TREE.n_nodes):
        inside = [c for c in C if node in LINE[c]]
        n = sum(table[i][j] for i in inside for j in C)
        n_predicted = sum(table[i][j] for i in C for j in inside)
        both = sum(table[i][j] for i in inside for j in inside)
        names = {NAMES[c] for c in inside}
        out = [r for r in confusions(p) if r["label"] in names and r["predicted"] not in names]
        rows.append(
            {
                "node": path_name(TREE, node),
                "level": depth(node) - 1,
                "n_classes": len(inside),
                "n": n,
                "n_predicted": n_predicted,
                "precision": share_of(both, n_predicted),
                "recall": share_of(both, n),
                "f1": share_of(2 * both, n + n_predicted),
                "confused_label": out[0]["label"] if out else None,
                "confused_with": out[0]["predicted"] if out else None,
                "confused_count": out[0]["count"] if out else 0.0,
                "confused_distance": out[0]["distance"] if out else NAN,
                "confused_tied": alike(out[0], out) if out else 0,
            }
        )
    assert_defined(evaluate(p, TREE, intervals=False).per_node, rows)


@pytest.mark.parametrize("bins", [1, 5, 15])
def test_reliability(bins):
    p = made(4, 80)
    assert_defined(evaluate(p, TREE, intervals=False, n_bins=bins).reliability, gaps(p, bins))


@pytest.mark.parametrize("similarity", ["kim", "barz"])
def test_similarity_curve(similarity):
    p = made(5, 25, embeddings=True)
    result = evaluate(p, TREE, intervals=False, hs_k=(1, 7), similarity=similarity, dtype="float64")
    unit = [row / math.sqrt(row @ row) for row in p.embeddings]
    y = p.labels.tolist()

    def alike(i, j):
        if similarity == "kim":
            return 1 - (math.sqrt(2) * T[i][j] / (1 + T[i][j])) ** 2 / 2
        return 1 - (0 if i == j else height(MET[i][j])) / height(0)

    each = []
    for q in range(25):
        others = [s for s in range(25) if s != q]
        near = sorted(others, key=lambda s: -float(unit[q] @ unit[s]))
        best = sorted((alike(y[q], y[s]) for s in others), reverse=True)
        got = [alike(y[q], y[s]) for s in near]
        # Where even the best attainable sum is 0 a query tells nothing, and is left out.
        each.append([share_of(sum(got[:k]), sum(best[:k])) for k in range(1, 8)])
    rows = [
        {"k": k + 1, "value": mean(row[k] for row in each if not math.isnan(row[k]))}
        for k in range(7)
    ]
    assert_defined(result.similarity_curve, rows)
    areas = (mean((a + b) / 2 for a, b in pairwise(row)) for row in each)
    area = mean(x for x in areas if not math.isnan(x))
    assert result.value("average_hierarchical_similarity_at_k", k=7) == pytest.approx(area)


def test_tables_without_confidences_embeddings_or_mistakes_keep_their_columns():
    p = Predictions(["a", "b"], classes=NAMES, ranked=["a", "b"])
    result = evaluate(p, TREE, intervals=False)
    full = evaluate(made(0, embeddings=True), TREE, intervals=False, hs_k=(1, 3))
    for name in ("confusions", "reliability", "similarity_curve"):
        assert getattr(result, name).empty
        assert list(getattr(result, name)) == list(getattr(full, name))
    assert ht.Evaluation.from_json(result.to_json()).confusions.columns[0] == "label"
