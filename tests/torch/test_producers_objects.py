"""Models themselves where class vectors are wanted: produced, or refused by their name."""

import warnings

import numpy as np
import pytest
import timm
import torch
from torch import nn

import hiertools as ht
from hiertools import RepresentativesError
from hiertools.producers import from_module

NAMES = ["lynx", "puma", "wolf"]
TREE = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf"}


def named(width=5):
    model = nn.Sequential(nn.Linear(7, width), nn.ReLU(), nn.Linear(width, 3))
    model.classes = NAMES
    return model


def classifier(**options):
    from transformers import ViTConfig, ViTForImageClassification

    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = ViTConfig(**small, intermediate_size=8, image_size=16, patch_size=8, **options)
    return ViTForImageClassification(config)


def weights(layer):
    return layer.weight.detach().double().numpy()


def test_compare_takes_modules():
    torch.manual_seed(0)
    a, b, bare = named(), named(6), nn.Linear(5, 3)
    one = ht.compare(a, TREE, permutations=0)
    assert one.scores.equals(ht.compare(from_module(a), TREE, permutations=0).scores)
    several = ht.compare({"a": a, "b": [a, b]}, TREE, baseline=named(), permutations=0)
    assert set(several.scores["model"]) == {"a", "b", "baseline"}
    assert np.array_equal(ht.as_representatives(bare, NAMES).vectors, weights(bare))
    ht.compare(bare, TREE, classes=NAMES, permutations=0)
    ht.compare({"a": bare}, TREE, classes=NAMES, permutations=0)
    assert ht.infer_tree(a).n_classes == 3
    with pytest.raises(RepresentativesError, match="the module Linear carries no class names"):
        ht.compare({"a": bare}, TREE, permutations=0)
    with pytest.raises(
        RepresentativesError, match=r"holds the weights of a model.*from_state_dict"
    ):
        ht.compare(a.state_dict(), TREE, permutations=0)


def test_models_and_pipelines_of_transformers():
    from transformers import ImageClassificationPipeline, ViTImageProcessor

    model = classifier(id2label=dict(enumerate(NAMES)))
    assert np.array_equal(ht.as_representatives(model).vectors, weights(model.classifier))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions to come
        try:
            processor = ViTImageProcessor()
            pipeline = ImageClassificationPipeline(model=model, image_processor=processor)
        except ImportError:  # what is asked is the form, not the library's version
            pipeline = type("Pipeline", (), {"model": model, "task": "x", "__call__": None})()
    assert ht.as_representatives(pipeline) == ht.as_representatives(model)
    ht.compare(pipeline, TREE, permutations=0)
    ht.compare({"a": pipeline, "b": model}, TREE, permutations=0)


def test_indices_of_a_model_that_tells_its_number_of_outputs():
    model = classifier(num_labels=3)
    found = from_module(model, "indices")
    assert np.array_equal(found.vectors, weights(model.classifier))
    assert found.classes == ("0", "1", "2")


def test_models_of_timm():
    model = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=3)
    assert np.array_equal(ht.as_representatives(model, NAMES).vectors, weights(model.head))
    assert np.array_equal(from_module(model, "indices").vectors, weights(model.head))
    whole = timm.create_model("resnet18", pretrained=False)
    with pytest.raises(
        RepresentativesError, match=r"If they are ImageNet's: classes=load_imagenet_tree\(\).clas"
    ):
        ht.as_representatives(whole)
    found = ht.as_representatives(whole, ht.load_imagenet_tree().classes)
    assert np.array_equal(found.vectors, weights(whole.fc))


def test_objects_that_hold_a_model():
    class Learner:
        def __init__(self):
            self.model = named()

    with pytest.raises(RepresentativesError, match=r"a Learner holds a model; give that: .*from_m"):
        ht.compare(Learner(), TREE, permutations=0)

    class SentenceEncoder(nn.Module):
        def encode(self, texts):
            return np.ones((len(texts), 2))

        def tokenize(self, texts):
            return texts

    with pytest.raises(RepresentativesError, match="embeds texts and has no classes; embed their"):
        ht.compare(SentenceEncoder(), TREE, permutations=0)
    with pytest.raises(RepresentativesError, match="Linear is a class, not a fitted or loaded"):
        ht.compare(nn.Linear, TREE, permutations=0)
