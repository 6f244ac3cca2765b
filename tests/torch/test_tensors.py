"""Tensors and modules of torch, given as they are."""

import ml_dtypes  # comes with onnx; the numbers of JAX and TensorFlow
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import hiertools as ht
from hiertools import HiertoolsError, OptionError, RepresentativesError
from hiertools.producers import from_confusion, from_module, produce
from hiertools_torch import MDSFixed, ProxyHead

NAMES = ["lynx", "puma", "wolf"]


def weight(**options):
    return nn.Linear(3, 3, **options).weight


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w,
        lambda w: w.half(),
        lambda w: w.bfloat16(),
        lambda w: w.to(torch.float8_e4m3fn),
        lambda w: w.T,
        lambda w: w > 0,
        lambda w: torch.complex(w, w).conj().imag,
    ],
    ids=["gradient", "half", "bfloat16", "float8", "turned", "bool", "negated"],
)
def test_weights_of_every_type(change):
    tensor = change(weight())
    expected = tensor.detach().double().numpy()
    assert np.array_equal(ht.ClassRepresentatives(tensor, NAMES).vectors, expected)
    assert np.array_equal(ht.as_representatives(list(tensor), NAMES).vectors, expected)
    assert np.array_equal(ht.Predictions([0, 1, 2], tensor, NAMES).scores, expected)
    square = torch.ones(3, 3, requires_grad=True) - torch.eye(3)
    assert ht.DistanceMatrix(square, NAMES).condensed.tolist() == [1, 1, 1]
    assert from_confusion(square, NAMES).condensed.tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.eye(3).to_sparse(), r"must be dense; got a sparse Tensor; pass its to_dense\(\)"),
        (weight(device="meta"), "lies on the device 'meta', so it has a shape and no values"),
        (torch.complex(torch.eye(3), torch.eye(3)).conj(), "must be (real )?numbers"),
    ],
    ids=["sparse", "meta", "complex"],
)
def test_tensors_without_values(tensor, message):
    for read in (
        lambda: ht.ClassRepresentatives(tensor, NAMES),
        lambda: ht.DistanceMatrix(tensor, NAMES),
        lambda: ht.Predictions([0, 1, 2], tensor, NAMES),
        lambda: ht.prototypes(tensor, NAMES),
        lambda: from_confusion(tensor, NAMES),
    ):
        with pytest.raises(HiertoolsError, match=message):
            read()


def test_compare_and_evaluate_take_tensors():
    tree = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf", "fox": "dogs/fox"}
    names = list(tree)
    layer = nn.Linear(6, 4)
    expected = ht.compare(layer.weight.detach().numpy(), tree, classes=names, permutations=0)
    found = ht.compare(layer.weight, tree, classes=names, permutations=0)
    assert found.scores.equals(expected.scores)
    named = ht.compare(dict(zip(names, layer.weight)), tree, permutations=0)
    assert named.scores.equals(expected.scores)
    labels = torch.tensor([0, 1, 2, 3])
    logits = layer(torch.ones(4, 6))
    result = ht.evaluate((labels, logits), tree, classes=names, score_kind="logit", intervals=False)
    assert result.n_samples == 4


def test_models_are_told_from_vectors():
    layer = nn.Linear(3, 3)
    assert ht.as_representatives(layer, NAMES) == from_module(layer, NAMES)
    with pytest.raises(RepresentativesError, match="'meta', so it has a shape and no values"):
        from_module(nn.Linear(5, 3, device="meta"), NAMES)
    with pytest.raises(RepresentativesError, match="has no weights yet; run the model once"):
        from_module(nn.Sequential(nn.LazyLinear(3)), NAMES)


def test_sixteen_bits_sum_to_one_less_exactly():
    scores = torch.softmax(torch.randn(400, 4, generator=torch.manual_seed(0)), 1)
    names = ["a", "b", "c", "d"]
    whole = scores.bfloat16()
    assert (whole.float().sum(1) - 1).abs().max() > 1e-3
    for rounded in (whole, scores.half(), scores.numpy().astype(ml_dtypes.bfloat16)):
        made = ht.Predictions(np.zeros(400, int), rounded, names, score_kind="probability")
        assert made.scores.dtype in (np.float16, np.float32)
        assert np.allclose(made.scores, scores.numpy(), atol=2e-3)


