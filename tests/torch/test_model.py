"""Backbones: sizes, first convolutions, frozen and pretrained ones, wrong names."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import hiertools as ht
from hiertools.errors import OptionError
from hiertools_torch.config import Config
from hiertools_torch.training.backbones import SmallCNN, build_backbone
from hiertools_torch.training.model import build_model

# Without an image library of its own, torchvision says so at import; images come from PIL here.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

TREE = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
LIBRARY = {"data": "plankton", "root": "unused"}


def model_of(**options):
    config = Config(**{"dim": 8, **options})
    counts = np.array([4, 3, 2, 1])
    planes = config.planes
    return build_model(config, TREE, counts, mean=(0.2,) * planes, deviation=(0.5,) * planes)


@pytest.mark.parametrize("side", [16, 28, 32, 64])
@pytest.mark.parametrize("norm", ["batch", "group"])
def test_small_cnn_takes_small_images_of_any_size(side, norm):
    cnn = SmallCNN(3, width=2, norm=norm)
    assert cnn(torch.rand(2, 3, side, side)).shape == (2, cnn.n_features)


def test_group_norm_leaves_samples_independent():
    model = model_of(norm="group", width=2, dropout=0.0, model="normface")
    model.train()
    images = torch.rand(6, 1, 28, 28)
    torch.testing.assert_close(model(images)[2][:2], model(images[:2])[2])


def test_the_seed_decides_the_weights_and_the_global_state_is_left_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, two, other = model_of(seed=1), model_of(seed=1), model_of(seed=2)
    assert torch.equal(before, torch.get_rng_state())
    for name, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[name]), name
    assert not torch.equal(one.embedding.weight, other.embedding.weight)


def test_pixels_are_normalised_and_sizes_and_prior_count():
    model = model_of(data="plankton", root="x", size_informed=True, class_prior=True, width=2)
    model.eval()
    images = torch.rand(3, 3, 28, 28)
    small, large = torch.zeros(3, 2), torch.full((3, 2), 5.0)
    shift = model.features(images, large) - model.features(images, small)
    torch.testing.assert_close(shift, model.sizes(large) - model.sizes(small))
    whitened = model.features(images, small)
    model.mean.zero_()
    model.deviation.fill_(1)
    torch.testing.assert_close(model.features((images - 0.2) / 0.5, small), whitened)
    assert model.head.log_prior.exp().sum().item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("backbone", "side"),
    [("timm:resnet10t", 32), ("torchvision:resnet18", 32), ("torchvision:inception_v3", 75)],
)
def test_library_backbones_train_on_grey_and_colour(backbone, side):
    for channels in ("grey", "rgb"):
        model = model_of(**LIBRARY, backbone=backbone, channels=channels)
        images = torch.rand(2, 1 if channels == "grey" else 3, side, side)
        loss, logits, features = model(images, torch.tensor([0, 3]))
        loss.backward()
        assert (logits.shape, features.shape) == ((2, 4), (2, 8))
        assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_a_new_first_convolution_keeps_the_shape_and_starts_anew():
    import timm
    from torch import nn

    from hiertools_torch.training.backbones import _replace_first_conv

    net = timm.create_model("resnet18")
    old = net.conv1
    _replace_first_conv(net, 3, "new", keep_weights=True)
    assert net.conv1 is not old
    assert (net.conv1.kernel_size, net.conv1.stride) == (old.kernel_size, old.stride)
    assert not (net.conv1.weight == old.weight).all()
    _replace_first_conv(net, 1, "new", keep_weights=True)
    assert isinstance(net.conv1, nn.Conv2d)
    assert net.conv1.in_channels == 1


def test_the_papers_backbones_get_a_small_first_convolution():
    for name, features in (("timm:resnet50", 2048), ("timm:inception_v3", 2048)):
        backbone, n = build_backbone(Config(**LIBRARY, backbone=name))
        conv = next(m for m in backbone.modules() if isinstance(m, torch.nn.Conv2d))
        assert (conv.kernel_size, conv.stride, conv.padding) == ((3, 3), (1, 1), (1, 1))
        assert n == features
    kept, _ = build_backbone(Config(**LIBRARY, backbone="timm:resnet18", first_conv="keep"))
    conv = next(m for m in kept.modules() if isinstance(m, torch.nn.Conv2d))
    assert (conv.kernel_size, conv.stride) == ((7, 7), (2, 2))


def test_a_random_backbone_is_not_trained():
    model = model_of(random_backbone=True, width=2)
    assert not any(p.requires_grad for p in model.backbone.parameters())
    assert model.embedding.weight.requires_grad


def test_unknown_names_list_near_ones():
    with pytest.raises(
        OptionError, match="timm has no model 'resnet5o'.*Did you mean 'timm:resnet50"
    ):
        build_backbone(Config(**LIBRARY, backbone="timm:resnet5o"))
    with pytest.raises(
        OptionError, match="torchvision has no model 'resnet-18'.*torchvision:resnet1"
    ):
        build_backbone(Config(**LIBRARY, backbone="torchvision:resnet-18"))


def test_pretrained_weights_that_cannot_be_had_are_a_sentence(monkeypatch):
    import timm

    def offline(name, pretrained):
        assert pretrained
        raise OSError("no route to host")

    monkeypatch.setattr(timm, "create_model", offline)
    config = Config(**LIBRARY, backbone="timm:resnet18", pretrained=True)
    with pytest.raises(
        OptionError, match="could not be fetched .*no route to host.*by weights=PATH"
    ):
        build_backbone(config)


def test_the_heads_of_the_config_are_built():
    for options, kind in (
        ({"model": "softmax"}, "softmax"),
        ({"model": "normface", "proxies": "ema", "scale": "dynamic"}, "EMAProxies"),
        ({"model": "proxydr", "proxies": "mds", "form": "angular"}, "FixedProxies"),
        ({"model": "corr"}, "corr"),
    ):
        head = model_of(width=2, **options).head
        assert kind in (head.logits, type(head.proxies).__name__, head.loss)
        assert head.classes == TREE.classes
