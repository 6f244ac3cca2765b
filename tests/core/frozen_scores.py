"""Every score on fixed inputs, by public names only: what must not move when code does.

``python tests/core/frozen_scores.py`` says which numbers differ from the frozen ones;
``--write`` freezes them anew, after a change of numbers that CHANGELOG.md tells.
"""

import argparse
import inspect
import json
from pathlib import Path

import numpy as np

import hiertools as ht

FROZEN = Path(__file__).with_name("frozen_scores.json")

COLUMNS = (
    "value", "chance", "z", "p_value", "n_permutations", "adjusted", "ceiling", "ci_low",
    "ci_high", "n_classes",
)  # fmt: skip


def _names(count):
    return [f"class {number:02d}" for number in range(count)]


def _balanced():
    return ht.ClassTree.from_lineages(
        {name: (f"g{i // 8}", f"h{i // 4}", name) for i, name in enumerate(_names(24))}
    )


def _ragged(count=30):
    """Unequal depths, chains, classes at inner nodes, a branch without a class."""
    rng = np.random.default_rng(5)
    inner = 12
    parent = [-1, *(int(rng.integers(0, i)) for i in range(1, inner + 1))]
    parent += [int(rng.integers(0, inner)) for _ in range(count - 2)]
    nodes = [3, 7, *range(inner + 1, inner + 1 + count - 2)]
    return ht.ClassTree(parent, _names(count), nodes)


def _ranked():
    table = {
        f"{family}-{genus}-{species}": (family, f"{family}{genus}", f"{family}{genus}{species}")
        for family in "ABC"
        for genus in range(2 + (family == "A"))
        for species in range(3)
    }
    return ht.ClassTree.from_lineages(table, ranks=("family", "genus", "species"))


def _lengths():
    rng = np.random.default_rng(6)
    tree = _ragged(20)
    return ht.ClassTree(
        tree.parent, tree.classes, tree.class_node, length=rng.uniform(0.1, 2, tree.n_nodes)
    )


def _caterpillar(count=14):
    parent = [-1, *(max(0, i - 1 - (i % 2 == 0)) for i in range(1, 2 * count - 1))]
    tree = ht.ClassTree(parent, ["x"], [len(parent) - 1])
    leaves = np.flatnonzero(tree.n_children == 0)
    return ht.ClassTree(tree.parent, _names(len(leaves)), leaves)


def _star(count=9):
    return ht.ClassTree([-1] + [0] * count, _names(count), range(1, count + 1))


def _one_pair(count):
    """A single group of two: most scores are undefined, or nearly."""
    return ht.ClassTree([-1, 0, *[0] * (count - 2), 1, 1], _names(count), range(2, count + 2))


