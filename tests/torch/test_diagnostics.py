"""Diagnostics against loops over the definitions."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools.errors import OptionError
from hiertools_torch.training.diagnostics import (
    diagnose,
    discriminability,
    feature_proxy_angles,
    intensity,
    prototypes,
    proxy_prototype_angles,
    proxy_proxy_angles,
)


def setup(n, n_classes, dim, seed):
    g = torch.Generator().manual_seed(seed)
    features = torch.randn(n, dim, generator=g, dtype=torch.float64)
    proxies = torch.randn(n_classes, dim, generator=g, dtype=torch.float64)
    return features, torch.randint(0, n_classes, (n,), generator=g), proxies


def unit(x):
    return np.asarray(x) / np.linalg.norm(x)


def angle(a, b):
    return np.arccos(np.clip(unit(a) @ unit(b), -1, 1))


@settings(deadline=None, max_examples=40)
@given(
    n=st.integers(1, 30),
    n_classes=st.integers(2, 6),
    dim=st.integers(2, 5),
    seed=st.integers(0, 10**6),
)
def test_all_equal_their_definitions(n, n_classes, dim, seed):
    features, labels, proxies = setup(n, n_classes, dim, seed)
    f = np.array([unit(x) for x in features])
    p = np.array([unit(x) for x in proxies])
    y = labels.numpy()

    found = prototypes(features, labels, n_classes).numpy()
    for c in range(n_classes):
        if (y == c).any():
            np.testing.assert_allclose(found[c], unit(f[y == c].mean(0)), atol=1e-9)
        else:
            assert np.isnan(found[c]).all()

    present = np.unique(y)
    within = sum(((f[y == c] - f[y == c].mean(0)) ** 2).sum() for c in present)
    between = sum((y == c).sum() * ((f[y == c].mean(0) - f.mean(0)) ** 2).sum() for c in present)
    if within > 1e-9:
        assert float(discriminability(features, labels)) == pytest.approx(between / within)

    own = [angle(features[i], proxies[y[i]]) for i in range(n)]
    np.testing.assert_allclose(feature_proxy_angles(features, proxies, labels), own, atol=1e-7)
    pairs = [angle(p[i], p[j]) for i in range(n_classes) for j in range(i + 1, n_classes)]
    np.testing.assert_allclose(proxy_proxy_angles(proxies), pairs, atol=1e-7)
    to_prototype = [angle(p[c], found[c]) for c in range(n_classes)]
    np.testing.assert_allclose(
        proxy_prototype_angles(proxies, torch.tensor(found)), to_prototype, atol=1e-7
    )

    expected = []
    for i in range(n):
        others = [j for j in range(n_classes) if j != y[i]]
        j = min(others, key=lambda j: np.linalg.norm(f[i] - p[j]))
        normal = (p[y[i]] - p[j]) / np.linalg.norm(p[y[i]] - p[j])
        middle = (p[y[i]] + p[j]) / 2
        expected.append((f[i] - middle) @ normal / ((p[y[i]] - middle) @ normal))
    np.testing.assert_allclose(intensity(features, proxies, labels), expected, atol=1e-7)

    row = diagnose(features, labels, proxies)
    nearest = [min(angle(p[i], p[j]) for j in range(n_classes) if j != i) for i in range(n_classes)]
    assert row["feature_proxy_angle"] == pytest.approx(np.mean(own))
    assert row["proxy_proxy_angle"] == pytest.approx(np.mean(pairs))
    assert row["nearest_proxy_angle"] == pytest.approx(np.mean(nearest))
    assert row["proxy_prototype_angle"] == pytest.approx(np.nanmean(to_prototype))
    assert row["intensity"] == pytest.approx(np.mean(expected))


def test_lengths_do_not_matter():
    features, labels, proxies = setup(20, 4, 3, 0)
    one, two = diagnose(features, labels, proxies), diagnose(7 * features, labels, 0.1 * proxies)
    assert one == pytest.approx(two)


def test_intensity_is_positive_where_the_nearest_proxy_is_the_own():
    features, labels, proxies = setup(50, 5, 4, 1)
    right = (features @ torch.nn.functional.normalize(proxies).T).argmax(1) == labels
    assert torch.equal(intensity(features, proxies, labels) > 0, right)


def test_points_are_infinitely_discriminable_and_one_point_not_at_all():
    two = torch.eye(2).repeat(3, 1)
    assert float(discriminability(two, torch.tensor([0, 1] * 3))) == float("inf")
    assert discriminability(two[::2], torch.zeros(3, dtype=torch.int64)).isnan()


def test_a_single_proxy_has_no_boundary():
    with pytest.raises(OptionError, match="at least two proxies; got 1"):
        intensity(torch.eye(2), torch.eye(2)[:1], torch.tensor([0, 0]))
