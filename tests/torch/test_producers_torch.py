"""Heads of PyTorch modules and checkpoints."""

import numpy as np
import pytest
import torch
from pytorch_metric_learning import losses
from torch import nn

import hiertools as ht
from hiertools import FileFormatError, RepresentativesError
from hiertools.producers import from_checkpoint, from_module, from_state_dict, produce

NAMES = ["lynx", "puma", "wolf"]


class Net(nn.Module):
    def __init__(self, n_classes=3):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 5), nn.ReLU())
        self.fc = nn.Linear(5, n_classes)
        self.positions = nn.Parameter(torch.ones(3, 7))


def values(tensor):
    return tensor.detach().double().numpy()


# ---- modules


def test_the_linear_layer_that_fits():
    net = Net()
    found = from_module(net, NAMES)
    assert np.array_equal(found.vectors, values(net.fc.weight))
    assert found.provenance["layer"] == "fc"
    assert found.provenance["module"] == "Net"
    assert np.array_equal(from_module(net.half(), NAMES).vectors, values(net.fc.weight))
    assert np.array_equal(from_module(net.bfloat16(), NAMES).vectors, values(net.fc.weight))


class Detector(nn.Module):
    """A head of classes, one of boxes, and a neck that comes last."""

    def __init__(self):
        super().__init__()
        self.classify, self.boxes, self.neck = nn.Linear(6, 3), nn.Linear(6, 4), nn.Linear(8, 6)


def test_indices_are_no_guess():
    with pytest.raises(RepresentativesError) as caught:
        from_module(Detector(), "indices")
    assert str(caught.value) == (
        "the module Detector: 3 matrices could be the head: 'classify' (3 x 6), 'boxes' (4 x 6), "
        "'neck' (6 x 8), and nothing says which; name it with layer=, such as layer='neck', or "
        "give the names of the classes."
    )
    assert from_module(Detector(), "indices", layer="classify").n_classes == 3
    assert from_module(nn.Linear(5, 3), "indices").classes == ("0", "1", "2")
    assert from_module(losses.ProxyAnchorLoss(3, 5), "indices").n_classes == 3  # which it tells


def test_the_advice_for_a_checkpoint_without_names_works(tmp_path):
    path = tmp_path / "m.pt"
    for bias in (True, False):
        net = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Linear(5, 3, bias=bias))
        torch.save(net.state_dict(), path)
        with pytest.raises(RepresentativesError, match="or classes='indices' to call them"):
            from_checkpoint(path)
        found = from_checkpoint(path, classes="indices")
        assert np.array_equal(found.vectors, values(net[1].weight))
        assert produce(f"torch:{path}?classes=indices") == found
    torch.save(Net().state_dict(), path)
    with pytest.raises(RepresentativesError, match=r"'indices' with layer= \(one of .*'fc.weight'"):
        from_checkpoint(path)
    assert from_checkpoint(path, classes="indices", layer="fc").n_classes == 3


def test_a_square_linear_layer_is_no_guess():
    net = nn.Linear(3, 3)
    assert np.array_equal(from_module(net, NAMES).vectors, values(net.weight))
    with pytest.raises(RepresentativesError, match="fit its rows and its columns"):
        from_state_dict(net.state_dict(), NAMES)


@pytest.mark.parametrize(
    ("loss", "name", "turned"),
    [
        (losses.NormalizedSoftmaxLoss(3, 5), "W", True),
        (losses.ArcFaceLoss(3, 5), "W", True),
        (losses.ProxyAnchorLoss(3, 5), "proxies", False),
        (losses.ProxyNCALoss(3, 5), "proxies", False),
    ],
)
def test_proxies_of_losses(loss, name, turned):
    found = from_module(loss, NAMES)
    proxies = values(getattr(loss, name))
    assert np.array_equal(found.vectors, proxies.T if turned else proxies)
    assert from_state_dict(loss.state_dict(), NAMES) == found
    square = type(loss)(5, 5)
    with pytest.raises(RepresentativesError, match="say which with orientation"):
        from_module(square, list("abcde"))
    chosen = from_module(square, list("abcde"), orientation="columns" if turned else "rows")
    kept = values(getattr(square, name))
    assert np.array_equal(chosen.vectors, kept.T if turned else kept)


