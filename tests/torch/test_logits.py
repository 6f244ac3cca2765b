"""Logits: the formulas, their gradients, and the places where floats would give up."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools_torch.heads.logits import FEWEST_DISTANCE, Bend, distance_logits, own_angles
from hiertools_torch.heads.unit_rows import turning, unit

KINDS = [(logits, form) for logits in ("normface", "proxydr") for form in ("euclidean", "angular")]
kinds = pytest.mark.parametrize(("logits", "form"), KINDS)


def literal(features, proxies, scale, logits, form):
    """Return the logits as the definition writes them."""
    cos = features @ proxies.T
    distance = (2 - 2 * cos).sqrt() if form == "euclidean" else torch.arccos(cos)
    if logits == "proxydr":
        return -scale * torch.log(distance)
    return scale * cos if form == "euclidean" else -scale * distance**2


def unit_rows(n, dim, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(n, dim, generator=generator, dtype=dtype))


def at_distance(point, chord):
    """Return a unit vector at the given distance of a unit vector."""
    other = torch.roll(point, 1)
    other = torch.nn.functional.normalize(other - (other @ point) * point, dim=0)
    angle = 2 * math.asin(chord / 2)
    return math.cos(angle) * point + math.sin(angle) * other


@kinds
@settings(deadline=None, max_examples=25)
@given(
    n=st.integers(1, 6),
    n_classes=st.integers(2, 9),
    dim=st.integers(2, 6),
    scale=st.floats(0.1, 50),
    seed=st.integers(0, 10**6),
)
def test_logits_are_those_of_the_definition(logits, form, n, n_classes, dim, scale, seed):
    f, p = unit_rows(n, dim, seed), unit_rows(n_classes, dim, seed + 1)
    got = distance_logits(f, p, Bend(scale, logits, form))
    torch.testing.assert_close(got, literal(f, p, scale, logits, form), rtol=1e-7, atol=1e-7)
    got32 = distance_logits(f.float(), p.float(), Bend(scale, logits, form))
    torch.testing.assert_close(got32.double(), got, rtol=2e-4, atol=2e-4 * scale)


@kinds
def test_gradients(logits, form):
    f = unit_rows(4, 5, 0).requires_grad_()
    p = unit_rows(6, 5, 1).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda a, b: distance_logits(a, b, Bend(3.0, logits, form)), (f, p)
    )
    # Through `unit`, as a head has it, and near to proxies.
    x = torch.cat([5 * f.detach(), 0.1 * at_distance(p[0].detach(), 1e-3)[None]]).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda a, b: distance_logits(unit(a), unit(b), Bend(3.0, logits, form)),
        (x, (2 * p.detach()).requires_grad_()),
        eps=1e-8,
        rtol=1e-3,
        atol=1e-4,
    )


@pytest.mark.parametrize("form", ["euclidean", "angular"])
@pytest.mark.parametrize("chord", [0.3, 0.09, 1e-2, 1e-3, 1e-4, 1e-5])
def test_small_distances_keep_their_digits_in_float32(form, chord):
    p = unit_rows(50, 128, 0)[:1]
    f = at_distance(p[0], chord)[None]
    f32, p32 = unit(f.float()), unit(p.float())
    got = float(distance_logits(f32, p32, Bend(1.0, "proxydr", form)))
    # What float64 makes of the very vectors that float32 holds ...
    true = float((f32.double() - p32.double()).norm())
    true = -math.log(true if form == "euclidean" else 2 * math.asin(true / 2))
    assert got == pytest.approx(true, abs=2e-6 if chord < 0.1 else 2e-5)
    # ... while 2 - 2cos has nothing left.
    if chord == 1e-4:
        naive = float((2 - 2 * (f32 @ p32.T)).clamp_min(0))
        assert abs(naive - chord**2) > 0.5 * chord**2


@kinds
@pytest.mark.parametrize("chord", [0.3, 0.03, 1e-3])
def test_gradients_near_a_proxy_keep_their_digits_in_float32(logits, form, chord):
    p = unit_rows(1, 64, 0).float()
    f = unit(at_distance(p[0].double(), chord)[None].float())
    gradients = []
    for dtype in (torch.float32, torch.float64):
        x, w = (v.to(dtype, copy=True).requires_grad_() for v in (f, p))
        distance_logits(unit(x), unit(w), Bend(10.0, logits, form)).sum().backward()
        gradients.append((x.grad.double(), w.grad.double()))
    for got, true in zip(*gradients):
        assert float((got - true).norm()) < 3e-7 / chord * float(true.norm()) + 1e-7


def test_angles_near_pi_keep_their_digits_in_float32():
    p = unit_rows(1, 64, 3)
    for chord in (0.05, 1e-3, 1e-4):
        f = -at_distance(p[0], chord)[None]
        got = distance_logits(unit(f.float()), unit(p.float()), Bend(1.0, "normface", "angular"))
        angle = math.pi - 2 * math.asin(chord / 2)
        assert float(got) == pytest.approx(-(angle**2), rel=1e-6)


@kinds
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_logits_and_gradients_are_finite_everywhere(logits, form, dtype):
    p = unit_rows(4, 16, 0, dtype)
    corners = [p[0], -p[0], 0 * p[0], 1e-30 * p[1], 1e30 * p[1]]
    corners += [at_distance(p[2].double(), 10.0**-e).to(dtype) for e in range(1, 10)]
    x = torch.stack(corners).requires_grad_()
    w = p.clone().requires_grad_()
    out = distance_logits(unit(x), unit(w), Bend(10.0, logits, form))
    assert out.isfinite().all()
    assert float(out.detach().max()) <= 10 * -math.log(FEWEST_DISTANCE[dtype]) + 1e-3
    for column in range(4):
        gradients = torch.autograd.grad(out[:, column].sum(), (x, w), retain_graph=True)
        assert all(gradient.isfinite().all() for gradient in gradients)
    # On the proxy, and without direction, nothing pulls anywhere.
    to_x = torch.autograd.grad(out[0, 0] + out[2].sum(), x)[0]
    assert float(to_x[0].abs().max()) < 1e-3
    assert float(to_x[2].abs().max()) == 0.0


@kinds
def test_the_nearest_proxy_has_the_highest_logit(logits, form):
    f, p = unit_rows(50, 8, 0), unit_rows(9, 8, 1)
    out = distance_logits(f, p, Bend(2.0, logits, form))
    assert torch.equal(out.argsort(1), (f @ p.T).argsort(1))


@pytest.mark.parametrize("n_classes", [2, 20_000])
@kinds
def test_few_and_many_classes(logits, form, n_classes):
    f, p = unit_rows(3, 16, 0, torch.float32), unit_rows(n_classes, 16, 1, torch.float32)
    out = distance_logits(f, p, Bend(10.0, logits, form))
    torch.testing.assert_close(
        out.double(), literal(f.double(), p.double(), 10, logits, form), rtol=1e-4, atol=1e-3
    )


@kinds
def test_no_features(logits, form):
    f = torch.empty(0, 4, requires_grad=True)
    out = distance_logits(f, unit_rows(3, 4, dtype=torch.float32), Bend(1.0, logits, form))
    out.sum().backward()
    assert out.shape == (0, 3)
    assert f.grad.shape == (0, 4)


@settings(deadline=None, max_examples=40)
@given(exponent=st.integers(-36, 36), seed=st.integers(0, 10**6))
def test_unit_is_the_direction_at_any_length(exponent, seed):
    x = unit_rows(3, 5, seed).float()
    torch.testing.assert_close(unit(x * 10.0**exponent), x, rtol=1e-5, atol=1e-6)


def test_gradient_of_unit():
    x = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(unit, x.requires_grad_())
    tiny = torch.full((1, 2), 1e-30, requires_grad=True)
    unit(tiny)[0, 0].backward()
    assert float(tiny.grad.abs().max()) < 1e12


def test_own_angles():
    f, p = unit_rows(7, 6, 0), unit_rows(7, 6, 1)
    torch.testing.assert_close(own_angles(f, p), torch.arccos((f * p).sum(1)))
    assert float(own_angles(f, -f).min()) == pytest.approx(math.pi)


@pytest.mark.parametrize("length", [2e-12, 1e-5, 1.0, 1e10, 9e14])
def test_turning_is_the_gradient_of_unit_rows_of_all_lengths(length):
    g = torch.Generator().manual_seed(0)
    # Also of features that lie column by column.
    rows = (length * unit(torch.randn(5, 7, generator=g))).T.contiguous().T
    grad = torch.randn(5, 7, generator=g) + 5 * rows / length
    true = rows.double().requires_grad_()
    (true / true.norm(dim=1, keepdim=True)).backward(3 * grad.double())
    found = turning(grad, rows, rows.norm(dim=1, keepdim=True), 3.0)
    torch.testing.assert_close(found.double() * length, true.grad * length, rtol=1e-5, atol=1e-5)
