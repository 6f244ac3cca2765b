"""Augmentation by torchvision, or of one's own: keyed image by image, recorded, refused."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

import hiertools_torch as htt
from hiertools.errors import OptionError
from hiertools_torch import Config
from hiertools_torch.data.transforms import named_transform, transformed
from hiertools_torch.training import trainer
from hiertools_torch.training.checkpoint import load_checkpoint

# Without an image library of its own, torchvision says so at import; images come from PIL here.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

TINY = {
    "subset": "cat,dog,car,bus", "width": 2, "dim": 8, "train_per_class": 8, "batch_size": 10,
    "epochs": 2, "norm": "group",
}  # fmt: skip


def noisy(image):
    """Draw from each of the three random generators."""
    noise = float(torch.rand(())) + np.random.random() + random.random()  # noqa: NPY002
    return image.float() / 255 + noise


def weights(folder):
    return load_checkpoint(folder / "last.pt")["model"]


@pytest.mark.parametrize("planes", [1, 3])
@pytest.mark.parametrize("name", ["trivial", "randaugment"])
def test_an_image_becomes_the_same_in_any_batch(name, planes):
    images = torch.arange(12 * planes * 100).reshape(12, planes, 10, 10).mul(7).to(torch.uint8)
    transform, where = named_transform(name), np.arange(12)
    before = torch.get_rng_state(), random.getstate()
    together = transformed(images, transform, where, (3, 1))
    assert torch.equal(before[0], torch.get_rng_state())
    assert random.getstate() == before[1]
    assert (together.shape, together.dtype) == (images.shape, torch.uint8)
    assert not torch.equal(together, images)
    apart = transformed(images[[7, 2]], transform, where[[7, 2]], (3, 1))
    assert torch.equal(apart, together[[7, 2]])
    other = transformed(images, transform, where, (3, 2))
    assert not torch.equal(other, together)


def test_true_and_false_are_read_as_before():
    assert Config().augment == Config(augment=True).augment == "affine"
    assert Config(augment=False).augment == "none"
    assert named_transform("affine") is named_transform("none") is None
    with pytest.raises(OptionError, match="augment has no option 'trivial2'.*Did you mean 'trivi"):
        Config(augment="trivial2")
    with pytest.raises(OptionError, match="interpolation='nearest' contradicts augment='trivial'"):
        Config(augment="trivial", interpolation="nearest")


@pytest.mark.parametrize("augment", ["trivial", noisy])
def test_a_stop_changes_no_bit(augment, tmp_path, monkeypatch):
    given = {**TINY, "augment": augment}
    whole = htt.train(**given, out=tmp_path / "a")
    plain = htt.train(**{**given, "augment": "none"}, out=tmp_path / "c")
    steps = []

    def stop(self, loss, of, real=trainer.Trainer.after_step):
        real(self, loss, of)
        steps.append(loss)
        if len(steps) == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(trainer.Trainer, "after_step", stop)
        with pytest.raises(KeyboardInterrupt):
            htt.train(**given, checkpoint_every=1, out=tmp_path / "b")
    htt.train(**given, checkpoint_every=1, resume=True, out=tmp_path / "b")
    one, two, other = weights(tmp_path / "a"), weights(tmp_path / "b"), weights(tmp_path / "c")
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["embedding.weight"], other["embedding.weight"])
    assert plain.config.augment == "none"
    if augment is noisy:
        assert whole.config.augment == "own"
        assert whole.provenance["own"]["augment"] == {
            "class": f"{__name__}.noisy", "made": "<function noisy>",
        }  # fmt: skip
        with pytest.raises(OptionError, match="augment='own' stands for an object"):
            htt.export(whole.folder)
        with pytest.raises(OptionError, match="with the augment .*noisy, and now .*Identity is"):
            htt.train(**{**given, "augment": torch.nn.Identity()}, resume=True, out=whole.folder)


def test_settings_of_a_transform_are_known_again(tmp_path):
    import torchvision.transforms.v2 as v2

    given = {**TINY, "epochs": 0, "augment": v2.RandomErasing(p=0.5)}
    run = htt.train(**given, out=tmp_path / "a")
    assert "p=0.5" in run.provenance["own"]["augment"]["made"]
    with pytest.raises(OptionError, match=r"augment=RandomErasing\(p=0.5.*, and now Random"):
        htt.export(run.folder, augment=v2.RandomErasing(p=0.6))


@pytest.mark.parametrize(
    ("augment", "told"),
    [
        (lambda image: 1 / 0, r"fails on an image of shape \(1, 28, 28\): ZeroDivisionError"),
        (lambda image: image[0], r"as many colour planes, .*; it gave \(28, 28\)"),
        (lambda image: image.expand(3, 28, 28), r"it gave \(3, 28, 28\)"),
        (lambda image: image[:, int(torch.randint(5, ())) :], "all of one size and dtype"),
        (lambda image: "x", "it gave str"),
        (3, "augment must be a function of an image, or a name such as 'trivial'; got int"),
    ],
)
def test_what_is_no_augmentation_is_a_sentence(augment, told, tmp_path):
    with pytest.raises(OptionError, match=told):
        htt.train(**{**TINY, "epochs": 1, "augment": augment}, out=tmp_path / "a")
