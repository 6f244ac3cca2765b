"""Data, backbone and head of a user's own: trained, resumed, exported, refused."""

from __future__ import annotations

import json
import random
import textwrap

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import hiertools as ht
import hiertools_torch as htt
from hiertools.errors import ClassMismatchError, HiertoolsError, OptionError
from hiertools_torch import OwnData, cli
from hiertools_torch.training.checkpoint import load_checkpoint

CLASSES = ("wolf", "lynx", "newt")
"""Not in the order of their names."""

TREE = "((wolf,lynx),newt);"
QUICK = {"epochs": 2, "batch_size": 10, "dropout": 0.1, "progress": False}


class Shades(torch.utils.data.Dataset):
    """Images of the shade of their class, with noise from three random generators."""

    classes = CLASSES

    def __init__(self, n=30, kind=lambda pixels: pixels, label=lambda number: number):
        self.n, self.kind, self.label = n, kind, label

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        noise = float(torch.rand(())) + np.random.random() + random.random()  # noqa: NPY002
        pixels = torch.full((1, 16, 16), 60 * (i % 3) + int(20 * noise), dtype=torch.uint8)
        return self.kind(pixels), self.label(i % 3)


def parts(seed=0, **data):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Flatten(), nn.Linear(256, 6), nn.BatchNorm1d(6), nn.Dropout(0.2))
    data = {"train": Shades(), "test": Shades(9), "tree": TREE, **data}
    return {"data": OwnData(**data), "backbone": net, "head": nn.Linear(4, 3)}


def weights(folder, name="last.pt"):
    return load_checkpoint(folder / name)["model"]


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return htt.train(**parts(), **QUICK, out=tmp_path_factory.mktemp("own") / "a")


def test_a_run_of_own_objects_is_one_like_others(run):
    assert (run.config.data, run.config.backbone, run.config.model) == ("own", "own", "own")
    assert (run.config.image_size, run.config.channels) == (16, "grey")
    vectors = run.representatives()
    assert (vectors.classes, vectors.vectors.shape) == (CLASSES, (3, 4))
    assert run.tree.classes == CLASSES
    assert np.array_equal(vectors.vectors, weights(run.folder, "best.pt")["head.module.weight"])
    assert run.predictions().scores.shape == (9, 3)
    assert run.predictions().score_kind == "logit"
    written = run.provenance["own"]
    assert written["data"] == {"class": f"{Shades.__module__}.Shades"}
    assert written["backbone"]["class"] == "torch.nn.modules.container.Sequential"
    assert load_checkpoint(run.folder / "last.pt")["own"] == written
    assert ht.compare(vectors, run.tree, permutations=0).scores.shape[0]


def test_what_was_given_is_left_as_it_is(tmp_path):
    given = parts()
    before = {name: tensor.clone() for name, tensor in given["backbone"].state_dict().items()}
    htt.train(**given, **QUICK | {"epochs": 1}, out=tmp_path / "a")
    assert same(before, given["backbone"].state_dict())


def test_workers_and_a_stop_change_no_bit(run, tmp_path, monkeypatch):
    """Whatever the datasets draw at random, of torch, numpy and Python."""
    torch.manual_seed(5)
    htt.train(**parts(), **QUICK, workers=2, out=tmp_path / "workers")
    assert same(weights(run.folder), weights(tmp_path / "workers"))
    monkeypatch.setattr(nn.Linear, "forward", stopping_after(5))
    with pytest.raises(KeyboardInterrupt):
        htt.train(**parts(), **QUICK, checkpoint_every=1, out=tmp_path / "b")
    monkeypatch.undo()
    # Built anew from another seed: the checkpoint holds the weights.
    htt.train(**parts(seed=3), **QUICK, checkpoint_every=1, resume=True, out=tmp_path / "b")
    assert same(weights(run.folder), weights(tmp_path / "b"))
    found = htt.export(run.folder, "last", tmp_path / "c", **parts(seed=4))
    assert found == run.results


