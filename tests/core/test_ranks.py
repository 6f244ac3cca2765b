"""Ranks and quantiles of our own, held against scipy.stats, whose import takes too long."""

from __future__ import annotations

import math

import numpy as np
import pytest
from literal import t_quantile
from scipy import stats

from hiertools.inference import t_interval, t_test_p
from hiertools.measures.ranks import mean_ranks


@pytest.mark.parametrize("shape", [(0,), (1,), (2,), (57,), (3, 1), (4, 3), (6, 40), (2, 0)])
@pytest.mark.parametrize("different", [1, 2, 5, 10**9])
def test_ranks_are_those_of_scipy(shape, different):
    values = np.random.default_rng(0).integers(0, different, shape) / 7.0
    np.testing.assert_array_equal(mean_ranks(values), stats.rankdata(values, axis=-1))


@pytest.mark.parametrize("freedom", [0.6, 1.0, 2.5, 6.0, 99.0, 1e6, math.inf])
def test_students_t_is_that_of_scipy(freedom):
    for level in (0.1, 0.5, 0.95, 0.999):
        found = t_interval(3.0, 2.0, freedom, level)
        half = 2.0 * t_quantile(freedom, 0.5 + level / 2)
        # Others are scipy's own, which misses the ninth digit in old versions.
        rtol = 1e-12 if freedom.is_integer() else 1e-8
        np.testing.assert_allclose([found.low, found.high], [3.0 - half, 3.0 + half], rtol=rtol)
    for ratio in (1e-3, 0.5, 2.0, 40.0):
        expected = 2.0 * stats.t.sf(ratio, freedom)
        assert t_test_p(-2.0 * ratio, 2.0, freedom) == pytest.approx(expected, rel=1e-12)
