"""Cross-entropy in blocks against the plain one; CORR."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools_torch.heads import losses, workspace
from hiertools_torch.heads.logits import Bend, distance_logits
from hiertools_torch.heads.losses import corr, proxy_cross_entropy
from hiertools_torch.heads.unit_rows import unit

KINDS = [(logits, form) for logits in ("normface", "proxydr") for form in ("euclidean", "angular")]
kinds = pytest.mark.parametrize(("logits", "form"), KINDS)


def batch(n, n_classes, dim, seed=0, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, dim, generator=g, dtype=dtype)
    w = torch.randn(n_classes, dim, generator=g, dtype=dtype)
    return x, w, torch.randint(0, n_classes, (n,), generator=g)


def plain(x, w, y, bend, log_prior=None):
    """Return the loss and the logits the plain way."""
    logits = distance_logits(unit(x), unit(w), bend)
    logits = logits if log_prior is None else logits + log_prior
    return F.cross_entropy(logits, y), logits


@kinds
@settings(deadline=None, max_examples=25)
@given(
    n=st.integers(1, 9),
    n_classes=st.integers(2, 12),
    block=st.integers(1, 10),
    scale=st.floats(0.5, 30),
    with_prior=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_blocks_give_the_plain_loss_logits_and_gradients(
    logits, form, n, n_classes, block, scale, with_prior, seed
):
    x, w, y = batch(n, n_classes, 4, seed)
    prior = torch.log_softmax(torch.randn(n_classes, dtype=torch.float64), 0)
    prior = prior if with_prior else None
    bend = Bend(scale, logits, form)
    old, losses.BLOCK = losses.BLOCK, block
    try:
        results = []
        for function in (plain, proxy_cross_entropy):
            a, b = x.clone().requires_grad_(), w.clone().requires_grad_()
            loss, out = function(a, b, y, bend, prior)[:2]
            loss.backward()
            results.append((loss.detach(), out.detach(), a.grad, b.grad))
    finally:
        losses.BLOCK = old
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-8)


@kinds
def test_gradcheck_of_loss_and_logits(logits, form):
    x, w, y = batch(3, 4, 3)
    bend = Bend(2.0, logits, form)

    def both(a, b):
        loss, out = proxy_cross_entropy(a, b, y, bend)[:2]
        return 3 * loss, out.square().sum()

    assert torch.autograd.gradcheck(both, (x.requires_grad_(), w.requires_grad_()))


def test_backward_twice_and_of_a_scaled_loss():
    x, w, y = batch(5, 7, 4)
    w.requires_grad_()
    loss = proxy_cross_entropy(x, w, y, Bend(5.0, "proxydr")).loss
    one = torch.autograd.grad(loss, w, retain_graph=True)[0].clone()
    two = torch.autograd.grad(loss, w, retain_graph=True)[0].clone()
    scaled = torch.autograd.grad(1024 * loss, w)[0]
    assert torch.equal(one, two)
    torch.testing.assert_close(scaled, 1024 * one)


def test_gradients_only_where_they_are_wanted(monkeypatch):
    x, w, y = batch(5, 7, 4)
    x.requires_grad_()
    loss = proxy_cross_entropy(x, w, y, Bend(5.0, "proxydr")).loss
    loss.backward()
    assert w.grad is None
    monkeypatch.delattr(Bend, "times_slope_")
    with torch.no_grad():
        again = proxy_cross_entropy(x, w, y, Bend(5.0, "proxydr")).loss
    assert float(again) == float(loss.detach())
    assert not again.requires_grad


@pytest.mark.parametrize("scale", [1.0, 30.0, 300.0])
@pytest.mark.parametrize("logits", ["normface", "proxydr"])
def test_float32_keeps_small_and_large_losses(logits, scale):
    """Losses of 1e-30 as well as of 1e4, where shares underflow, and the wrong classes' sums."""
    x, w, y = batch(64, 9, 8, dtype=torch.float32)
    x[:32] = w[y[:32]] + 0.02 * x[:32]
    bend = Bend(scale, logits)
    loss, out, f, log_wrong = proxy_cross_entropy(x, w, y, bend, want_wrong=True)
    torch.testing.assert_close(f, unit(x))
    masked = out.double().scatter(1, y[:, None], -torch.inf)
    torch.testing.assert_close(log_wrong.double(), masked.logsumexp(1), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(
        loss.double(), F.cross_entropy(out.double(), y), rtol=1e-5, atol=1e-7
    )
    easy = proxy_cross_entropy(x[:32], w, y[:32], bend).loss
    true = F.cross_entropy(out[:32].double(), y[:32])
    assert abs(float(easy) - float(true)) <= 1e-7 + 1e-5 * float(true)


def test_no_samples_have_no_loss():
    loss = proxy_cross_entropy(
        torch.empty(0, 3), torch.eye(3), torch.empty(0, dtype=torch.int64), Bend(1.0, "proxydr")
    )[0]
    assert loss.isnan()


def test_corr_is_the_mean_of_one_minus_the_cosine():
    x, w, y = batch(6, 4, 5)
    expected = sum(1 - torch.dot(x[i], w[y[i]]) / x[i].norm() / w[y[i]].norm() for i in range(6))
    assert float(corr(unit(x), unit(w), y).mean()) == pytest.approx(float(expected) / 6)


@kinds
@pytest.mark.parametrize("where", ["features", "proxies", "both"])
def test_rows_of_any_length_and_of_none(logits, form, where):
    x, w, y = batch(6, 5, 4, dtype=torch.float32)
    odd = torch.tensor([1e-20, 1e20, 0.0, 1.0, 3.0])[:, None]
    if where != "proxies":
        x[:5] *= odd
    if where != "features":
        w *= odd
    bend, results = Bend(10.0, logits, form), []
    for function, dtype in ((plain, torch.float64), (proxy_cross_entropy, torch.float32)):
        a, b = (each.to(dtype, copy=True).requires_grad_() for each in (x, w))
        loss, out = function(a, b, y, bend)[:2]
        loss.backward()
        # A longer row turns less.
        turns = [each.grad * each.detach().double().norm(dim=1)[:, None] for each in (a, b)]
        results.append([each.double() for each in (loss.detach(), out.detach(), *turns)])
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=4e-6 * float(one.abs().max()))


