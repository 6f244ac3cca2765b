"""`ProxyHead`: its configurations, what it refuses, resuming, precision, representatives."""

import copy
import itertools
import math
import pickle
import warnings

import numpy as np
import pytest
import torch

import hiertools as ht
from hiertools.errors import ClassMismatchError, HiertoolsWarning, OptionError
from hiertools_torch.heads.head import UNUSED_BATCHES, HeadOutput, ProxyHead
from hiertools_torch.heads.proxies import EMA, Learned, MDSFixed
from hiertools_torch.heads.scale import Dynamic, Fixed

TREE = ht.ClassTree.from_lineages(
    {f"c{i:02d}": (f"a{i % 3}", f"b{i % 6}", f"c{i:02d}") for i in range(60)}
)
PAPER = {"softmax": {"logits": "softmax"}, "corr": {"logits": "normface", "loss": "corr"}}
PAPER["corr"]["proxies"] = MDSFixed(TREE)
for name, (source, scale) in itertools.product(
    ("normface", "proxydr"),
    (
        (Learned(), Fixed()),
        (EMA(), Fixed()),
        (Learned(), Dynamic()),
        (EMA(), Dynamic()),
        (MDSFixed(TREE), Fixed()),
        (MDSFixed(TREE), Dynamic()),
    ),
):
    PAPER[f"{name} {type(source).__name__} {type(scale).__name__}"] = {
        "logits": name,
        "proxies": source,
        "scale": scale,
    }
configurations = pytest.mark.parametrize("name", PAPER)


def build(name, form="euclidean", **options):
    torch.manual_seed(0)
    if name != "softmax":
        options["form"] = form
    return ProxyHead(60, 16, classes=TREE.classes, **PAPER[name], **options)


def data(n=24, seed=0):
    g = torch.Generator().manual_seed(1000 + seed)
    return torch.randn(n, 16, generator=g), torch.randint(0, 60, (n,), generator=g)


def train(head, backbone, optimizer, steps, first=0):
    for step in range(first, first + steps):
        x, y = data(seed=step)
        optimizer.zero_grad()
        head(backbone(x), y).loss.backward()
        optimizer.step()
        head.update()


def setup(name, form="euclidean"):
    head = build(name, form)
    torch.manual_seed(1)
    backbone = torch.nn.Linear(16, 16)
    optimizer = torch.optim.Adam([*backbone.parameters(), *head.parameters()], lr=1e-2)
    return head, backbone, optimizer


def test_the_paper_has_fourteen():
    assert len(PAPER) == 14


@configurations
@pytest.mark.parametrize("form", ["euclidean", "angular"])
def test_every_configuration_learns(name, form):
    head, backbone, optimizer = setup(name, form)
    x, y = data()
    first = head(backbone(x), y)
    assert isinstance(first, HeadOutput)
    assert first.logits.shape == (24, 60)
    for _ in range(60):
        optimizer.zero_grad()
        head(backbone(x), y).loss.backward()
        optimizer.step()
        head.update()
    head.eval()
    last = head(backbone(x), y)
    if "EMA" not in name:  # Their loss waits for the proxies to arrive.
        assert float(last.loss.detach()) < float(first.loss.detach())
    accuracy = (last.logits.argmax(1) == y).double().mean()
    assert float(accuracy) > 0.5


@configurations
def test_the_loss_is_the_cross_entropy_of_the_logits(name):
    head = build(name)
    x, y = data()
    loss, logits = head(x, y)
    if name == "corr":
        p = torch.nn.functional.normalize(head.proxies()[y])
        expected = 1 - (torch.nn.functional.normalize(x) * p).sum(1).mean()
    else:
        expected = torch.nn.functional.cross_entropy(logits, y)
    torch.testing.assert_close(loss, expected)
    inference = head(x)
    assert inference.loss is None
    torch.testing.assert_close(inference.logits, logits)


@configurations
def test_resuming_continues_bit_by_bit(name):
    head, backbone, optimizer = setup(name)
    train(head, backbone, optimizer, 8)
    modules = (head, backbone, optimizer)
    saved = pickle.dumps([part.state_dict() for part in modules])
    train(*modules, 8, first=8)

    other, backbone, optimizer = setup(name)
    train(other, backbone, optimizer, 3, first=50)
    for part, state in zip((other, backbone, optimizer), pickle.loads(saved)):
        part.load_state_dict(state)
    train(other, backbone, optimizer, 8, first=8)
    for key, value in head.state_dict().items():
        assert torch.equal(value, other.state_dict()[key]), key


def test_everything_is_in_the_state_dict():
    head = build("proxydr EMA Dynamic", class_prior=np.arange(1, 61))
    assert set(head.state_dict()) == {
        "log_prior",
        "proxies.vectors",
        "proxies.visited",
        "scale.value",
        "scale.adam",
    }
    assert set(build("proxydr MDSFixed Fixed").state_dict()) == {
        "proxies.vectors",
        "proxies.stress",
        "scale.value",
    }