@pytest.mark.parametrize("kind", [ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
def test_types_that_numpy_has_from_elsewhere(kind):
    values = np.array([[1.0, 0.5], [-2.0, 3.0], [0.25, 4.0]])  # every one fits
    for same in (values.astype(kind), list(values.astype(kind))):
        assert np.array_equal(ht.ClassRepresentatives(same, NAMES).vectors, values)


# ---- names that modules and checkpoints keep


class Named(nn.Module):
    def __init__(self, **attributes):
        super().__init__()
        self.fc = nn.Linear(5, 3)
        for name, value in attributes.items():
            setattr(self, name, value)


class Config:
    def __init__(self, names):
        self.id2label = dict(enumerate(names))


@pytest.mark.parametrize(
    "module",
    [
        Named(classes=NAMES),
        Named(class_to_idx={"wolf": 2, "puma": 1, "lynx": 0}),
        Named(config=Config(NAMES)),
        nn.Sequential(nn.ReLU(), Named(class_names=tuple(NAMES))),
        ProxyHead(3, 5, classes=NAMES),
    ],
    ids=["classes", "class_to_idx", "config", "part", "head"],
)
def test_the_names_of_a_module_are_its_own(module):
    assert from_module(module).classes == tuple(NAMES)
    assert from_module(module, NAMES).classes == tuple(NAMES)
    with pytest.raises(OptionError, match="names of its own, in another order"):
        from_module(module, NAMES[::-1])
    with pytest.raises(OptionError, match="names of its own, other ones"):
        from_module(module, ["a", "b", "c"])


def test_names_of_other_things_and_placeholders():
    assert from_module(Named(classes=["a", "b"]), NAMES).classes == tuple(NAMES)
    assert from_module(Named(classes=3), NAMES).classes == tuple(NAMES)
    assert from_module(ProxyHead(3, 5), NAMES).classes == tuple(NAMES)
    unnamed = Named(config=Config([f"LABEL_{i}" for i in range(3)]))
    with pytest.raises(RepresentativesError, match="carries no class names"):
        from_module(unnamed)
    assert from_module(unnamed, NAMES).classes == tuple(NAMES)


def test_the_names_of_a_checkpoint_are_its_own(tmp_path):
    path = tmp_path / "m.pt"
    torch.save({"model": Named().state_dict(), "classes": NAMES}, path)
    assert produce(path).classes == tuple(NAMES)
    with pytest.raises(OptionError, match="names of its own, in another order"):
        produce(path, classes=NAMES[::-1])


@pytest.mark.parametrize("source", ["timm:resnet18", "torchvision:resnet18"])
def test_the_names_of_imagenet_are_not_put_in_another_order(source):
    source = f"{source}?pretrained=false"
    own = list(ht.load_imagenet_head().classes)
    assert produce(source, classes=np.array(own)).classes == tuple(own)
    with pytest.raises(OptionError, match=r"model 'resnet18' has class names of its own, in ano"):
        produce(source, classes=own[::-1])
    # Weights of one's own may tell a thousand other classes apart.
    others = [f"plankton {i}" for i in range(1000)]
    assert produce(source, classes=others).classes == tuple(others)
    assert produce(source, classes="indices").classes[-1] == "999"


@pytest.mark.parametrize("source", ["timm", "torchvision"])
def test_fetched_weights_keep_their_names(source, monkeypatch):
    import timm
    import torchvision

    def untrained(make):
        return lambda *args, **options: make("resnet18")

    monkeypatch.setattr(timm, "create_model", untrained(timm.create_model))
    monkeypatch.setattr(torchvision.models, "get_model", untrained(torchvision.models.get_model))
    with pytest.raises(OptionError, match=r"names of its own, other ones \(row 0 is 'tench', not"):
        produce(f"{source}:resnet18", classes=[f"plankton {i}" for i in range(1000)])


def test_the_names_of_a_transformers_model_are_its_own(tmp_path):
    from transformers import ViTConfig, ViTForImageClassification

    ViTForImageClassification(
        ViTConfig(
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
            image_size=16, patch_size=8, id2label=dict(enumerate(NAMES)),
        )
    ).save_pretrained(tmp_path)  # fmt: skip
    assert produce(f"transformers:{tmp_path}", classes=NAMES).classes == tuple(NAMES)
    with pytest.raises(OptionError, match="names of its own, in another order"):
        produce(f"transformers:{tmp_path}", classes=NAMES[::-1])


# ---- heads


def test_a_head_takes_names_and_counts_by_class():
    places = {"wolf": 2, "lynx": 0, "puma": 1}
    assert ProxyHead(3, 5, classes=places).classes == tuple(NAMES)
    expected = ProxyHead(3, 5, classes=NAMES, class_prior=[3, 1, 9]).log_prior
    samples = pd.Series(["wolf"] * 9 + ["lynx"] * 3 + ["puma"])
    for counts in (samples.value_counts(), {"wolf": 9, "puma": 1, "lynx": 3}):
        head = ProxyHead(3, 5, classes=NAMES, class_prior=counts)
        assert torch.equal(head.log_prior, expected)
    by_label = pd.Series([2] * 9 + [0] * 3 + [1]).value_counts()
    assert torch.equal(ProxyHead(3, 5, class_prior=by_label).log_prior, expected)
    tensor = torch.tensor([3.0, 1.0, 9.0], requires_grad=True)
    assert torch.equal(ProxyHead(3, 5, class_prior=tensor).log_prior, expected)
    with pytest.raises(OptionError, match="by name or by label; only one of them has 'newt'"):
        ProxyHead(3, 5, classes=NAMES, class_prior={"wolf": 9, "puma": 1, "lynx": 3, "newt": 1})


def test_tables_of_distances_for_fixed_proxies_are_read_by_name():
    square = pd.DataFrame([[0, 2, 4], [2, 0, 4], [4, 4, 0.0]], NAMES, NAMES)
    turned = ["wolf", "lynx", "puma"]
    expected = ProxyHead(3, 4, proxies=MDSFixed(square.to_numpy()), classes=NAMES)
    for same in (square, square[turned]):
        head = ProxyHead(3, 4, proxies=MDSFixed(same), classes=NAMES)
        assert torch.equal(head.proxies(), expected.proxies())
    with pytest.raises(OptionError, match="in another order .* frame.loc.classes, classes."):
        ProxyHead(3, 4, proxies=MDSFixed(square.loc[turned]), classes=NAMES)
