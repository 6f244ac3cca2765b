"""The untrained control."""

import numpy as np
import pytest
import torch

import hiertools as ht
from hiertools import HiertoolsError
from hiertools.producers import produce, random_prototypes


def stripes(rng, n, period):
    """Noisy stripes: classes that even random filters tell apart."""
    x = np.arange(24)
    wave = 127 + 80 * np.sin(2 * np.pi * x / period)
    return np.clip(wave + rng.normal(0, 20, (n, 24, 24)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(0)
    images = np.concatenate([stripes(rng, 10, period) for period in (3, 4, 12, 14)])
    return images, np.repeat(["fine 3", "fine 4", "broad 12", "broad 14"], 10)


def test_prototypes_of_an_untrained_network(samples):
    images, labels = samples
    found = random_prototypes(images, labels)
    assert found.kind == "random-cnn"
    assert found.vectors.shape == (4, 128)
    assert found.provenance["samples"]["fine 3"] == 10
    again = random_prototypes(images[::-1], labels[::-1])
    assert np.allclose(found.vectors, again.vectors, atol=1e-6)
    other = random_prototypes(images, labels, seed=1)
    assert not np.allclose(found.vectors, other.vectors)
    cosine = found.vectors @ found.vectors.T
    index = found.classes.index
    assert cosine[index("broad 12"), index("broad 14")] > cosine[index("broad 12"), index("fine 3")]


def test_the_state_of_the_global_generator_is_kept(samples):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    random_prototypes(*samples)
    assert torch.rand(1) == expected


def test_colours_numbers_and_timm(samples):
    images, labels = samples
    coloured = np.repeat(images[..., None], 3, axis=-1)
    names, numbers = np.unique(labels, return_inverse=True)
    found = random_prototypes(coloured, numbers, names.tolist(), architecture="resnet10t")
    assert found.classes == tuple(names)
    assert found.vectors.shape == (4, 512)
    scaled = random_prototypes(images / 255.0, labels)
    assert np.allclose(scaled.vectors, random_prototypes(images, labels).vectors, atol=1e-5)


def test_an_untrained_network_beats_chance_on_drawings():
    data = ht.load_quickdraw()
    found = random_prototypes(data.images[::5], data.labels[::5], list(data.classes))
    result = ht.compare(found, ht.load_quickdraw_tree(), permutations=99, intervals=False)
    row = result.scores.set_index("score").loc["elementwise_correlation"]
    assert row["value"] > 0
    assert row["p_value"] < 0.05


def test_a_folder_of_images(tmp_path, picture):
    for i, name in enumerate(("cats/lynx", "cats/puma", "wolf")):
        for j in range(3):
            picture(tmp_path / name / f"{j}.png", seed=10 * i + j)
    (tmp_path / "cats" / "notes.txt").write_text("no image")
    found = produce(f"random-cnn:small?images={tmp_path}&size=16&seed=1&limit=2")
    assert found.classes == ("lynx", "puma", "wolf")
    assert found.provenance["samples"] == {"lynx": 2, "puma": 2, "wolf": 2}
    tree = ht.read_tree(tmp_path, extensions=(".png",))
    assert set(tree.classes) == set(found.classes)
    control = f"random-cnn:small?images={tmp_path}&size=16"
    trained = ht.ClassRepresentatives(np.eye(3) + np.arange(9).reshape(3, 3), found.classes)
    both = ht.compare(trained, tree, baseline=control, permutations=0)
    assert isinstance(both, ht.ComparisonSet)
    picture(tmp_path / "dogs" / "wolf" / "1.png")
    with pytest.raises(HiertoolsError, match="two folders of images called 'wolf'"):
        produce(f"random-cnn:small?images={tmp_path}")
    (tmp_path / "cats" / "lynx" / "0.png").write_bytes(b"cut")
    (tmp_path / "dogs" / "wolf" / "1.png").unlink()
    with pytest.raises(HiertoolsError, match=r"0\.png: is no readable image"):
        produce(f"random-cnn:small?images={tmp_path}")


@pytest.mark.parametrize(
    ("images", "labels", "options", "message"),
    [
        (np.zeros((2, 3)), ["a", "b"], {}, r"shape \(N, H, W\) .* got shape \(2, 3\)"),
        (np.zeros((2, 8, 8)), ["a"], {}, "2 images but 1 labels"),
        (np.zeros((2, 8, 8)), [0, 1], {}, "labels are numbers, so pass their names"),
        (np.ones((2, 8, 8)), ["a", "b"], {"architecture": "smal"}, "Did you mean 'small'"),
    ],
)
def test_bad_samples(images, labels, options, message):
    with pytest.raises(HiertoolsError, match=message):
        random_prototypes(images, labels, **options)


def test_bad_sources(tmp_path):
    with pytest.raises(HiertoolsError, match="needs images .* 'random-cnn:small.images="):
        produce("random-cnn:small")
    with pytest.raises(HiertoolsError, match="has no folders of images"):
        produce(f"random-cnn:small?images={tmp_path}")
    with pytest.raises(HiertoolsError, match="there is no folder"):
        produce("random-cnn:small?images=none")