def stopping_after(calls, real=nn.Linear.forward):
    left = [calls * 3]

    def forward(self, features):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(self, features)

    return forward


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"data": None}, r"data='own' stands for an object .* give it \(again\) by data= to"),
        ({"head": nn.Linear(4, 3, bias=False)}, "with a head of the same class .*Linear, but with"),
        ({"backbone": nn.Flatten()}, "with the backbone torch.*Sequential, and now torch.*Flatten"),
    ],
)
def test_a_run_goes_on_with_the_same_objects_alone(change, told, run):
    given = parts() | change
    with pytest.raises(OptionError, match=told):
        htt.export(run.folder, **given)
    if given["data"] is not None:
        with pytest.raises(OptionError, match=told):
            htt.train(**given, **QUICK, resume=True, out=run.folder)
    with pytest.raises(HiertoolsError, match="data of .* have changed"):
        htt.export(run.folder, **parts(train=Shades(33)))


@pytest.mark.parametrize(
    ("kind", "channels"),
    [
        (lambda pixels: Image.fromarray(pixels[0].numpy()), "grey"),
        (lambda pixels: Image.fromarray(pixels[0].numpy()).convert("RGBA"), "rgb"),
        (lambda pixels: pixels.expand(3, 16, 16).float() / 255, "rgb"),
    ],
)
def test_images_are_of_pil_or_tensors_of_any_size(kind, channels):
    data = OwnData(Shades(kind=kind, label=CLASSES.__getitem__), tree=TREE)
    images = htt.load_data(htt.Config(data="own", image_size=8, channels=channels, test=0.3), data)
    assert images.counts().sum() + len(images.parts["validation"]) == 21
    assert images.classes == CLASSES
    assert images.labels.tolist() == [0, 1, 2] * 10
    block = next(images.source.batches([np.array([3, 4])], 0))
    assert block.shape == (2, 1 if channels == "grey" else 3, 8, 8)
    scale = 1.0 if block.dtype == torch.uint8 else 255.0
    shades = [round(float(image.float().mean()) * scale) for image in block]
    assert 0 < shades[0] <= 60 < shades[1] <= 120


