"""The scores of `compare` written out literally: one pair, class or clade after the other."""

import math

import numpy as np
from literal import below, clades, path_between, with_ranks
from scipy import stats

import hiertools as ht

NAN = math.nan
NO_INTERVAL = "no interval over classes: a tree of fewer classes is another tree"

TREE = ht.ClassTree.from_newick("((((a,b)p,c)q,(d,e)r)v,((f,g)s,h)w,i);")
RANKS = ("order", "family", "genus", "species")
RANKED = with_ranks(TREE, RANKS)
# A family without an order: one edge below the root is not everywhere the order.
GAPPED = with_ranks(TREE, RANKS, without={"w"})
NAMES = TREE.classes


def model(seed, noise=1.5):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(TREE.n_nodes, 4))
    rows = [sum(centres[v] for v in line) for line in lines(TREE)]
    return ht.ClassRepresentatives(rows + noise * rng.normal(size=(len(NAMES), 4)), NAMES)


def lines(tree):
    return [[v for v in range(tree.n_nodes) if name in below(tree, v)] for name in tree.classes]


def spearman(x, y):
    if len(set(x)) == 1 or len(set(y)) == 1:
        return NAN
    return float(stats.spearmanr(x, y).statistic)


def ceiling_of(values):
    """sqrt(1 - sum(g^3 - g) / (N^3 - N)) over groups of g tied values."""
    n, groups = len(values), [list(values).count(value) for value in set(values)]
    left = 1 - sum(g**3 - g for g in groups) / (n**3 - n)
    return math.sqrt(left) if left > 0 else NAN


def fisher(values, n):
    """Tanh of the mean arctanh, each value capped at 1 - 6 / (n (n^2 - 1))."""
    cap = 1 - 6 / (n * (n * n - 1))
    known = [max(-cap, min(cap, x)) for x in values if not math.isnan(x)]
    return math.tanh(sum(map(math.atanh, known)) / len(known)) if known else NAN


def group_of(tree, level):
    """The node at each class's level, or the class's own where that lies higher."""
    return [line[1 + level] if len(line) > 1 + level else line[-1] for line in lines(tree)]


def retrieval(d, group):
    """P@1, R-precision and MAP@R of each class that has company."""
    found = []
    for i, own in enumerate(group):
        r = group.count(own) - 1
        if r == 0:
            continue
        near = sorted((j for j in range(len(group)) if j != i), key=lambda j: d[i][j])
        hit = [group[j] == own for j in near[:r]]
        average = sum(hit[j] * sum(hit[: j + 1]) / (j + 1) for j in range(r)) / r
        found.append((float(hit[0]), sum(hit) / r, average))
    return found


def splits(tree):
    everything = frozenset(tree.classes)
    sides = {frozenset((clade, everything - clade)) for clade in clades(tree)}
    return {side for side in sides if min(map(len, side)) > 1}


def compatible(a, b):
    return not a & b or a <= b or b <= a


def contradicts(split, others):
    return any(all(a & b for a in split for b in other) for other in others)


def correlations_and_retrieval(d, tree, levels=(0, 1, 2)):
    """Each score's value, ceiling, number of classes and note."""
    n = len(d)
    t = [[path_between(tree, a, b) for b in tree.class_node] for a in tree.class_node]
    pairs = [(i, j) for i in range(n) for j in range(i)]
    x, y = ([m[i][j] for i, j in pairs] for m in (d, t))
    found = {("elementwise_correlation", None): (spearman(x, y), ceiling_of(y), n, "")}
    rho, tops = [], []
    for i in range(n):
        x, y = ([m[i][j] for j in range(n) if j != i] for m in (d, t))
        rho.append(spearman(x, y))
        tops.append(ceiling_of(y))
    left = sum(map(math.isnan, rho))
    note = f"undefined for {left} of {n} classes (all distances equal)" if left else ""
    found["classwise_correlation", None] = (fisher(rho, n - 1), fisher(tops, n - 1), n - left, note)
    for level in levels:
        each = retrieval(d, group_of(tree, level))
        for place, name in enumerate(("precision_at_1", "r_precision", "map_at_r")):
            mean = sum(row[place] for row in each) / len(each) if each else NAN
            note = "" if each else f"undefined: no class has company at level {level}"
            found[name, level] = (mean, 1.0 if each else NAN, len(each), note)
    return found


