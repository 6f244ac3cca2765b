"""Whatever hiertools_torch gives goes to other processes and comes back as it was."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys

import cloudpickle
import numpy as np
import pytest
import torch

import hiertools as ht
import hiertools_torch as htt

NAMES = ["lynx", "newt", "toad", "wolf"]
TREE = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")


def through_torch(thing):
    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


WAYS = {
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "cloudpickle": lambda thing: pickle.loads(cloudpickle.dumps(thing)),
    "torch": through_torch,
    "deepcopy": copy.deepcopy,
}

HEADS = {
    "softmax": {"logits": "softmax"},
    "normface": {"logits": "normface"},
    "proxydr": {"logits": "proxydr", "proxies": htt.EMA(0.1), "scale": htt.Dynamic()},
    "fixed": {"logits": "proxydr", "proxies": htt.MDSFixed(TREE), "classes": NAMES},
    "corr": {"loss": "corr", "form": "angular", "proxies": htt.MDSFixed(TREE)},
}

METRICS = {
    "distance": lambda: htt.HierarchicalDistance(TREE, k=2),
    "severity": lambda: htt.MistakeSeverity(TREE, by="lca_height"),
    "precision": lambda: htt.HierarchicalPrecision(TREE, k=2),
    "accuracy": lambda: htt.LevelAccuracy(TREE, 0),
    "answers": lambda: htt.LevelAnswers(TREE, "precision", 0),
}


@pytest.mark.parametrize("name", htt.__all__)
@pytest.mark.parametrize("module", [pickle, cloudpickle], ids=lambda module: module.__name__)
def test_every_public_name_is_pickled(name, module):
    thing = getattr(htt, name)
    assert pickle.loads(module.dumps(thing)) is thing


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", HEADS)
def test_heads_in_the_middle_of_a_step_go_on_alike(kind, way):
    torch.manual_seed(0)
    head = htt.ProxyHead(4, 5, **HEADS[kind])
    features = torch.randn(8, 5, requires_grad=True)
    labels = torch.arange(8) % 4
    head(features, labels).loss.backward()  # what was recorded waits for update()
    again = WAYS[way](head)
    for each in (head, again):
        each.update()
    assert repr(again) == repr(head)
    for (name, one), (_, other) in zip(
        head.state_dict().items(), again.state_dict().items(), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=0, msg=name)
    one, other = head(features, labels), again(features, labels)
    assert torch.equal(one.loss, other.loss)
    assert torch.equal(one.logits, other.logits)
    assert again.representatives() == head.representatives()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", METRICS)
def test_metrics_keep_what_they_have_counted(kind, way):
    metric = METRICS[kind]()
    scores = torch.tensor([[0.1, 0.4, 0.2, 0.3], [0.5, 0.2, 0.2, 0.1]])
    metric.update(scores, torch.tensor([0, 1]))
    again = WAYS[way](metric)
    for each in (metric, again):
        each.update(scores.flip(0), torch.tensor([2, 2]))
    assert torch.equal(metric.compute(), again.compute())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "part",
    [
        htt.Learned(),
        htt.EMA(0.2),
        htt.Fixed(3.0),
        htt.Dynamic(),
        htt.Config(model="proxydr", proxies="ema", epochs=3),
    ],
    ids=lambda part: type(part).__name__,
)
def test_settings_come_back_equal(part, way):
    assert WAYS[way](part) == part


@pytest.mark.parametrize("way", WAYS)
def test_what_a_head_gives_comes_back(way):
    given = htt.HeadOutput(torch.tensor(0.5), torch.eye(2))
    again = WAYS[way](given)
    assert torch.equal(again.loss, given.loss)
    assert torch.equal(again.logits, given.logits)
    assert type(again) is htt.HeadOutput


@pytest.mark.parametrize("way", WAYS)
def test_proxies_of_a_tree_and_fits_stay_read_only(way):
    from hiertools_torch.heads.mds import fit_sphere

    again = WAYS[way](htt.MDSFixed(TREE))
    assert again.source == TREE
    assert not again.source.parent.flags.writeable
    found = fit_sphere(np.ones((3, 3)) - np.eye(3), 2)
    twin = WAYS[way](found)
    np.testing.assert_array_equal(found.vectors, twin.vectors)
    assert not twin.vectors.flags.writeable


@pytest.mark.parametrize("way", WAYS)
def test_image_data_comes_back(way):
    data = htt.load_data(htt.Config(subset="cat,dog"))
    again = WAYS[way](data)
    assert (again.name, again.classes, again.tree) == (data.name, data.classes, data.tree)
    assert again.digest == data.digest
    np.testing.assert_array_equal(again.labels, data.labels)
    where = [np.arange(3)]
    assert torch.equal(next(again.source.batches(where, 0)), next(data.source.batches(where, 0)))


def test_runs_and_studies_come_back(tiny, tmp_path):
    found = htt.study(
        models=["normface"], seeds=[0], out=tmp_path, epochs=1, permutations=0, **tiny
    )
    run = next(iter(found.runs.values()))
    assert run.config.epochs == 1
    for travel in WAYS.values():
        again = travel(found)
        assert again.table.equals(found.table)
        other = next(iter(again.runs.values()))
        assert (other.folder, other.config) == (run.folder, run.config)
        assert other.representatives() == run.representatives()


NOTEBOOK = """
import sys, cloudpickle, torch
import hiertools_torch as htt
def job():
    head = htt.ProxyHead(3, 2, proxies=htt.EMA())
    return tuple(head(torch.eye(2), torch.tensor([0, 2])).logits.shape)
sys.stdout.buffer.write(cloudpickle.dumps(job))
"""


def test_a_function_of_a_notebook_runs_elsewhere():
    sent = subprocess.run([sys.executable, "-c", NOTEBOOK], capture_output=True, check=True).stdout
    run = "import pickle, sys; print(pickle.load(sys.stdin.buffer)())"
    done = subprocess.run([sys.executable, "-c", run], input=sent, capture_output=True, check=True)
    assert done.stdout.strip() == b"(2, 3)"
