"""Calibration at each level against its definition, and the temperature against a search."""

import math

import numpy as np
import pytest
from literal import assert_defined
from ranked_trees import ranked_tree
from scipy import stats

import hiertools as ht
from hiertools.decisions import Temperature, calibration_by_level
from hiertools.measures.calibration import calibration_error_interval
from hiertools.measures.probability_scores import adaptive_calibration_error

TREE = ranked_tree()
NAMES = TREE.classes
GROUPS = {
    "order": {"a": "v", "b": "v", "c": "v", "d": "w", "e": "w", "f": "w"},
    "genus": {"a": "x", "b": "x", "c": "y", "d": "z", "e": "z", "f": "u"},
    None: {name: name for name in NAMES},
}


def samples(seed, n, ties=True):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(len(NAMES), 0.6), n)
    labels = np.array([rng.choice(NAMES, p=row) for row in p])
    return (np.array([rng.multinomial(16, row) for row in p]) / 16 if ties else p), labels


def binned(pairs, n, n_bins):
    """The mean gap of (probability, truth) pairs over equal bins, 1.0 in the last."""
    total = 0.0
    for b in range(n_bins):
        inside = [(p, t) for p, t in pairs if min(int(p * n_bins + 1e-9), n_bins - 1) == b]
        total += abs(sum(t - p for p, t in inside)) / n
    return total


def t_ends(values, low, high):
    mean, half = np.mean(values), stats.t.ppf(0.95, len(values) - 1) * stats.sem(values)
    return max(mean - half, low), min(mean + half, high)


@pytest.mark.parametrize(("seed", "ties"), [(0, True), (1, False)])
@pytest.mark.parametrize("n_bins", [4, 15])
def test_every_column_is_its_definition(seed, ties, n_bins):
    n = 50
    p, labels = samples(seed, n, ties)
    found = calibration_by_level(
        p, labels, TREE, NAMES, levels=["order", "genus"], n_bins=n_bins, confidence_level=0.9
    )
    rows = []
    for rank, groups in GROUPS.items():
        names = sorted(set(groups.values()))
        q = [{g: sum(x for x, c in zip(row, NAMES) if groups[c] == g) for g in names} for row in p]
        y = [groups[label] for label in labels]
        brier = [sum((r[g] - (g == t)) ** 2 for g in names) for r, t in zip(q, y)]
        log = [-math.log(max(min(r[t], 1.0), np.finfo(float).eps)) for r, t in zip(q, y)]
        best = [max(r.values()) for r in q]
        right = []
        for r, t, top in zip(q, y, best):
            tied = [g for g in names if r[g] >= top - 1e-12]
            right.append((t in tied) / len(tied))
        # Adaptive: the middle rank of equal confidences, in halves.
        adaptive = {}
        for top, t in zip(best, right):
            below = sum(x < top - 1e-9 for x in best)
            equal = sum(abs(x - top) <= 1e-9 for x in best)
            place = below + equal / 2  # the mean of rank - 1/2 over equal ones
            adaptive.setdefault(int(place * n_bins / n + 1e-9), []).append(t - top)
        classwise = np.mean(
            [binned([(r[g], t == g) for r, t in zip(q, y)], n, n_bins) for g in names]
        )
        low, high = calibration_error_interval(best, right, n_bins, 0.9)
        for score, value, ends in (
            ("brier_score", np.mean(brier), t_ends(brier, 0, 2)),
            ("log_loss", np.mean(log), t_ends(log, 0, np.inf)),
            ("expected_calibration_error", binned([*zip(best, right)], n, n_bins), (low, high)),
            (
                "adaptive_calibration_error",
                sum(abs(sum(gaps)) for gaps in adaptive.values()) / n,
                (None, None),
            ),
            ("classwise_calibration_error", classwise, (None, None)),
        ):
            rows.append(
                {
                    "level": {"order": 0, "genus": 1, None: None}[rank],
                    "rank": rank,
                    "n_groups": len(names),
                    "score": score,
                    "value": float(value),
                    "ci_low": None if ends[0] is None else float(ends[0]),
                    "ci_high": None if ends[1] is None else float(ends[1]),
                }
            )
    assert_defined(found, rows, rel=1e-7)


def test_scores_agree_with_those_of_scikit_learn():
    from sklearn.metrics import brier_score_loss, log_loss

    p, labels = samples(2, 80, ties=False)
    found = calibration_by_level(p, labels, TREE, NAMES).set_index(["rank", "score"])["value"]
    of_classes = calibration_by_level(p, labels, TREE, NAMES, levels="order")
    own = of_classes[of_classes["level"].isna()].set_index("score")["value"]
    assert own["log_loss"] == pytest.approx(log_loss(labels, p, labels=list(NAMES)))
    binary = p[:, :3].sum(axis=1)
    of_v = np.isin(labels, ["a", "b", "c"])
    assert found["order", "brier_score"] == pytest.approx(2 * brier_score_loss(of_v, binary))
    # The finest rank is that of the classes.
    assert found["species", "brier_score"] == pytest.approx(own["brier_score"])