def shared_clades(tree, inferred):
    n = tree.n_classes
    mine, theirs = ({c for c in clades(x) if 1 < len(c) < n} for x in (tree, inferred))
    wrong = sum(any(not compatible(c, other) for other in mine) for c in theirs)
    told = (
        f"{len(mine & theirs)} of {len(mine)} predefined clades recovered, and of {len(theirs)} "
        f"inferred ones {wrong} contradict the taxonomy and {len(theirs - mine) - wrong} only "
        "refine it"
    )
    raw, both, most = len(mine ^ theirs), len(mine) + len(theirs), n - 2
    one, two = splits(tree), splits(inferred)
    odd = sum(contradicts(split, one) for split in two)
    told_unrooted = (
        f"{len(one & two)} of {len(one)} predefined splits recovered, and of {len(two)} "
        f"inferred ones {odd} contradict the taxonomy and {len(two - one) - odd} only refine it"
    )
    # The least that a binary tree can differ: it has n - 2 clades, n - 3 splits.
    floor = (most - len(mine)) / (most + len(mine))
    flat = (n - 3 - len(one)) / (n - 3 + len(one))
    apart = len(one ^ two) / (len(one) + len(two))
    return {
        ("robinson_foulds", None): (raw / both, floor, n, f"{told}; {NO_INTERVAL}"),
        ("robinson_foulds_raw", None): (float(raw), float(most - len(mine)), n, NO_INTERVAL),
        ("robinson_foulds_unrooted", None): (apart, flat, n, f"{told_unrooted}; {NO_INTERVAL}"),
    }


def everything(d, tree, inferred, levels):
    return {**correlations_and_retrieval(d, tree, levels), **shared_clades(tree, inferred)}


def replicates(d, tree, levels=(0, 1, 2)):
    """Each score without each class; the hierarchy plays no part in these."""
    found = {}
    for gone in range(len(d)):
        left = [i for i in range(len(d)) if i != gone]
        rest = ht.restrict(tree, [tree.classes[i] for i in left])
        for key, (value, *_) in correlations_and_retrieval(
            d[np.ix_(left, left)], rest, levels
        ).items():
            found.setdefault(key, []).append(value)
    return {key: [x for x in values if not math.isnan(x)] for key, values in found.items()}


def interval(name, value, ceiling, without, n_classes):
    """Jackknife with Student's t; for shares Wilson's interval with the jackknife's error.

    Its ends, and why there is none.
    """
    g = len(without)
    units = min(g, n_classes)
    if math.isnan(value):
        return NAN, NAN, ""
    if name.endswith("correlation") and value >= ceiling - 1e-9:
        why = "no interval: at the best attainable value, leaving out classes tells nothing"
        return NAN, NAN, why
    if n_classes < 3:
        return NAN, NAN, f"no interval: {n_classes} classes inform it, and three are the fewest"
    if g < 3:
        return NAN, NAN, "no interval: with some of the classes left out, it is undefined"
    mean = sum(without) / g
    error = math.sqrt((g - 1) / g * sum((x - mean) ** 2 for x in without))
    t = stats.t.ppf(0.975, units - 1)
    if name.endswith("correlation"):
        return max(-1.0, value - t * error), min(ceiling, value + t * error), ""
    spread = value * (1 - value)
    n = min(n_classes, spread / error**2) if spread > 1e-12 and error > 1e-6 else n_classes
    half = math.sqrt(max(spread, 0) / n + t * t / (4 * n * n)) * t
    low, high = ((value + t * t / (2 * n) + side * half) / (1 + t * t / n) for side in (-1, 1))
    return max(low, 0.0), min(high, 1.0), ""