def test_evaluation_moves_nothing():
    head = build("proxydr EMA Dynamic")
    before = copy.deepcopy(head.state_dict())
    head.eval()
    head(*data())
    head.update()
    head.train()
    head(data()[0])
    head.update()
    for key, value in head.state_dict().items():
        assert torch.equal(value, before[key]), key


def test_accumulated_batches_count_as_one():
    one, two = build("proxydr EMA Dynamic"), build("proxydr EMA Dynamic")
    x, y = data()
    one(x, y)
    two(x[:7], y[:7])
    two(x[7:], y[7:])
    one.update()
    two.update()
    for key, value in one.state_dict().items():
        torch.testing.assert_close(value, two.state_dict()[key])


def test_a_forgotten_update_is_noticed():
    head = build("proxydr EMA Fixed")
    x, y = data(2)
    for _ in range(UNUSED_BATCHES - 1):
        head(x, y)
    with pytest.warns(HiertoolsWarning, match=r"100 training batches without update\(\)"):
        head(x, y)
    head.update()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(UNUSED_BATCHES + 5):
            head(x, y)
            head.update()


@configurations
@pytest.mark.parametrize("form", ["euclidean", "angular"])
def test_corners_are_finite_in_every_precision(name, form):
    head = build(name, form)
    p = head.linear.weight if head.linear is not None else head.proxies()
    p = p.detach()[:8]
    x = torch.cat([p, -p, 0 * p, 1e-30 * p, 1e4 * p])
    y = torch.arange(8).repeat(5) % 4
    for dtype in (torch.float32, torch.bfloat16, torch.float64):
        for autocast in (False, True):
            features = x.to(dtype, copy=True).requires_grad_()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
                loss, logits = head(features, y)
            loss.backward()
            assert loss.isfinite()
            assert logits.isfinite().all()
            assert logits.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
            assert features.grad.isfinite().all()
            assert all(w.grad.isfinite().all() for w in head.parameters())
            head.update()
    assert all(value.isfinite().all() for value in head.state_dict().values())


@configurations
@pytest.mark.parametrize("form", ["euclidean", "angular"])
def test_gradcheck_of_a_whole_head(name, form):
    prior = None if name == "corr" else np.arange(1, 61)
    head = build(name, form, class_prior=prior).double().eval()
    x, y = data(3)
    parameters = tuple(head.parameters())

    def loss_of(features, *weights):
        named = dict(zip(dict(head.named_parameters()), weights))
        return torch.func.functional_call(head, named, (features, y)).loss

    inputs = (x.double().requires_grad_(), *parameters)
    assert torch.autograd.gradcheck(loss_of, inputs, fast_mode=True)


@pytest.mark.parametrize("n_classes", [2, 20_000])
@pytest.mark.parametrize("logits", ["normface", "proxydr"])
@pytest.mark.parametrize("proxies", [Learned(), EMA()])
def test_few_and_many_classes(n_classes, logits, proxies):
    head = ProxyHead(n_classes, 8, logits=logits, proxies=proxies, scale=Dynamic(start=5.0))
    x = torch.randn(16, 8, generator=torch.Generator().manual_seed(3), requires_grad=True)
    y = torch.arange(16) * 1249 % n_classes
    for _ in range(2):
        loss, logits = head(x, y)
        loss.backward()
        head.update()
    assert float(loss.detach()) == pytest.approx(
        float(torch.nn.functional.cross_entropy(logits.detach().double(), y)), rel=1e-5
    )
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("name", ["softmax", "proxydr Learned Fixed", "normface EMA Dynamic"])
def test_a_head_cast_to_bfloat16_still_works(name):
    head = build(name).to(torch.bfloat16)
    x, y = data()
    loss, logits = head(x.to(torch.bfloat16).requires_grad_(), y)
    loss.backward()
    head.update()
    assert logits.dtype == torch.float32
    assert loss.isfinite()


def test_autocast_changes_no_logit():
    head = build("proxydr Learned Fixed")
    x, y = data()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = head(x, y)
    assert torch.equal(inside.logits, head(x, y).logits)


def test_the_prior_is_added_in_log():
    counts = np.arange(1, 61)
    x, y = data()
    for name in ("softmax", "proxydr Learned Fixed"):
        without, with_prior = build(name), build(name, class_prior=counts)
        expected = without(x).logits + torch.tensor(np.log(counts / counts.sum())).float()
        torch.testing.assert_close(with_prior(x).logits, expected)
        torch.testing.assert_close(
            with_prior(x, y).loss, torch.nn.functional.cross_entropy(expected, y)
        )