def test_embedding_tables_and_convolutions():
    table = nn.Embedding(3, 6)
    assert np.array_equal(from_module(table, NAMES).vectors, values(table.weight))
    net = nn.Sequential(nn.Conv2d(3, 3, 1), nn.Conv2d(3, 4, 3), nn.Conv2d(4, 3, 1))
    with pytest.raises(RepresentativesError, match="2 matrices fit 3 classes: '0', '2'"):
        from_module(net, NAMES)
    assert from_module(net, NAMES, layer="2").vectors.shape == (3, 4)


def test_auxiliary_heads_are_passed_over_but_can_be_named():
    net = Net()
    net.aux_head = nn.Linear(4, 3)
    assert from_module(net, NAMES).vectors.shape == (3, 5)
    assert from_module(net, NAMES, layer="aux_head").vectors.shape == (3, 4)


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (nn.ReLU(), {}, "has no linear layer, so there is no head"),
        (Net(4), {}, r"matrix has 3 rows or columns"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3)), {}, "2 matrices fit 3 classes: '0', '1'"),
        (Net(), {"layer": "head"}, "has no matrix 'head'"),
        (Net(), {"classes": None}, "carries no class names"),
    ],
)
def test_bad_modules(module, options, message):
    if message.startswith("matrix"):
        module.positions = None
        message = "3 class names, but no " + message
    with pytest.raises(RepresentativesError, match=message):
        from_module(module, **{"classes": NAMES, **options})


# ---- checkpoints


def test_checkpoints(tmp_path):
    net = Net()
    path = tmp_path / "epoch_3.pt"
    torch.save(net.state_dict(), path)
    found = produce(path, classes=NAMES)
    assert np.array_equal(found.vectors, values(net.fc.weight))
    assert found.provenance["file"] == "epoch_3.pt"
    optimizer = torch.optim.Adam(net.parameters())
    torch.save(
        {
            "epoch": 3,
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "classes": NAMES,
        },
        path,
    )
    assert produce(f"torch:{path}") == found
    torch.save(net.fc.weight, path)
    assert produce(f"torch:{path}", classes=NAMES) == found
    old = tmp_path / "old.pth"
    torch.save(net.state_dict(), old, _use_new_zipfile_serialization=False)
    assert produce(old, classes=NAMES) == found


class RunsCode:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a checkpoint ran code')",))


def test_checkpoints_that_need_code_are_refused(tmp_path):
    path = tmp_path / "m.pt"
    for content in (Net(), {"state_dict": Net().state_dict(), "extra": RunsCode()}, RunsCode()):
        torch.save(content, path)
        with pytest.raises(FileFormatError, match=r"would run code, .* save model.state_dict"):
            produce(path, classes=NAMES)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"hello world", b"PK\x03\x04 no zip", bytes(1000)]
)
def test_damaged_checkpoints(tmp_path, content):
    path = tmp_path / "m.pt"
    path.write_bytes(content)
    with pytest.raises(
        FileFormatError, match=r"m\.pt: (is no readable checkpoint|holds more than)"
    ):
        produce(path, classes=NAMES)
    with pytest.raises(FileFormatError, match="there is no such file"):
        produce(tmp_path / "none.pt", classes=NAMES)


def test_truncated_checkpoint(tmp_path):
    path = tmp_path / "m.pt"
    torch.save(Net().state_dict(), path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FileFormatError, match="is no readable checkpoint"):
        produce(path, classes=NAMES)
    torch.save([1, 2], path)
    with pytest.raises(RepresentativesError, match="holds a list, not a state_dict"):
        produce(path, classes=NAMES)


def test_series_of_torch_checkpoints(tmp_path):
    for epoch in (1, 2):
        torch.save(Net().state_dict(), tmp_path / f"epoch_{epoch}.pt")
    tree = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "dogs/wolf"}
    frame = ht.producers.checkpoint_series(str(tmp_path / "epoch_*.pt"), tree, classes=NAMES)
    assert frame["epoch"].drop_duplicates().tolist() == [1, 2]
