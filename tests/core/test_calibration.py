"""Calibration errors against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from hiertools import PredictionsError
from hiertools.evaluation.reliability import reliability_table
from hiertools.measures.calibration import (
    calibration_error_interval,
    confidence_bins,
    expected_calibration_error,
    expected_calibration_error_debiased,
    maximum_calibration_error,
    softmax_confidence,
)


def gaps(confidence, correct, bins):
    """One bin after the other: low <= p < high, the last one closed."""
    found = []
    for b in range(bins):
        low, high = np.linspace(0, 1, bins + 1)[[b, b + 1]]
        inside = [
            (p, c) for p, c in zip(confidence, correct) if low <= p < high or (p == 1 and high == 1)
        ]
        if inside:
            mean_p, mean_c = np.mean([p for p, _ in inside]), np.mean([c for _, c in inside])
            found.append((len(inside), abs(mean_p - mean_c)))
    return found


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 20))
@settings(deadline=None, max_examples=50)
def test_errors_are_their_definitions(seed, n, bins):
    rng = np.random.default_rng(seed)
    # Many confidences on bin edges, 1.0 among them.
    p = np.where(rng.random(n) < 0.5, rng.integers(0, bins + 1, n) / bins, rng.random(n))
    correct = rng.random(n) < p
    expected = gaps(p, correct, bins)
    ece = sum(count * gap for count, gap in expected) / n
    assert expected_calibration_error(p, correct, bins) == pytest.approx(ece, abs=1e-12)
    mce = max(gap for _, gap in expected)
    assert maximum_calibration_error(p, correct, bins) == pytest.approx(mce, abs=1e-12)
    table = reliability_table(p, correct, bins).frame()
    assert table["n"].sum() == n
    assert len(table) == bins


def test_confidence_one_is_in_the_last_bin():
    assert confidence_bins([1.0, 0.0, 1.0 / 15], 15).tolist() == [14, 0, 1]


def test_softmax_confidence_survives_large_logits():
    from scipy.special import softmax

    rng = np.random.default_rng(0)
    logits = rng.standard_normal((50, 7)) * 400
    np.testing.assert_allclose(softmax_confidence(logits), softmax(logits, axis=1).max(axis=1))


def noisy_gaps(p, correct, bins=15):
    """Of each bin that holds samples: its share, its gap, and the error of its accuracy."""
    which = confidence_bins(p, bins)
    for b in np.unique(which):
        n, right = (which == b).sum(), correct[which == b].sum()
        smoothed = (right + 1) / (n + 2)
        gap = abs(right - p[which == b].sum()) / n
        yield n / p.size, gap, np.sqrt(smoothed * (1 - smoothed) / n)


@pytest.mark.parametrize("seed", range(3))
def test_the_debiased_error_takes_off_what_noise_adds(seed):
    """Kumar, Liang and Ma draw from a normal distribution what is an expectation here."""
    rng = np.random.default_rng(seed)
    p = rng.random(90)
    correct = rng.random(90) < np.clip(p - 0.1, 0, 1)
    told = list(noisy_gaps(p, correct))
    error = expected_calibration_error(p, correct)
    drawn = sum(w * np.abs(rng.normal(gap, s, 40_000)) for w, gap, s in told)
    added = drawn.mean() - error
    found = expected_calibration_error_debiased(p, correct)
    assert found == pytest.approx(max(error - added, 0), abs=4 * drawn.std() / 200)
    by_density = sum(
        w * (2 * g - stats.foldnorm.mean(g / s, scale=s)) for w, g, s in told
    )  # fmt: skip
    assert found == pytest.approx(max(by_density, 0))


ACCURACIES = {
    0.0: lambda c: c,
    0.07: lambda c: c - 0.07,
    0.18: lambda c: c - 0.18,
    # A quarter of the predictions has all of the gap, the others have none.
    0.05: lambda c: np.where(c > 0.8, c - 0.2, c),
}


@pytest.mark.parametrize("truth", ACCURACIES)
def test_the_interval_holds_the_error_of_the_population_and_both_estimates(truth):
    rng, held, estimates = np.random.default_rng(0), 0, []
    for _ in range(150):
        p = rng.uniform(0.2, 1.0, 500)
        correct = rng.random(500) < ACCURACIES[truth](p)
        low, high = calibration_error_interval(p, correct)
        both = (
            expected_calibration_error(p, correct),
            expected_calibration_error_debiased(p, correct),
        )
        assert all(low <= each <= high for each in both)
        held += low <= truth <= high
        estimates.append(both)
    assert held >= 0.92 * 150
    plain, debiased = np.mean(estimates, axis=0) - truth
    assert abs(debiased) < max(plain, 0.006)


def test_a_calibrated_model_may_have_no_error():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.2, 1.0, 2000)
    assert calibration_error_interval(p, rng.random(2000) < p)[0] == 0.0


def test_without_samples_all_are_undefined():
    assert np.isnan(expected_calibration_error_debiased([], []))
    assert np.isnan(calibration_error_interval([], [])).all()
    assert np.isnan(expected_calibration_error([], []))
    assert np.isnan(maximum_calibration_error([], []))


@pytest.mark.parametrize(
    ("values", "message"), [([1.2], "first 1.2 at 0"), ([np.nan], "must be finite")]
)
def test_bad_confidences_are_named(values, message):
    with pytest.raises(PredictionsError, match=message):
        confidence_bins(values)