@pytest.mark.parametrize("form", ["euclidean", "angular"])
@pytest.mark.parametrize("prior", [None, np.arange(1, 61)])
def test_the_dynamic_scale_hears_the_angles_and_the_wrong_classes(form, prior):
    """B is the mean over samples of sum_j pi_j q_j / pi_y over the wrong classes j."""
    head = build("proxydr Learned Dynamic", form, class_prior=prior)
    heard = []
    head.scale.record = lambda angles, wrong: heard.append((angles, wrong))
    x, y = data()
    head(x, y)
    f = torch.nn.functional.normalize(x.double())
    cos = f @ head.proxies().detach().double().T
    d = (2 - 2 * cos).sqrt() if form == "euclidean" else cos.arccos()
    pi = np.full(60, 1.0) if prior is None else prior
    for i, (angle, wrong) in enumerate(zip(*heard[0])):
        own = int(y[i])
        sums = sum(
            pi[j] / pi[own] * float(d[i, j]) ** -float(head.scale.value)
            for j in range(60)
            if j != own
        )
        assert float(wrong) == pytest.approx(math.log(sums), abs=1e-4)
        assert float(angle) == pytest.approx(math.acos(float(cos[i, own])), abs=1e-5)


@configurations
def test_representatives_go_straight_into_compare(name):
    head = build(name)
    reps = head.representatives()
    assert reps.classes == TREE.classes
    assert reps.kind == ("weights" if name == "softmax" else "proxy")
    assert reps.provenance["head"]["logits"] == PAPER[name]["logits"]
    if name != "softmax":
        np.testing.assert_allclose(np.linalg.norm(reps.vectors, axis=1), 1, atol=1e-6)


def test_class_names_are_by_default_numbers_or_the_trees():
    assert ProxyHead(3, 2).classes == ("0", "1", "2")
    assert ProxyHead(60, 16, proxies=MDSFixed(TREE)).classes == TREE.classes
    order = TREE.classes[::-1]
    one = ProxyHead(60, 64, proxies=MDSFixed(TREE), classes=order).representatives()
    d = ht.path_distances(TREE, order)
    squeezed = math.sqrt(2) * d / (1 + d)
    found = np.sqrt((2 - 2 * one.vectors @ one.vectors.T).clip(0))
    np.testing.assert_allclose(found, squeezed, atol=2e-3)


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"logits": "softmax", "proxies": EMA()}, ("logits='softmax'", "proxies=EMA(alpha=0.01)")),
        ({"logits": "softmax", "proxies": MDSFixed(TREE)}, ("'softmax'", "proxies=MDSFixed(...)")),
        ({"logits": "softmax", "scale": Dynamic()}, ("'softmax'", "scale=Dynamic(")),
        ({"logits": "softmax", "scale": Fixed(5.0)}, ("'softmax'", "scale=Fixed(value=5.0)")),
        ({"logits": "softmax", "form": "angular"}, ("'softmax'", "form='angular'")),
        ({"logits": "softmax", "loss": "corr"}, ("logits='softmax'", "loss='corr'")),
        ({"loss": "corr"}, ("loss='corr'", "proxies=Learned()")),
        ({"loss": "corr", "proxies": EMA()}, ("loss='corr'", "proxies=EMA")),
        (
            {"loss": "corr", "proxies": MDSFixed(TREE), "scale": Dynamic()},
            ("loss='corr'", "scale=Dynamic"),
        ),
        (
            {"loss": "corr", "proxies": MDSFixed(TREE), "class_prior": [1] * 60},
            ("loss='corr'", "class_prior"),
        ),
    ],
)
def test_contradictions_are_refused_naming_both(options, fields):
    with pytest.raises(OptionError, match="exclude each other") as caught:
        ProxyHead(60, 16, **options)
    for field in fields:
        assert field in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"logits": "proxy"}, "logits has no option 'proxy'; valid ones: 'softmax', 'normface'"),
        ({"form": "cosine"}, "form has no option 'cosine'"),
        ({"loss": "mse"}, "loss has no option 'mse'"),
        ({"n_classes": 1}, "n_classes must be a whole number of at least 2"),
        ({"dim": 0}, "dim must be a whole number of at least 1"),
        ({"class_prior": [1, 2]}, r"one count per class, shape \(3,\); got shape \(2,\)"),
        ({"class_prior": [1, 0, 2]}, "finite and above 0; it is not for 'b'"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        ProxyHead(**{"n_classes": 3, "dim": 4, "classes": ["a", "b", "c"]} | options)


def test_wrong_number_of_names():
    with pytest.raises(ClassMismatchError, match="classes has 2 names .* but n_classes is 3"):
        ProxyHead(3, 4, classes=["a", "b"])


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (torch.zeros(2, 3), None, r"floats of shape \(batch, 4\); got torch.float32 of shape"),
        (torch.zeros(2, 4, dtype=torch.int64), None, "got torch.int64"),
        (torch.zeros(2, 4), torch.zeros(3, dtype=torch.int64), r"int64 of shape \(2,\)"),
        (torch.zeros(2, 4), torch.zeros(2), "got torch.float32"),
        (torch.zeros(2, 4), torch.tensor([0, 3]), "between 0 and 2; got 3"),
        (torch.zeros(2, 4), torch.tensor([0, -1]), "between 0 and 2; got -1"),
    ],
)
def test_bad_batches(features, labels, message):
    with pytest.raises(OptionError, match=message):
        ProxyHead(3, 4)(features, labels)
