"""The paper's own ways of training, each an option: what the published code does, literally."""

import math
import sys
import types

import numpy as np
import pytest
import torch
from torch import nn

import hiertools as ht
import hiertools_torch
from hiertools.errors import OptionError
from hiertools_torch import Config, Dynamic, ProxyHead
from hiertools_torch.data.augment import affine_maps, augment
from hiertools_torch.data.splits import random_parts
from hiertools_torch.heads.scale import condition
from hiertools_torch.training.backbones import build_backbone
from hiertools_torch.training.checkpoint import load_checkpoint
from hiertools_torch.training.model import build_head

LIBRARY = {"data": "plankton", "root": "unused"}


@pytest.mark.parametrize("n", [10, 77, 1000])
@pytest.mark.parametrize("seed", [1, 5])
def test_parts_are_those_of_pytorchs_random_split(n, seed):
    lengths = [int(0.7 * n), int(0.1 * n)]
    lengths.append(n - sum(lengths))
    parts = torch.utils.data.random_split(
        range(n), lengths, generator=torch.Generator().manual_seed(seed)
    )
    found = random_parts(n, None, 0.1, 0.2, seed)
    for name, part in zip(("train", "validation", "test"), parts):
        assert found[name].tolist() == sorted(part.indices)


def test_images_for_testing_that_the_data_bring_stay_so():
    found = random_parts(60, np.arange(50, 60), 0.1, 0.2, 3)
    train, validation = torch.utils.data.random_split(
        range(50), [45, 5], generator=torch.Generator().manual_seed(3)
    )
    assert found.keys() == {"train", "validation"}
    assert found["train"].tolist() == sorted(train.indices)
    assert found["validation"].tolist() == sorted(validation.indices)


def test_a_run_draws_its_parts_by_its_seed(tmp_path, picture):
    for name in ("a/x", "a/y", "b/z"):
        for i in range(10):
            picture(tmp_path / "root" / name / f"{i}.png", size=(20, 20), seed=i)
    options = {"data": "plankton", "root": tmp_path / "root", "image_size": 16}
    one, other = (
        hiertools_torch.load_data(Config(**options, split="paper", seed=s)) for s in (1, 2)
    )
    assert {name: len(part) for name, part in one.parts.items()} == {
        "train": 21, "validation": 3, "test": 6,
    }  # fmt: skip
    assert not np.array_equal(one.parts["test"], other.parts["test"])
    usual = [hiertools_torch.load_data(Config(**options, seed=s)).parts["test"] for s in (1, 2)]
    assert np.array_equal(*usual)


def test_a_run_can_leave_its_pixels_and_start_softmax_as_the_paper_does(tiny, tmp_path):
    run = hiertools_torch.train(
        **tiny, model="softmax", standardise=False, softmax_start="normal", epochs=0,
        interpolation="nearest", out=tmp_path / "a",
    )  # fmt: skip
    state = load_checkpoint(run.folder / "last.pt")["model"]
    assert state["mean"].flatten().tolist() == [0.0]
    assert state["deviation"].flatten().tolist() == [1.0]
    assert state["head.linear.bias"].abs().max() == 0
    assert 0.7 < float(state["head.linear.weight"].std()) < 1.3


def test_nearest_pixels_are_pixels_of_the_image():
    torch.manual_seed(0)
    images = torch.rand(2, 1, 9, 9)
    numbers = torch.rand(2, 6)
    found = augment(images, numbers, "nearest")
    known = [*images.flatten().tolist(), 0.0]
    assert set(found.flatten().tolist()) <= set(known)
    linear = affine_maps(numbers)
    centre = torch.round(((linear[0, :, 2] + 1) * 9 - 1) / 2).int()  # where the middle comes from
    assert found[0, 0, 4, 4] == images[0, 0, centre[1], centre[0]]


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_a_frozen_backbone_does_not_move(norm, tiny, tmp_path):
    run = hiertools_torch.train(
        **tiny, random_backbone=True, norm=norm, epochs=1, out=tmp_path / "a"
    )
    start = hiertools_torch.train(
        **tiny, random_backbone=True, norm=norm, epochs=0, out=tmp_path / "b"
    )
    last, first = (load_checkpoint(r.folder / "last.pt")["model"] for r in (run, start))
    moved = {name for name in first if not torch.equal(first[name], last[name])}
    assert moved == {"embedding.weight", "embedding.bias", "head.proxies.weight"}


# --- backbones ---


