"""Heads as graphs (export, compile, meta), and their gradients' gradients."""

import math

import pytest
import torch

import hiertools as ht
from hiertools_torch import CPCC, EMA, HXE, Dynamic, MDSFixed, ProxyHead
from hiertools_torch.heads.logits import Bend, distance_logits
from hiertools_torch.heads.plain import plain_logits, plain_unit
from hiertools_torch.heads.unit_rows import unit

KINDS = [(logits, form) for logits in ("normface", "proxydr") for form in ("euclidean", "angular")]
kinds = pytest.mark.parametrize(("logits", "form"), KINDS)


def tolerance(logits, form, scale, distance, eps):
    """Return how far plain logits may be off, as the docstring of `plain_logits` says."""
    e, angle = 16 * eps, 2 * math.asin(distance / 2)
    if logits == "normface":
        return scale * e * (1 if form == "euclidean" else math.pi / math.sin(angle))
    return scale * e / (distance**2 if form == "euclidean" else angle * math.sin(angle))


@kinds
@pytest.mark.parametrize("distance", [0.04, 0.09, 0.5, 1.0, 1.4, 1.9, 1.999])
def test_plain_logits_are_as_near_to_the_true_ones_as_is_said(logits, form, distance):
    torch.manual_seed(0)
    p, turn = torch.nn.functional.normalize(torch.randn(2, 200, 128, dtype=torch.float64), dim=2)
    turn = unit(turn - p * (turn * p).sum(1, keepdim=True))
    angle = 2 * math.asin(distance / 2)
    f = (math.cos(angle) * p + math.sin(angle) * turn).float()
    p = p.float()
    found = plain_logits(plain_unit(f), plain_unit(p), 10.0, logits, form).diagonal().double()
    true = distance_logits(unit(f.double()), unit(p.double()), Bend(10.0, logits, form)).diagonal()
    error = float((found - true).abs().max())
    assert error <= tolerance(logits, form, 10.0, distance, torch.finfo(torch.float32).eps)
    looked = plain_logits(plain_unit(f), plain_unit(p), 10.0, logits, form, look=True).diagonal()
    torch.testing.assert_close(
        looked.double(),
        true,
        rtol=1e-5,
        atol=2e-3 if form == "angular" and distance > 1.9 else 1e-4,
    )


@kinds
def test_plain_logits_are_finite_everywhere_and_so_are_their_gradients(logits, form):
    x = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [1.0, 1e-7], [3e-20, 4e-20]])
    for look in (False, True):
        f, p = (x.clone().requires_grad_() for _ in range(2))
        out = plain_logits(plain_unit(f), plain_unit(p), 10.0, logits, form, look=look)
        assert out.isfinite().all()
        out.sum().backward()
        assert f.grad.isfinite().all()
        assert p.grad.isfinite().all()
    assert plain_unit(x)[2].tolist() == [0.0, 0.0]


def build(logits, form="euclidean", **options):
    torch.manual_seed(0)
    options |= {} if logits == "softmax" else {"form": form}
    return ProxyHead(7, 5, logits=logits, class_prior=range(1, 8), **options)


def batch(seed=0):
    g = torch.Generator().manual_seed(100 + seed)
    return torch.randn(6, 5, generator=g), torch.randint(7, (6,), generator=g)


@pytest.mark.parametrize(("logits", "form"), [*KINDS, ("softmax", "euclidean")])
def test_heads_are_exported_and_traced_on_meta(logits, form):
    head = build(logits, form).eval()
    x, y = batch()
    rows = getattr(torch.export.Dim, "DYNAMIC", None) or torch.export.Dim("rows")  # since 2.6
    program = torch.export.export(head, (x,), dynamic_shapes=({0: rows},))
    for n in (1, 2, 4):
        torch.testing.assert_close(
            program.module()(x[:n]).logits, head(x[:n]).logits, rtol=1e-5, atol=1e-4
        )
    out = build(logits, form).to("meta")(x.to("meta"), y.to("meta"))
    assert out.loss.shape == ()
    assert out.logits.shape == (6, 7)
    assert out.logits.is_meta


@pytest.mark.parametrize(
    "options",
    [
        {"logits": "softmax"},
        {"logits": "proxydr", "proxies": EMA(), "scale": Dynamic(start=5.0)},
        {"logits": "normface", "form": "angular"},
    ],
)
def test_a_compiled_head_trains_as_the_head_does(options):
    results = []
    for compiled in (False, True):
        torch.compiler.reset()
        head = build(**options)
        call = torch.compile(head, fullgraph=True, backend="aot_eager") if compiled else head
        for seed in range(3):
            x, y = batch(seed)
            x.requires_grad_()
            loss, logits = call(x, y)
            loss.backward()
            head.update()
        weights = [p.grad for p in head.parameters()]
        results.append([loss.detach(), logits.detach(), x.grad, *weights, *head.buffers()])
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("logits", "form"), [*KINDS, ("softmax", "euclidean")])
@pytest.mark.parametrize("of", ["loss", "logits", "near"])
def test_gradients_can_be_differentiated_again(logits, form, of):
    head = build(logits, form).double()
    name = "linear.weight" if head.proxies is None else "proxies.weight"
    x, y = batch()
    x = x[:4].double()
    weight = head.get_parameter(name).detach().clone()
    if of == "near":  # distances about 0.05, computed from f - p
        x = 3 * weight[y[:4]] + 0.05 * x

    def called(features, proxies):
        labels = None if of == "logits" else y[:4]
        out = torch.func.functional_call(head, {name: proxies}, (features, labels))
        return out.logits if of == "logits" else out.loss

    given = x.requires_grad_(), weight.requires_grad_()
    assert torch.autograd.gradcheck(called, given)
    assert torch.autograd.gradgradcheck(called, given)


@pytest.mark.parametrize("kind", ["cross_entropy", "corr", "hxe", "cpcc"])
def test_a_gradient_penalty_counts(kind):
    tree = ht.ClassTree.from_newick("((a,b),(c,d),(e,(f,g)));")
    options = {"hxe": {"loss": HXE(tree)}, "cpcc": {"loss": CPCC(tree)}}.get(kind, {"loss": kind})
    proxies = {"proxies": MDSFixed(tree)} if kind == "corr" else {}
    torch.manual_seed(0)
    head = ProxyHead(7, 5, **options, **proxies)
    x, y = batch()
    x.requires_grad_()
    steps = []
    for factor in (0.0, 1.0):
        loss = head(x, y).loss
        (slope,) = torch.autograd.grad(loss, x, create_graph=True)
        steps.append(torch.autograd.grad(loss + factor * slope.square().sum(), x)[0])
    assert not torch.allclose(*steps, rtol=1e-2)
