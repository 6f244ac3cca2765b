"""Scores for other training loops; their callbacks, held by stand-ins for what calls them.

`tests/verification/frameworks.py` trains in the frameworks themselves.
"""

import importlib
import sys
import types

import numpy as np
import pytest
import torch
from torch import nn

import hiertools as ht
import hiertools_torch as htt
from hiertools.errors import OptionError
from hiertools_torch import HierarchicalDistance, ProxyHead, hierarchy_scores

TREE = ht.ClassTree.from_newick("((a,b),(c,d),(e,(f,g)));")
NAMES = {"classwise_correlation", "map_at_r_level_0", "map_at_r_level_1", "triplet"}


def model(**options):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), ProxyHead(7, 8, **options))


def test_scores_are_those_of_compare():
    module = model(classes=TREE.classes)
    row = hierarchy_scores(module, TREE)
    assert row.keys() == NAMES
    names = ["classwise_correlation", "map_at_r", "triplet"]
    result = ht.compare(module[1].representatives(), TREE, scores=names, permutations=0)
    assert row["triplet"] == result.value("triplet")
    assert row["classwise_correlation"] == result.value("classwise_correlation")
    assert row["map_at_r_level_1"] == result.value("map_at_r", level=1)
    more = hierarchy_scores(module, TREE, scores=["fowlkes_mallows"], prefix="p/")
    assert all(name.startswith("p/fowlkes_mallows_") for name in more)


def test_vectors_are_found_wherever_they_are():
    module = model()
    vectors = module[1].proxies().detach()
    expected = hierarchy_scores(vectors, TREE)
    for given, options in (
        (module, {"classes": TREE.classes}),  # the head's own names are "0", "1", ...
        (ht.ClassRepresentatives(vectors.numpy(), TREE.classes), {}),
        (nn.ModuleList([module, model()]), {"part": "0.1", "classes": TREE.classes}),
    ):
        assert hierarchy_scores(given, TREE, **options) == pytest.approx(expected)
    plain = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 7))
    with torch.no_grad():
        plain[1].weight.copy_(vectors)
    assert hierarchy_scores(plain, TREE) == pytest.approx(expected)
    order = torch.tensor([6, 5, 4, 3, 2, 1, 0])
    turned = hierarchy_scores(vectors[order], TREE, classes=TREE.classes[::-1])
    assert turned == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given", "options", "told"),
    [
        (nn.ModuleList([model(), model()]), {}, "has 2 heads; say which by part="),
        (nn.Linear(3, 4), {}, "neither a ProxyHead nor a linear layer of 7 outputs"),
        (model(), {"part": "body"}, "part='body': the model has none"),
        ([[1.0, 2.0]], {}, "must be a module, a tensor"),
    ],
)
def test_what_has_no_vectors_is_told(given, options, told):
    with pytest.raises(OptionError, match=told):
        hierarchy_scores(given, TREE, **options)


@pytest.fixture
def stand_ins(monkeypatch):
    """Modules with the classes that callbacks and metrics derive from."""
    lightning, pytorch = types.ModuleType("lightning"), types.ModuleType("lightning.pytorch")
    pytorch.Callback = type("Callback", (), {})
    transformers = types.ModuleType("transformers")
    transformers.TrainerCallback = type("TrainerCallback", (), {})
    metrics = types.ModuleType("torchmetrics")

    class Metric(nn.Module):
        def add_state(self, name, default, dist_reduce_fx):
            assert dist_reduce_fx == "sum"
            self.register_buffer(name, default)

    metrics.Metric = Metric
    for module in (lightning, pytorch, transformers, metrics):
        monkeypatch.setitem(sys.modules, module.__name__, module)

    def load(name):
        full = f"hiertools_torch.frameworks.{name}"
        monkeypatch.delitem(sys.modules, full, raising=False)
        module = importlib.import_module(full)
        monkeypatch.delitem(sys.modules, full)  # the true one is to be found by others
        return module

    return load


def test_lightning_logs_every_so_many_epochs(stand_ins):
    callback = stand_ins("lightning").HierarchyCallback(TREE, classes=TREE.classes, every=2)
    module, rows = model(), []
    module.log_dict = rows.append
    for epoch in range(4):
        callback.on_train_epoch_end(types.SimpleNamespace(current_epoch=epoch), module)
    assert len(rows) == 2
    assert rows[0] == hierarchy_scores(module, TREE, classes=TREE.classes, prefix="hierarchy/")


def test_hugging_face_logs_and_keeps_each_epoch(stand_ins):
    rows = []
    kind = stand_ins("huggingface").HierarchyCallback
    callback = kind(TREE, log=rows.append, classes=TREE.classes, scores=["triplet"])
    for epoch in (1.0, 2.0):
        state = types.SimpleNamespace(epoch=epoch)
        callback.on_epoch_end(None, state, None, model=model(), optimizer=None)
    assert [row["epoch"] for row in callback.history] == [1.0, 2.0]
    assert rows[0].keys() == {"hierarchy/triplet"}
    silent = kind(TREE, classes=TREE.classes)
    silent.on_epoch_end(None, types.SimpleNamespace(epoch=1), None, model=model())
    assert len(silent.history) == 1


def test_a_metric_adds_up_as_torchmetrics_wants_it(stand_ins):
    metric = stand_ins("torchmetrics").HierarchyMetric(HierarchicalDistance(TREE))
    random = np.random.default_rng(0)
    scores, labels = random.normal(size=(20, 7)), random.integers(0, 7, 20)
    for rows in np.split(np.arange(20), 4):
        metric.update(torch.tensor(scores[rows]), torch.tensor(labels[rows]))
    whole = ht.evaluate(ht.Predictions(labels, scores, TREE.classes), TREE)
    assert float(metric.compute()) == pytest.approx(whole.value("average_hierarchical_cost"))


def test_metrics_of_torchmetrics_are_those_of_the_package(stand_ins):
    """And no two of them share a state by whose values a collection could take them for one."""
    module = stand_ins("torchmetrics")
    random = np.random.default_rng(0)
    scores, labels = torch.tensor(random.normal(size=(20, 7))), torch.arange(20) % 7
    states = []
    for name, options in (
        ("HierarchicalDistance", {}),
        ("HierarchicalDistance", {"k": 3}),
        ("MistakeSeverity", {}),
        ("MistakeSeverity", {"by": "lca_height"}),
        ("HierarchicalPrecision", {"k": 3}),
        ("LevelAccuracy", {}),
        ("LevelAccuracy", {"level": 0}),
        ("LevelAnswers", {"outcome": "misclassified"}),
        ("LevelAnswers", {"outcome": "precision"}),
        ("LevelAnswers", {"outcome": "f1", "level": 0}),
    ):
        metric, own = getattr(module, name)(TREE, **options), getattr(htt, name)(TREE, **options)
        metric.update(scores, labels)
        own.update(scores, labels)
        assert metric.compute() == own.compute()
        good = name in ("HierarchicalPrecision", "LevelAccuracy")
        assert metric.higher_is_better == (good or options.get("outcome") in ("precision", "f1"))
        assert metric.state == getattr(module, name)(TREE, **options).state
        states.append(metric.state)
    assert len(set(states)) == len(states)
