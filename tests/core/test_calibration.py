"""Calibration errors against their definition."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools import PredictionsError
from hiertools.evaluation.reliability import reliability_table
from hiertools.measures.calibration import (
    confidence_bins,
    expected_calibration_error,
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
    table = reliability_table(p, correct, bins)
    assert table["n"].sum() == n
    assert len(table) == bins


def test_confidence_one_is_in_the_last_bin():
    assert confidence_bins([1.0, 0.0, 1.0 / 15], 15).tolist() == [14, 0, 1]


def test_softmax_confidence_survives_large_logits():
    from scipy.special import softmax

    rng = np.random.default_rng(0)
    logits = rng.standard_normal((50, 7)) * 400
    np.testing.assert_allclose(softmax_confidence(logits), softmax(logits, axis=1).max(axis=1))


def test_without_samples_both_are_undefined():
    assert np.isnan(expected_calibration_error([], []))
    assert np.isnan(maximum_calibration_error([], []))


@pytest.mark.parametrize(
    ("values", "message"), [([1.2], "first 1.2 at 0"), ([np.nan], "must be finite")]
)
def test_bad_confidences_are_named(values, message):
    with pytest.raises(PredictionsError, match=message):
        confidence_bins(values)
