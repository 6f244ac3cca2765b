"""MDS-fixed proxies: exact where they can be, below Adam's stress elsewhere, always the same."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.errors import OptionError
from hiertools_torch.heads import mds
from hiertools_torch.heads.mds import fit_sphere, normalised_stress, squeeze, target_distances

FORMS = ["euclidean", "angular"]
forms = pytest.mark.parametrize("form", FORMS)


def random_tree(n, seed, lengths=False):
    """Return a ragged tree: n leaves on random nodes of a random tree."""
    random = np.random.default_rng(seed)
    inner = max(n // 3, 1)
    parent = [-1, *(int(random.integers(0, i)) for i in range(1, inner))]
    parent += random.integers(0, inner, n).tolist()
    edge = random.uniform(0.1, 3, len(parent)) if lengths else None
    nodes = np.arange(inner, inner + n)
    return ht.ClassTree(parent, [f"c{i}" for i in range(n)], nodes, length=edge)


def literal_stress(x, targets, form):
    """Return the normalised stress as the definition writes it, pair by pair."""
    above = below = 0.0
    for i in range(len(x)):
        for j in range(len(x)):
            cos = min(max(float(x[i] @ x[j]), -1.0), 1.0)
            d = 0.0 if i == j else math.sqrt(2 - 2 * cos) if form == "euclidean" else math.acos(cos)
            above += (targets[i, j] - d) ** 2
            below += targets[i, j] ** 2
    return math.sqrt(above / below)


def adam(targets, dim, form, steps, seed=0):
    """Return the stress that Adam reaches from random unit vectors."""
    torch.manual_seed(seed)
    wanted = torch.tensor(targets)
    weight = torch.nn.functional.normalize(torch.randn(len(targets), dim, dtype=torch.float64))
    optimizer = torch.optim.Adam([weight.requires_grad_()], lr=1e-2)
    off = 1 - torch.eye(len(targets), dtype=torch.float64)
    for _ in range(steps):
        p = torch.nn.functional.normalize(weight)
        cos = (p @ p.T).clamp(-1 + 1e-9, 1 - 1e-9)
        d = (2 - 2 * cos).sqrt() if form == "euclidean" else cos.acos()
        loss = ((d - wanted) * off).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    p = torch.nn.functional.normalize(weight.detach()).numpy()
    return normalised_stress(p, targets, form)


@forms
@settings(deadline=None, max_examples=25)
@given(n=st.integers(2, 12), dim=st.integers(1, 14), seed=st.integers(0, 10**6), long=st.booleans())
def test_any_tree_in_any_dimension(form, n, dim, seed, long):
    targets = target_distances(random_tree(n, seed, long), form=form)
    result = fit_sphere(targets, dim, form=form)
    assert result.vectors.shape == (n, dim)
    np.testing.assert_allclose(np.linalg.norm(result.vectors, axis=1), 1, atol=1e-12)
    assert result.stress == pytest.approx(literal_stress(result.vectors, targets, form), abs=1e-7)
    assert result.stress < 1.5


@forms
def test_targets_are_the_formula(form):
    tree = random_tree(7, 0, lengths=True)
    t = ht.path_distances(tree)
    most = math.sqrt(2) if form == "euclidean" else math.pi / 2
    expected = [[most * t[i, j] / (0.7 + t[i, j]) for j in range(7)] for i in range(7)]
    np.testing.assert_allclose(target_distances(tree, beta=0.7, form=form), expected)
    np.testing.assert_allclose(target_distances(t, beta=0.7, form=form), expected)
    backwards = target_distances(tree, beta=0.7, form=form, classes=tree.classes[::-1])
    np.testing.assert_allclose(backwards, np.array(expected)[::-1, ::-1])


@forms
def test_exact_where_there_are_dimensions_enough(form):
    tree = ht.ClassTree.from_lineages(
        {f"{i}": (f"a{i % 4}", f"b{i % 12}", f"{i}") for i in range(60)}
    )
    result = fit_sphere(target_distances(tree, form=form), 64, form=form)
    assert result.stress < 1e-7


@forms
@pytest.mark.parametrize("lengths", [False, True])
def test_no_more_stress_than_adam(form, lengths):
    targets = target_distances(random_tree(80, 1, lengths), form=form)
    result = fit_sphere(targets, 10, form=form)
    assert result.stress <= min(adam(targets, 10, form, 300, seed) for seed in range(2)) * 1.001


@forms
def test_no_more_stress_than_adam_in_two_dimensions(form):
    targets = target_distances(random_tree(30, 1), form=form)
    stress = fit_sphere(targets, 2, form=form).stress
    assert stress <= min(adam(targets, 2, form, 300, seed) for seed in range(2)) * 1.001


@forms
def test_the_gradient_is_that_of_the_stress(form, monkeypatch):
    """Also over several blocks, the last of them smaller."""
    targets = torch.tensor(target_distances(random_tree(23, 2), form=form))
    x = torch.nn.functional.normalize(torch.randn(23, 5, dtype=torch.float64)).requires_grad_()
    p = torch.nn.functional.normalize(x)
    off = ~torch.eye(23, dtype=torch.bool)
    cos = (p @ p.T)[off]
    d = (2 - 2 * cos).sqrt() if form == "euclidean" else cos.acos()
    expected = (d - targets[off]).square().sum() / targets.square().sum()
    gradient = torch.autograd.grad(expected, x)[0]
    blocks = mds._slices
    monkeypatch.setattr(mds, "_slices", lambda n, size: blocks(n, 10))
    value, found = mds._objective(targets, form)(x.detach())
    assert value == pytest.approx(float(expected.detach()))
    torch.testing.assert_close(found, gradient)


@forms
def test_many_classes_in_float32_and_the_same_again(form):
    """More than 300 classes: subspace iteration, float32, blocks."""
    targets = target_distances(random_tree(320, 3), form=form)
    one, two = (fit_sphere(targets, 16, form=form, seed=5, steps=30) for _ in range(2))
    other = fit_sphere(targets, 16, form=form, seed=6, steps=30)
    assert np.array_equal(one.vectors, two.vectors)
    assert not np.array_equal(one.vectors, other.vectors)
    assert one.stress == pytest.approx(other.stress, rel=0.05)
    gram = 1 - targets**2 / 2 if form == "euclidean" else np.cos(targets)
    values, vectors = np.linalg.eigh(gram)
    start = vectors[:, -16:] * np.sqrt(values[-16:])
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    assert one.stress < 0.8 * normalised_stress(start, targets, form)


@forms
def test_classes_at_distance_zero_share_a_place(form):
    t = np.array([[0, 0, 2, 4], [0, 0, 2, 4], [2, 2, 0, 4], [4, 4, 4, 0]], dtype=float)
    result = fit_sphere(target_distances(t, form=form), 5, form=form)
    np.testing.assert_allclose(result.vectors[0], result.vectors[1], atol=1e-4)
    assert result.stress < 1e-3
    lower = fit_sphere(target_distances(t, form=form), 2, form=form)
    np.testing.assert_allclose(lower.vectors[0], lower.vectors[1], atol=1e-3)


def test_a_class_at_an_inner_node():
    tree = ht.ClassTree.from_lineages(["furca/furca", "furca/furca/fusus", "other/muelleri"])
    assert fit_sphere(target_distances(tree), 4).stress < 1e-6


def test_two_classes_in_one_dimension():
    result = fit_sphere(target_distances([[0, 2], [2, 0]]), 1)
    assert sorted(abs(result.vectors.ravel())) == [1, 1]


def test_results_are_read_only():
    result = fit_sphere(target_distances([[0, 2], [2, 0]]), 2)
    with pytest.raises(ValueError, match="read-only"):
        result.vectors[0, 0] = 3


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 1e6), st.floats(0.01, 100))
def test_squeezed_distances_stay_below_a_right_angle(t, beta):
    for form, most in (("euclidean", math.sqrt(2)), ("angular", math.pi / 2)):
        assert 0 <= squeeze(np.array([t]), beta, form)[0] <= most


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (np.zeros((2, 3)), r"square array of distances; got shape \(2, 3\)"),
        (np.array([[0, 1], [2, 0]]), "symmetric and not negative, with a zero diagonal"),
        (np.array([[0, -1], [-1, 0]]), "symmetric and not negative"),
        (np.array([[1, 1], [1, 1]]), "zero diagonal"),
        (np.array([[0, np.nan], [np.nan, 0]]), "the distances of MDSFixed"),
    ],
)
def test_bad_distances(source, message):
    with pytest.raises(OptionError, match=message):
        target_distances(source)


def test_bad_options():
    with pytest.raises(OptionError, match="form has no option 'cosine'"):
        target_distances([[0, 1], [1, 0]], form="cosine")
    with pytest.raises(OptionError, match="beta must be a finite number above 0; got 0"):
        target_distances([[0, 1], [1, 0]], beta=0)
    with pytest.raises(OptionError, match="all distances are 0"):
        fit_sphere(np.zeros((3, 3)), 2)
    with pytest.raises(OptionError, match="dim must be a whole number"):
        fit_sphere(np.ones((3, 3)) - np.eye(3), 0)


def test_results_are_equal_if_their_vectors_are():
    one = fit_sphere(np.ones((3, 3)) - np.eye(3), 2)
    same = mds.MDSResult(one.vectors.copy(), one.stress, one.steps)
    assert one == same
    assert one != mds.MDSResult(-one.vectors, one.stress, one.steps)
    assert one != "three vectors"