def _vectors(tree, seed, *, signal=0.0, dimensions=8, whole=False):
    """Random vectors, drawn towards the tree's own distances; whole numbers tie."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(tree.n_classes, dimensions))
    if signal:
        directions = rng.normal(size=(tree.n_nodes, dimensions))
        for row, node in enumerate(tree.class_node.tolist()):
            above = [node, *ht.ancestors(tree, node).tolist()]
            vectors[row] += signal * directions[above].sum(axis=0)
    return ht.ClassRepresentatives(np.rint(vectors) if whole else vectors, tree.classes)


def _imagenet():
    head, tree = ht.load_imagenet_head(), ht.load_imagenet_tree()
    chosen = head.classes[::25]
    return head.take(chosen), ht.restrict(tree, chosen)


def comparisons():
    """Return the arguments of `compare` by name."""
    plain = {"permutations": 59, "scores": "all", "random_state": 3}
    trees = {
        "balanced": _balanced(),
        "ragged": _ragged(),
        "ranked": _ranked(),
        "lengths": _lengths(),
        "caterpillar": _caterpillar(),
    }
    found = {
        name: ((_vectors(tree, seed, signal=0.7), tree), plain)
        for seed, (name, tree) in enumerate(trees.items())
    }
    balanced = trees["balanced"]
    found |= {
        "random": ((_vectors(balanced, 11), balanced), plain),
        "one pair": ((_vectors(_one_pair(8), 12), _one_pair(8)), plain),
        "three classes": ((_vectors(_one_pair(3), 13), _one_pair(3)), plain),
        "angular, centred, complete linkage": (
            (_vectors(trees["ragged"], 14, signal=0.5), trees["ragged"]),
            {**plain, "metric": "angular", "linkage": "complete", "center": True},
        ),
        "neighbour joining": (
            (_vectors(balanced, 15, signal=0.5), balanced),
            {**plain, "linkage": "nj"},
        ),
        "paper settings": (
            (_vectors(balanced, 16, signal=0.5), balanced),
            {**plain, "settings": "paper"},
        ),
        "imagenet, every 25th class": (_imagenet(), {**plain, "permutations": 39}),
    }
    return found


def _predictions(tree, seed, *, count=300, kind="logit", embeddings=True, tied=False):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, tree.n_classes, count)
    near = -ht.path_distances(tree)[labels]
    scores = 0.8 * near + rng.gumbel(size=(count, tree.n_classes))
    scores[np.arange(count), labels] += 1.0
    if tied:
        scores = np.rint(scores)
    if kind == "probability":
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores /= scores.sum(axis=1, keepdims=True)
    features = None
    if embeddings:
        features = rng.normal(size=(tree.n_classes, 6))[labels] + rng.normal(size=(count, 6))
    return ht.Predictions(labels, scores, tree.classes, embeddings=features, score_kind=kind)


def evaluations():
    """Return the arguments of `evaluate` by name."""
    plain = {"n_bootstrap": 50, "random_state": 2, "hs_k": (1, 10)}
    return {
        "logits": ((_predictions(_balanced(), 1), _balanced()), plain),
        "probabilities, ragged": (
            (_predictions(_ragged(), 2, kind="probability"), _ragged()),
            {**plain, "similarity": "barz"},
        ),
        "ranked": ((_predictions(_ranked(), 3, embeddings=False), _ranked()), plain),
        "lengths": ((_predictions(_lengths(), 4), _lengths()), {**plain, "k": (1, 3)}),
        "paper settings": (
            (_predictions(_balanced(), 5), _balanced()),
            {**plain, "settings": "paper"},
        ),
    }


def tree_pairs():
    """Return pairs of trees by name."""
    ragged = _ragged()
    moved = np.random.default_rng(8).permutation(ragged.n_classes)
    shuffled = ht.ClassTree(ragged.parent, ragged.classes, ragged.class_node[moved])
    balanced = _balanced()
    return {
        "ragged against itself": (ragged, ragged),
        "ragged against shuffled": (ragged, shuffled),
        "balanced against inferred": (balanced, ht.infer_tree(_vectors(balanced, 21, signal=0.4))),
        "lengths against neighbours joined": (
            _lengths(),
            ht.infer_tree(_vectors(_lengths(), 22, signal=0.5), linkage="nj"),
        ),
        "star against caterpillar": (_star(), ht.restrict(_caterpillar(), _names(9))),
    }


def _rows(frame):
    """Turn a score table into number by "score level k column"."""
    found = {}
    for row in frame.to_dict("records"):
        place = " ".join(str(row[part]) for part in ("score", "level", "k") if part in row)
        for column in COLUMNS:
            if column in row:
                found[f"{place} {column}"] = float(row[column])
    return found


def _table(frame):
    numbers = frame.select_dtypes("number").astype(float)
    return {
        f"{column} of row {row}": value
        for column in numbers
        for row, value in zip(range(len(numbers)), numbers[column].tolist())
    }


def _sample(mapping, step):
    return dict(list(mapping.items())[::step])


def _distances(reference, other):
    found = {}
    for name, method in ht.treedist.METHODS.items():
        parameters = inspect.signature(method.function).parameters.values()
        required = {p.name for p in parameters if p.default is p.empty} - {"reference", "other"}
        options = {key: {"k": 3, "level": 0}[key] for key in required}
        counts = ht.tree_distance(reference, other, name, details=True, **options)
        for key, value in counts.items():
            if isinstance(value, int | float | np.number) and not isinstance(value, bool):
                found[f"{name} {key}"] = float(value)
    return found


def compute():
    """Return every number, by input and place."""
    found = {}
    for name, (arguments, options) in comparisons().items():
        result = ht.compare(*arguments, **options)
        found[f"compare: {name}"] = {
            **_rows(result.scores),
            **_sample(_table(result.per_class), 5),
            **_sample(_table(result.per_node), 5),
        }
    for name, (arguments, options) in evaluations().items():
        result = ht.evaluate(*arguments, **options)
        found[f"evaluate: {name}"] = {
            **_rows(result.scores),
            **_sample(_table(result.per_class), 5),
        }
    for name, pair in tree_pairs().items():
        found[f"tree_distance: {name}"] = _distances(*pair)
    return found


def _rounded(number):
    return None if np.isnan(number) else float(f"{number:.12g}")


def differences(found, frozen):
    """Return a line for each number that is not the frozen one."""
    lines = []
    for name in sorted(found.keys() | frozen.keys()):
        now, then = found.get(name, {}), frozen.get(name, {})
        for place in sorted(now.keys() | then.keys()):
            if place not in now or place not in then:
                lines.append(f"{name}: {place}: {'gone' if place in then else 'new'}")
                continue
            old = np.nan if then[place] is None else then[place]
            if not np.isclose(now[place], old, rtol=1e-9, atol=1e-11, equal_nan=True):
                lines.append(f"{name}: {place}: {now[place]!r}, frozen {old!r}")
    return lines


def main():
    """Compare with the frozen numbers, or freeze anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="freeze the numbers of this code")
    found = compute()
    if parser.parse_args().write:
        held = {
            name: {place: _rounded(number) for place, number in numbers.items()}
            for name, numbers in found.items()
        }
        FROZEN.write_text(json.dumps(held, indent=0) + "\n", encoding="utf-8")
        print(f"Froze {sum(map(len, held.values())):,} numbers of {len(held)} inputs.")
        return
    lines = differences(found, json.loads(FROZEN.read_text(encoding="utf-8")))
    print("\n".join(lines) or "No number differs.")
    raise SystemExit(bool(lines))


if __name__ == "__main__":
    main()
