"""Weights, smoothing, ignored samples, reductions, shares of classes: as PyTorch has them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.errors import OptionError
from hiertools_torch import (
    CPCC,
    EMA,
    HXE,
    Config,
    Dynamic,
    MDSFixed,
    MetricLearning,
    MultiLevel,
    ProxyHead,
    SoftLabels,
)
from hiertools_torch.training.model import build_head

TREE = ht.ClassTree.from_newick("((a,b),(c,(d,e)),f);")
WEIGHTS = np.array([1.0, 2.0, 0.5, 3.0, 1.0, 0.25])


def head(logits="proxydr", **options):
    torch.manual_seed(0)
    return ProxyHead(6, 4, logits=logits, **options).double()


def batch(seed, n=7):
    g = torch.Generator().manual_seed(seed)
    features = torch.randn(n, 4, generator=g, dtype=torch.float64)
    shares = torch.rand(n, 6, generator=g, dtype=torch.float64) ** 4
    return features, torch.randint(0, 6, (n,), generator=g), shares / shares.sum(1, keepdim=True)


@settings(deadline=None, max_examples=25)
@given(
    logits=st.sampled_from(["softmax", "normface", "proxydr"]),
    weights=st.booleans(),
    smoothing=st.sampled_from([0.0, 0.2]),
    ignore=st.sampled_from([None, -100, 2]),
    reduction=st.sampled_from(["mean", "sum", "none"]),
    soft=st.booleans(),
    seed=st.integers(0, 99),
)
def test_cross_entropy_does_what_pytorchs_does(
    logits, weights, smoothing, ignore, reduction, soft, seed
):
    features, labels, shares = batch(seed)
    if ignore is not None and not soft:
        labels[::3] = ignore
    given_weights = WEIGHTS if weights else None
    module = head(
        logits, class_weights=given_weights, label_smoothing=smoothing, ignore_index=ignore,
        reduction=reduction,
    )  # fmt: skip
    features.requires_grad_()
    loss, scores = module(features, shares if soft else labels)
    expected = F.cross_entropy(
        scores, shares if soft else labels, torch.tensor(WEIGHTS) if weights else None,
        ignore_index=-100 if soft or ignore is None else ignore, label_smoothing=smoothing,
        reduction=reduction,
    )  # fmt: skip
    torch.testing.assert_close(loss, expected, equal_nan=True)
    if bool(torch.isfinite(loss).all()):
        one = torch.autograd.grad(loss.sum(), features, retain_graph=True)[0]
        other = torch.autograd.grad(expected.sum(), features)[0]
        torch.testing.assert_close(one, other)


LINEAR = {
    "corr": {"loss": "corr", "proxies": MDSFixed(TREE)},
    "hxe": {"loss": HXE(TREE)},
    "soft labels": {"loss": SoftLabels(TREE, 3.0)},
    "levels": {"loss": MultiLevel(TREE)},
}


@pytest.mark.parametrize("name", LINEAR)
def test_shares_weigh_the_losses_of_their_classes(name):
    features, labels, shares = batch(1)
    module = head(**LINEAR[name], reduction="none")
    each = torch.stack([module(features, torch.full_like(labels, c)).loss for c in range(6)], 1)
    torch.testing.assert_close(module(features, shares).loss, (shares * each).sum(1))
    one_hot = F.one_hot(labels, 6).double()
    torch.testing.assert_close(module(features, one_hot).loss, module(features, labels).loss)

    labels[:2] = -1
    kept = labels >= 0
    weighed = head(**LINEAR[name], class_weights=WEIGHTS, label_smoothing=0.3, ignore_index=-1)
    mixed = 0.7 * F.one_hot(labels[kept], 6) + 0.3 / 6
    weights = torch.tensor(WEIGHTS)
    expected = (mixed * weights * each[kept]).sum() / weights[labels[kept]].sum()
    torch.testing.assert_close(weighed(features, labels).loss, expected)


@pytest.mark.parametrize("kind", ["cpcc", "supcon"])
def test_losses_of_batches_leave_ignored_samples_out_and_take_no_more(kind):
    features, labels, shares = batch(2, 12)
    options = {"loss": CPCC(TREE)}
    if kind == "supcon":
        options = {"logits": "normface", "proxies": EMA(), "loss": MetricLearning("supcon")}
    labels[:3] = -5
    found = head(**options, ignore_index=-5)(features, labels).loss
    torch.testing.assert_close(found, head(**options)(features[3:], labels[3:]).loss)
    with pytest.raises(OptionError, match="one of batches and takes class numbers alone"):
        head(**options)(features, shares)
    for name, value in (("class_weights", WEIGHTS), ("label_smoothing", 0.1), ("reduction", "sum")):
        with pytest.raises(OptionError, match=f"and {name}.* exclude each other"):
            head(**options, **{name: value})


def test_moving_proxies_follow_shares_and_not_ignored_samples():
    features, labels, shares = batch(3)
    labels[0] = -100
    one, other = (head(proxies=EMA(), scale=Dynamic(start=5.0), ignore_index=-100) for _ in "ab")
    one(features, labels)
    other(features[1:], labels[1:])
    one.update()
    other.update()
    for key, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[key]), key
    soft = head(proxies=EMA())
    soft(features, shares)
    soft.update()
    mean = F.normalize(shares.T @ F.normalize(features))
    torch.testing.assert_close(soft.proxies(), mean)


@pytest.mark.parametrize(
    ("options", "labels", "told"),
    [
        ({"class_weights": [1, 2]}, None, "class_weights must have one count per class"),
        ({"class_weights": {"a": 1.0}}, None, "class_weights must give"),
        ({"label_smoothing": 1.0}, None, "label_smoothing must be at least 0 and below 1"),
        ({"reduction": "max"}, None, "reduction"),
        ({"ignore_index": -100}, torch.tensor([-100, -1]), "between 0 and 5; got -1"),
        ({}, torch.tensor([-100, 1]), "between 0 and 5; got -100"),
        ({}, torch.ones(2, 5), r"must have shape \(2, 6\); got \(2, 5\)"),
        ({"scale": Dynamic(start=5.0)}, torch.ones(2, 6), "shares of several classes have none"),
    ],
)
def test_what_cannot_be_is_refused(options, labels, told):
    with pytest.raises(OptionError, match=told):
        ProxyHead(6, 4, classes=TREE.classes, **options)(torch.randn(2, 4), labels)


def test_a_run_weighs_and_smooths():
    config = Config(label_smoothing=0.1, class_weights="balanced")
    module = build_head(config, TREE, np.array([1, 2, 3, 4, 5, 0]))
    assert module.targets.label_smoothing == 0.1
    weights = module.targets.class_weights
    assert weights.tolist() == pytest.approx([15 / 6 / n for n in (1, 2, 3, 4, 5, 1)])
    for name, value in (("label_smoothing", 0.1), ("class_weights", "balanced")):
        with pytest.raises(OptionError, match=f"{name}=.* contradicts loss='cpcc'"):
            Config(loss="cpcc", **{name: value})