def test_order_of_columns_and_of_samples_decides_nothing():
    p, labels = samples(3, 60)
    rng = np.random.default_rng(0)
    order, rows = rng.permutation(len(NAMES)), rng.permutation(60)
    a = calibration_by_level(p, labels, TREE, NAMES)
    b = calibration_by_level(p[rows][:, order], labels[rows], TREE, [NAMES[i] for i in order])
    np.testing.assert_allclose(a["value"], b["value"], rtol=1e-9, atol=1e-12)


def test_bins_of_equally_many_samples_hold_equally_many():
    p = np.linspace(0.1, 0.9, 12)
    right = np.arange(12) % 2
    wanted = sum(
        abs((right[i : i + 3] - p[i : i + 3]).sum()) for i in range(0, 12, 3)
    ) / 12  # fmt: skip
    assert adaptive_calibration_error(p, right, 4) == pytest.approx(wanted)
    assert math.isnan(adaptive_calibration_error([], [], 4))


@pytest.mark.parametrize("sharp", [0.5, 1.0, 3.0])
def test_the_temperature_has_the_least_loss(sharp):
    rng = np.random.default_rng(0)
    logits = 2 * rng.standard_normal((3000, 6))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(NAMES, p=row) for row in p])
    stated = p**sharp / (p**sharp).sum(axis=1, keepdims=True)
    found = Temperature(NAMES).fit(stated, labels)
    assert found.temperature_ == pytest.approx(sharp, rel=0.1)
    y = [NAMES.index(label) for label in labels]

    def loss(temperature):
        q = stated ** (1 / temperature)
        q /= q.sum(axis=1, keepdims=True)
        return -np.log(q[np.arange(3000), y]).mean()

    assert found.n_samples_ == 3000
    assert found.log_loss_ == pytest.approx((loss(1.0), loss(found.temperature_)))
    for other in (0.99, 1.01):
        assert loss(found.temperature_ * other) > loss(found.temperature_)
    q = stated ** (1 / found.temperature_)
    np.testing.assert_allclose(found.transform(stated), q / q.sum(axis=1, keepdims=True))
    # Logits of predictions are taken as they are, however large: no probability is 0.
    predicted = ht.Predictions(labels, logits * sharp, NAMES, score_kind="logit")
    again = Temperature().fit(predicted, labels)
    assert again.temperature_ == pytest.approx(found.temperature_, rel=1e-9)
    sharper = ht.Predictions(labels, logits * sharp * 1000, NAMES, score_kind="logit")
    far = Temperature().fit(sharper, labels)
    assert far.temperature_ == pytest.approx(1000 * found.temperature_, rel=1e-6)


def test_a_temperature_is_saved_and_read(tmp_path):
    p, labels = samples(4, 100, ties=False)
    found = Temperature(NAMES).fit(p, labels)
    found.to_json(tmp_path / "t.json")
    read = Temperature.from_json(tmp_path / "t.json", NAMES)
    assert (read.temperature_, read.n_samples_, read.log_loss_) == (
        found.temperature_, found.n_samples_, found.log_loss_
    )  # fmt: skip
    assert np.array_equal(read.transform(p), found.transform(p))
    assert read.to_json() == found.to_json()
    with pytest.raises(ht.FileFormatError, match=r"read it with hiertools.decisions.Temperature"):
        ht.read_result(tmp_path / "t.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"hiertools": "temperature", "format": 1}', "lacks 'temperature'"),
        ('{"hiertools": "temperature", "format": 9}', "written in format 9"),
        ('{"hiertools": "consensus", "format": 1}', "not a saved temperature"),
        (
            '{"hiertools": "temperature", "format": 1, "temperature": -1, "n_samples": 2, '
            '"log_loss": [1, 2]}',
            "must be a positive number",
        ),
        (
            '{"hiertools": "temperature", "format": 1, "temperature": 1, "n_samples": 2, '
            '"log_loss": ["x", 2]}',
            "is damaged",
        ),
        (
            '{"hiertools": "temperature", "format": 1, "temperature": "1", "n_samples": 2, '
            '"log_loss": [1]}',
            "is damaged",
        ),
    ],
)
def test_a_damaged_temperature_is_refused(text, message):
    with pytest.raises(ht.FileFormatError, match=message):
        Temperature.from_json(text)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Temperature(NAMES).transform(samples(0, 3)[0]), "call fit"),
        (lambda: Temperature(NAMES).to_json(), "call fit"),
        (lambda: Temperature(NAMES).fit(np.eye(6), list("bcdefa")), "have a probability of 0"),
        (lambda: Temperature(NAMES).fit(np.eye(6), list(NAMES)), "almost without exception"),
        (lambda: Temperature(NAMES).fit(np.full((6, 6), 1 / 6), list(NAMES)), "no temperature is"),
        (lambda: Temperature(NAMES).fit(samples(0, 3)[0], ["a"]), "3 samples and 1 labels"),
        (
            lambda: calibration_by_level(samples(0, 3)[0], ["a"], TREE, NAMES),
            "3 samples and 1 labels",
        ),
        (
            lambda: calibration_by_level(*samples(0, 3), TREE, NAMES, levels="kingdom"),
            "kingdom",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        call()
