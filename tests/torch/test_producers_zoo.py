"""Heads of models of timm and torchvision, and the names that go with them."""

import numpy as np
import pytest
import timm
import torch

import hiertools as ht
from hiertools import HiertoolsError, RepresentativesError
from hiertools.producers import produce

NAMES = ["lynx", "puma", "wolf"]


def values(tensor):
    return tensor.detach().double().numpy()


# ---- timm


@pytest.mark.parametrize("name", ["resnet18", "mobilenetv3_small_050", "vit_tiny_patch16_224"])
def test_timm(name):
    torch.manual_seed(0)
    found = produce(f"timm:{name}?pretrained=false")
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False)
    assert np.array_equal(found.vectors, values(model.get_classifier().weight))
    assert found.classes == ht.load_imagenet_head().classes
    assert found.provenance["model"] == f"timm {name}"
    assert not found.provenance["pretrained"]


def test_timm_names_are_in_the_order_of_timm():
    from timm.data import ImageNetInfo

    found = produce("timm:resnet18?pretrained=false&names=synsets")
    assert list(found.classes) == ImageNetInfo().label_names()
    words = produce("timm:resnet18", pretrained=False)
    synset_of = ht.datasets.imagenet_synsets()
    assert [synset_of[name] for name in words.classes] == list(found.classes)


def test_timm_checkpoint_and_other_classes(tmp_path):
    model = timm.create_model("resnet18", pretrained=False, num_classes=3)
    torch.save(model.state_dict(), tmp_path / "m.pth")
    found = produce(f"timm:resnet18?num_classes=3&checkpoint={tmp_path}/m.pth", classes=NAMES)
    assert np.array_equal(found.vectors, values(model.fc.weight))
    assert found.provenance["pretrained"]
    with pytest.raises(RepresentativesError, match="timm knows no class names for the 3 outputs"):
        produce("timm:resnet18?num_classes=3&pretrained=false")
    assert produce("timm:resnet18?num_classes=3&pretrained=false&classes=indices").classes[2] == "2"


def test_timm_beyond_imagenet_1k():
    found = produce("timm:tiny_vit_5m_224.dist_in22k?pretrained=false")
    assert found.vectors.shape == (21841, 320)
    assert found.classes[0].startswith("n")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("timm:resnet5O", "has no model 'resnet5O'. Did you mean 'resnet50'"),
        ("timm:resnet18?pretrained=maybe", "pretrained has no option 'maybe'"),
        ("timm:resnet18?names=ids", "names has no option 'ids'"),
        ("timm:resnet18?checkpoint=none.pth", "none.pth: there is no such file"),
        ("timm:resnet18?pretrained=false&num_classes=0", "has no head"),
        (
            "timm:deit_tiny_distilled_patch16_224?pretrained=false",
            "has 2 heads: 'head', 'head_dist'; say which with layer=",
        ),
    ],
)
def test_bad_timm(source, message):
    with pytest.raises(HiertoolsError, match=message):
        produce(source)


def test_timm_named_head():
    source = "timm:deit_tiny_distilled_patch16_224?pretrained=false&layer=head_dist"
    assert produce(source).vectors.shape == (1000, 192)


# ---- torchvision


@pytest.mark.parametrize(
    ("name", "width"), [("resnet18", 512), ("squeezenet1_1", 512), ("mobilenet_v3_small", 1024)]
)
def test_torchvision(name, width):
    found = produce(f"torchvision:{name}?pretrained=false")
    assert found.vectors.shape == (1000, width)
    assert found.classes == ht.load_imagenet_head().classes


def test_torchvision_indices_of_a_model_with_several_linear_layers():
    found = produce("torchvision:mobilenet_v3_small?pretrained=false&classes=indices")
    assert found.classes == tuple(map(str, range(1000)))


def test_torchvision_agrees_with_its_own_list_of_names():
    from torchvision.models import ResNet18_Weights

    theirs = ResNet18_Weights.DEFAULT.meta["categories"]
    ours = produce("torchvision:resnet18?pretrained=false").classes
    same = sum(a.lower().split(" (")[0] == b.lower() for a, b in zip(ours, theirs, strict=True))
    assert same > 700  # the rest are other words for the same synset


def test_bad_torchvision():
    with pytest.raises(HiertoolsError, match="no classifier 'resnet19'. Did you mean 'resnet1"):
        produce("torchvision:resnet19")