@kinds
@pytest.mark.parametrize("chord", [0.3, 0.05, 1e-3, 1e-4])
def test_small_distances_to_long_proxies_keep_their_digits_in_float32(logits, form, chord):
    """Against float64, from the very same float32 rows."""
    x, w, y = batch(4, 4, 64, dtype=torch.float32)
    w *= torch.tensor([0.1, 1.0, 7.0, 300.0])[:, None]
    x = unit(w[y]) + chord * unit(x)
    results = []
    for dtype in (torch.float32, torch.float64):
        a, b = (each.to(dtype, copy=True).requires_grad_() for each in (x, w))
        out = proxy_cross_entropy(a, b, y, Bend(10.0, logits, form)).logits
        out.sum().backward()
        results.append([each.double() for each in (out.detach(), a.grad, b.grad)])
    (got, *gradients), (true, *true_gradients) = results
    assert (got - true).abs().max() <= 1e-6 * true.abs().max() + 2e-6 / chord
    for one, other in zip(gradients, true_gradients):
        assert (one - other).norm() <= 3e-6 / chord * other.norm()


def of_two(x, w, y, bend, between=lambda: None):
    """Return loss, logits and gradients of a step, with something done before its backward pass."""
    a, b = x.clone().requires_grad_(), w.clone().requires_grad_()
    loss, out = proxy_cross_entropy(a, b, y, bend)[:2]
    between()
    loss.backward()
    return loss.detach(), out.detach(), a.grad, b.grad


@kinds
def test_steps_that_share_memory_leave_each_other_alone(logits, form):
    bend, other = Bend(5.0, logits, form), Bend(3.0, "proxydr")
    one, two = batch(6, 5, 4), batch(6, 5, 4, seed=1)
    alone = [of_two(*each, bend) for each in (one, two)]
    nested = of_two(*one, bend, lambda: of_two(*two, other))
    for got, expected in zip((*nested, *of_two(*two, bend)), (*alone[0], *alone[1])):
        assert torch.equal(got, expected)


def test_memory_that_inference_mode_made_serves_training():
    x, w, y = batch(3, 4, 5, dtype=torch.float32)
    with torch.inference_mode():
        loss = proxy_cross_entropy(x, w, y, Bend(5.0, "proxydr")).loss
    assert float(of_two(x, w, y, Bend(5.0, "proxydr"))[0]) == float(loss)


def test_a_thread_keeps_no_more_memory_than_it_should(monkeypatch):
    monkeypatch.setattr(workspace, "_KEPT", workspace._Kept())
    monkeypatch.setattr(workspace, "MOST_BYTES", 1000)
    like = torch.zeros(1)
    first = workspace.workspace(like, (3, 5), (7,))
    again = workspace.workspace(like, (3, 5), (7,))
    assert [one.data_ptr() for one in first] == [one.data_ptr() for one in again]
    assert all(one.data_ptr() % 64 == 0 for one in first)
    larger = workspace.workspace(like, (300,))
    assert larger[0].shape == (300,)
    for n in range(40):
        workspace.workspace(like.double(), (n,))
    assert len(workspace._KEPT.memory) <= 1000
    assert len(workspace._KEPT.arrays) <= workspace.MOST_SHAPES


@kinds
def test_features_and_proxies_in_any_layout(logits, form):
    x, w, y = batch(6, 5, 4)
    bend = Bend(5.0, logits, form)
    expected = of_two(x, w, y, bend)
    strided = [each.T.contiguous().T.requires_grad_() for each in (x, w)]
    loss, out = proxy_cross_entropy(*strided, y, bend)[:2]
    loss.backward()
    for got, true in zip((loss, out, *(each.grad for each in strided)), expected):
        torch.testing.assert_close(got.detach(), true)
    one = x[:1].expand(6, 4)
    torch.testing.assert_close(proxy_cross_entropy(one, w, y, bend).logits[5], expected[1][0])