class Small(nn.Module):
    """A backbone of the shape that libraries give: convolution, norm, a last linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.bn = nn.BatchNorm2d(4)
        self.second = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 3)
        for part in (self.bn, self.second):
            part.running_mean.fill_(5.0)
            nn.init.constant_(part.weight, 3.0)


@pytest.fixture
def libraries(monkeypatch):
    """A timm and a torchvision of one model."""
    asked = []
    timm = types.ModuleType("timm")
    timm.is_model = lambda name: name == "small"
    timm.create_model = lambda name, pretrained: (
        asked.append(("timm", name, pretrained)),
        Small(),
    )[1]
    timm.list_models = lambda: ["small"]
    timm.get_pretrained_cfg = lambda name, allow_unregistered: None
    models = types.ModuleType("torchvision.models")
    models.list_models = lambda module: ["small"]
    models.get_model = lambda name, weights, **_: (
        asked.append(("torchvision", name, weights)), Small())[1]  # fmt: skip
    models.get_model_weights = lambda name: types.SimpleNamespace(
        __members__={"IMAGENET1K_V1": 1, "IMAGENET1K_V2": 2}
    )
    monkeypatch.setitem(sys.modules, "timm", timm)
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)
    return asked


@pytest.mark.parametrize("how", ["new", "new-norm"])
def test_the_norm_after_the_first_convolution_starts_anew_if_wanted(libraries, how):
    config = Config(**LIBRARY, backbone="timm:small", pretrained=True, first_conv=how)
    backbone, _ = build_backbone(config)
    fresh = how == "new-norm"
    assert backbone.bn.running_mean.tolist() == [0.0 if fresh else 5.0] * 4
    assert backbone.bn.weight.tolist() == [1.0 if fresh else 3.0] * 4
    assert backbone.second.running_mean.tolist() == [5.0] * 4


@pytest.mark.parametrize(
    ("backbone", "asked"),
    [
        ("timm:small.tv_in1k", ("timm", "small.tv_in1k", True)),
        ("torchvision:small.IMAGENET1K_V1", ("torchvision", "small", "IMAGENET1K_V1")),
        ("torchvision:small", ("torchvision", "small", "DEFAULT")),
    ],
)
def test_a_name_says_which_weights(libraries, backbone, asked):
    build_backbone(Config(**LIBRARY, backbone=backbone, pretrained=True))
    assert libraries == [asked]
    libraries.clear()
    build_backbone(Config(**LIBRARY, backbone=backbone))
    assert libraries[0][2] in (False, None)


def test_weights_that_torchvision_lacks_are_named(libraries):
    with pytest.raises(OptionError, match="no weights 'V3' for small; it has: 'IMAGENET1K_V1'"):
        build_backbone(Config(**LIBRARY, backbone="torchvision:small.V3", pretrained=True))


# --- dynamic scale ---


@pytest.mark.parametrize("logits", ["normface", "proxydr"])
@pytest.mark.parametrize("form", ["euclidean", "angular"])
def test_the_published_dynamic_scale_is_the_published_codes(logits, form):
    """Its lines, in float64: sum over wrong classes, median angle, squared condition."""
    torch.manual_seed(0)
    head = ProxyHead(
        8, 4, logits=logits, form=form, scale=Dynamic(start=7.0, published=True)
    ).double()
    features, labels = torch.randn(12, 4).double(), torch.randint(0, 8, (12,))
    with torch.no_grad():
        features += 3 * head.proxies.weight[labels]
    head(features, labels)
    recorded = head.scale._rows[0][:, 1].exp().mean()
    head.update()

    log_scale = torch.tensor(math.log(7.0), dtype=torch.float64, requires_grad=True)
    cos = nn.functional.normalize(features) @ head.proxies().detach().T
    theta, square = cos.acos(), 2 - 2 * cos
    scale = log_scale.detach().exp()
    sums = {
        ("proxydr", "angular"): theta**-scale,
        ("normface", "angular"): torch.exp(-scale * theta**2),
        ("proxydr", "euclidean"): 1 / square ** torch.exp(log_scale.detach() / 2),
        ("normface", "euclidean"): torch.exp(scale * cos),
    }[logits, form]
    wrong = torch.ones_like(cos).scatter(1, labels[:, None], 0.0)
    b = (sums * wrong).sum() / len(labels)
    torch.testing.assert_close(recorded, b, rtol=1e-5, atol=0)
    own = theta.gather(1, labels[:, None])[:, 0]
    median = torch.minimum(torch.tensor(math.pi / 4).double(), own.quantile(0.5))
    chord = 2 - 2 * median.cos()
    s = log_scale.exp()
    loss = {
        ("proxydr", "angular"): b * (s + 1) * median**s + 1 - s,
        ("normface", "angular"): b * (s * chord).exp() * (2 * s * chord - 1) - (2 * s * chord + 1),
        ("proxydr", "euclidean"): b * (s + 1) * chord ** (s / 2) + 1 - s,
        ("normface", "euclidean"): (s * median.cos()).exp() * (median.cos() + s * median.sin() ** 2)
        + b * (median.cos() - s * median.sin() ** 2),
    }[logits, form].square()
    (slope,) = torch.autograd.grad(loss, log_scale)
    found, derivative = condition(7.0, float(median), float(b.log()), logits, form, published=True)
    assert float(2 * found * derivative * 7.0) == pytest.approx(float(slope), rel=1e-5)
    step = math.log(float(head.scale.value)) - math.log(7.0)
    assert step == pytest.approx(-1e-4 * math.copysign(1, float(slope)), rel=1e-3)


def test_the_published_scale_goes_with_no_prior_and_into_runs():
    with pytest.raises(OptionError, match="the published code fails with both"):
        ProxyHead(3, 4, scale=Dynamic(start=5.0, published=True), class_prior=[1, 2, 3])
    tree = ht.ClassTree.from_newick("((a,b),c);")
    for name in ("derived", "published"):
        head = build_head(Config(scale="dynamic", dynamic_scale=name), tree, np.ones(3, dtype=int))
        assert head.scale.published == (name == "published")