def test_labels_that_a_dataset_keeps_are_not_asked_for_and_must_be_true():
    class Kept(Shades):
        targets = torch.tensor([0, 1, 2] * 10)
        asked = 0

        def __getitem__(self, i):
            self.asked += 1
            return super().__getitem__(i)

    kept = Kept()
    few = torch.utils.data.Subset(kept, range(3, 30))
    config = htt.Config(data="own", image_size=16, channels="grey")
    images = htt.load_data(config, OwnData(few, classes=CLASSES, tree=TREE))
    assert (images.labels.tolist(), kept.asked) == ([0, 1, 2] * 9, 16)  # the digest looks at some
    kept.targets = kept.targets.flip(0)
    with pytest.raises(OptionError, match="item 0 of the own train data has the label 'wolf', and"):
        htt.load_data(config, OwnData(kept, tree=TREE))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"train": 3}, "train must be a map-style dataset, .*; got int"),
        ({"train": []}, "train is empty"),
        ({"train": [(torch.zeros(1, 8, 8), 0)]}, "list has no attribute classes; name the classes"),
        ({"train": [1], "classes": CLASSES}, "item 0 .* must be an image and a label; got int"),
        ({"train": [("x", 0)], "classes": CLASSES}, "has str for an image"),
        ({"train": [(torch.zeros(4, 4), 0)], "classes": CLASSES}, r"tensor of shape \(4, 4\)"),
        ({"train": [(torch.zeros(2, 4, 4), 0)], "classes": CLASSES}, "2 colour planes.* 1 or 3"),
        ({"train": [(torch.zeros(1, 4, 5), 0)], "classes": CLASSES}, "no squares.*is 4 x 5"),
        ({"train": [(torch.zeros(1, 8, 8), 3)], "classes": CLASSES}, "label 3; .*from 0 to 2"),
        ({"train": [(torch.zeros(1, 8, 8), True)], "classes": CLASSES}, "label True"),
        ({"train": [(torch.zeros(1, 8, 8, dtype=int), 0)], "classes": CLASSES}, "of torch.int64"),
        ({"train": Shades(kind=lambda pixels: 1 / 0)}, "item 0 .*can't be had: ZeroDivisionError"),
        ({"tree": "(wolf,lynx);"}, "'newt'"),
    ],
)  # fmt: skip
def test_data_that_can_not_be_used_are_a_sentence(given, told, tmp_path):
    with pytest.raises(HiertoolsError, match=told):
        htt.train(data=OwnData(**{"train": Shades(), "tree": TREE, **given}), out=tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"backbone": nn.Linear(3, 4)}, r"fails on images of shape \(2, 1, 16, 16\): RuntimeError"),
        ({"backbone": nn.Identity()}, r"\(2, features\) for two; it gives \(2, 1, 16, 16\)"),
        ({"backbone": print}, "backbone must be a torch.nn.Module.*; got builtin"),
        ({"head": nn.Linear(4, 5)}, "3 class names, but no matrix has 3"),
        ({"head": nn.Sequential(nn.Linear(7, 4), nn.Linear(4, 3))}, "features of the length .* 4:"),
        ({"head": htt.ProxyHead(4, 8)}, "is for 4 classes, and the data have 3"),
        ({"head": htt.ProxyHead(3, 8, classes=["lynx", "newt", "wolf"])},
         "class 0 is 'lynx', and that of the data is 'wolf'"),
        ({"head": htt.ProxyHead(3, 8, reduction="sum")}, "reduction='sum'"),
        ({"head": htt.ProxyHead(3, 8), "label_smoothing": 0.1}, "own ProxyHead has a loss of its"),
        ({"model": "softmax"}, "head= and model='softmax' are two heads"),
        ({"scale": "dynamic"}, "scale='dynamic' contradicts model='own': an own head brings"),
        ({"first_conv": "new"}, "first_conv='new' contradicts backbone='own'"),
        ({"root": "x"}, "root='x' contradicts data='own'"),
    ],
)  # fmt: skip
def test_modules_that_can_not_be_used_are_a_sentence(given, told, tmp_path):
    with pytest.raises((OptionError, ClassMismatchError, HiertoolsError), match=told):
        htt.train(**parts() | given, **QUICK, out=tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_proxy_head_of_ones_own_brings_its_loss_and_updates(tmp_path):
    tree = ht.as_tree(TREE)
    head = htt.ProxyHead(3, 8, proxies=htt.EMA(), loss=htt.HXE(tree), classes=CLASSES)
    run = htt.train(data=parts()["data"], head=head, width=2, **QUICK, out=tmp_path / "a")
    start, end = head.representatives().vectors, run.representatives().vectors
    assert not np.allclose(start, end)
    assert run.predictions().score_kind == "score"
    assert "scale" in run.log


def test_the_command_line_takes_a_file_and_says_what_it_is(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        textwrap.dedent("""
            import torch, hiertools_torch
            def parts():
                images = [(torch.full((1, 8, 8), i % 3 / 2), i % 3) for i in range(12)]
                names = ["wolf", "lynx", "newt"]
                data = hiertools_torch.OwnData(images, classes=names, tree="((wolf,lynx),newt);")
                return {"data": data}
            other = 3
            """)
    )
    own = ("--own", "mine.py:parts")
    cli.main(["train", *own, "--width", "2", "--epochs", "1", "--out", "a", "--json"])
    assert json.loads(capsys.readouterr().out)["results"]["best"]["epoch"] == 1
    cli.main(["evaluate", "a", *own, "--checkpoint", "last", "--json"])
    cli.main(["export", "a", *own, "--out", "b"])
    cli.main(["train", "--resume", "--out", "a", *own, "--quiet"])
    capsys.readouterr()
    for words, told in (
        (["train", "--resume", "--out", "a"], "data='own' stands for an object"),
        (["export", "a"], "data='own' stands for an object"),
        (["train", "--own", "mine.py"], "must be FILE.py:FUNCTION"),
        (["train", "--own", "mine.py:some"], "mine.py has no function 'some'"),
        (["train", "--own", "mine.py:other"], "has no function 'other'"),
        (["train", "--own", "mine.py:print"], "has no function 'print'"),
    ):
        with pytest.raises(SystemExit):
            cli.main(words)
        assert told in capsys.readouterr().err
