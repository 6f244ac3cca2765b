"""Pretrained weights: from a file that fits, or a sentence; and no endless tries to fetch."""

from __future__ import annotations

import hashlib
import socket
import sys
import types
import urllib.error

import pytest
import torch
from torch import nn

import hiertools as ht
import hiertools_torch
from hiertools._core import fetching as of_fetching
from hiertools._core.fetching import fetching
from hiertools.errors import FileFormatError, OptionError
from hiertools.representatives.producers.weight_files import load_weights, read_weights
from hiertools_torch import cli
from hiertools_torch.config import Config
from hiertools_torch.runs.run import Run
from hiertools_torch.training.backbones import build_backbone

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

LIBRARY = {"data": "plankton", "root": "unused"}


class Small(nn.Module):
    """A backbone of the shape that libraries give: convolution, norm, a last linear layer."""

    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.bn = nn.BatchNorm2d(4)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flat = nn.Flatten()
        self.fc = nn.Linear(4, outputs)

    def forward(self, pixels):
        return self.fc(self.flat(self.pool(self.bn(self.conv(pixels)))))


@pytest.fixture
def library(monkeypatch):
    """A timm of one model."""
    timm = types.ModuleType("timm")
    timm.is_model = lambda name: name == "small"
    timm.create_model = lambda name, pretrained: Small()
    timm.list_models = lambda: ["small"]
    timm.get_pretrained_cfg = lambda name, allow_unregistered: None
    monkeypatch.setitem(sys.modules, "timm", timm)
    return timm


def saved(path, state=None, wrap=lambda state: state):
    torch.manual_seed(1)
    state = Small(7).state_dict() if state is None else state
    torch.save(wrap(state), path)
    return state


def same(module, state, spare="fc."):
    held = module.state_dict()
    return all(torch.equal(held[n], t) for n, t in state.items() if not n.startswith(spare))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3},
        lambda state: {"model": {f"module.{n}": t for n, t in state.items()}},
        lambda state: {f"_orig_mod.module.{n}": t for n, t in state.items()},
        lambda state: {"state_dict": {}, "model_ema": state},
        lambda state: {n: t for n, t in state.items() if "num_batches" not in n},
        lambda state: state | {"AuxLogits.fc.weight": torch.ones(2)},
    ],
)
def test_files_that_hold_the_weights_of_a_model(tmp_path, wrap):
    state = saved(tmp_path / "w.pth", wrap=wrap)
    model = Small()
    load_weights(model, tmp_path / "w.pth", "small", spare=["fc"])
    assert same(model, state)
    assert model.fc.out_features == 3


def test_safetensors_hold_them_too(tmp_path):
    from safetensors.torch import save_file

    state = Small().state_dict()
    save_file(state, tmp_path / "w.safetensors")
    model = Small()
    load_weights(model, tmp_path / "w.safetensors", "small")
    assert same(model, state, spare="-")
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "w.safetensors").read_bytes()[:50])
    with pytest.raises(FileFormatError, match="not a readable .safetensors file, or is cut off"):
        read_weights(tmp_path / "cut.safetensors")
    with pytest.raises(FileFormatError, match="there is no such file"):
        read_weights(tmp_path / "none.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("conv.weight"), r"1 of 9 tensors are missing \('conv.weight'\)"),
        (lambda s: s.update(stem=torch.ones(2)), r"1 are of something else \('stem'\)"),
        (lambda s: s.update({"bn.weight": torch.ones(2, 3)}),
         "'bn.weight' is 2 x 3 in place of 4"),
        (lambda s: s["conv.bias"].fill_(float("nan")), "'conv.bias' hold numbers .* not finite"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_and_changes_nothing(tmp_path, change, message):
    state = Small(7).state_dict()
    change(state)
    saved(tmp_path / "w.pth", state)
    model = Small()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(FileFormatError, match=f"not hold the weights of small: .*{message}"):
        load_weights(model, tmp_path / "w.pth", "small", spare=["fc"])
    assert same(model, before, spare="-")


def test_a_file_of_no_tensors_and_one_that_needs_code_are_refused(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "none.pt")
    with pytest.raises(FileFormatError, match="holds no tensors by name"):
        read_weights(tmp_path / "none.pt")
    torch.save(Small(), tmp_path / "code.pt")
    with pytest.raises(FileFormatError, match="would run code, which is never done") as caught:
        read_weights(tmp_path / "code.pt")
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize("name", ["timm:mobilenetv3_small_050", "torchvision:densenet121"])
def test_backbones_of_both_libraries_start_from_a_file(tmp_path, name):
    library, _, model = name.partition(":")
    if library == "timm":
        import timm

        state = timm.create_model(model).state_dict()
    else:
        import torchvision

        state = torchvision.models.get_model(model).state_dict()
        # As in the files that torchvision fetches.
        state = {
            n.replace(".norm1", ".norm.1").replace(".conv1", ".conv.1"): t for n, t in state.items()
        }
    torch.save(state, tmp_path / "w.pth")
    config = Config(**LIBRARY, backbone=name, weights=str(tmp_path / "w.pth"))
    backbone, _ = build_backbone(config)
    first = next(iter(state.values()))
    assert torch.equal(next(iter(backbone.state_dict().values())), first)
    untrained, _ = build_backbone(config, start=False)
    assert [t.shape for t in untrained.state_dict().values()] == [
        t.shape for t in backbone.state_dict().values()
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "weights='w.pth' contradicts backbone='small-cnn'"),
        ({"backbone": "timm:small", "random_backbone": True}, "contradicts random_backbone=True"),
        ({"weights": None, "weights_sha256": "1"}, "contradicts weights=None"),
    ],
)
def test_contradictions(options, message):
    with pytest.raises(OptionError, match=message):
        Config(**{"weights": "w.pth", **options})


@pytest.fixture
def run(library, tiny, tmp_path):
    saved(tmp_path / "w.pth")
    tiny.pop("width")
    return hiertools_torch.train(
        **tiny, backbone="timm:small", weights=str(tmp_path / "w.pth"), epochs=1, out="run"
    )


def test_a_run_says_by_a_digest_what_it_began_with(run, tmp_path):
    digest = hashlib.sha256((tmp_path / "w.pth").read_bytes()).hexdigest()
    assert run.config.weights_sha256 == digest
    assert run.provenance["config"]["weights_sha256"] == digest
    assert Config.read("run/config.yaml") == run.config
    saved(tmp_path / "w.pth", Small(5).state_dict())
    with pytest.raises(OptionError, match="is not the file of weights that the config was"):
        hiertools_torch.train("run/config.yaml", out="again")


def test_a_checkpoint_needs_neither_the_file_nor_a_network(run, tmp_path, capsys):
    (tmp_path / "w.pth").unlink()
    before = run.representatives().vectors
    cli.main(["train", "--resume", "--out", "run", "--quiet"])
    cli.main(["export", "run"])
    assert (Run("run").representatives().vectors == before).all()
    with pytest.raises(SystemExit):
        cli.main(["train", "run/config.yaml", "--out", "b"])
    assert "the file of weights" in capsys.readouterr().err


def test_a_run_never_writes_over_the_weights_it_begins_with(run, capsys):
    with pytest.raises(SystemExit):
        cli.main(["train", "--weights", "run/best.pt", "--backbone", "timm:small", "--overwrite",
                  "--out", "run"])  # fmt: skip
    assert "would write over" in capsys.readouterr().err


def test_weights_that_cannot_be_fetched_are_a_sentence(library, capsys):
    def offline(name, pretrained):
        raise OSError("no route to host.\nRetry.")

    library.create_model = offline
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", "--pretrained", "--backbone", "timm:small", "--subset", "cat,dog,bus"])
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert "weights of timm:small could not be fetched (OSError: no route to host); get" in told
    assert "--weights PATH" in told
    assert told.count("\n") == 1


class Hub(types.SimpleNamespace):
    """The settings of huggingface_hub."""

    ENDPOINT = "https://hub.invalid"
    HF_HUB_OFFLINE = False


@pytest.mark.parametrize(
    ("answer", "offline"),
    [
        (urllib.error.URLError("[Errno -2] Name or service not known"), True),
        (TimeoutError("timed out"), True),
        (urllib.error.URLError("CERTIFICATE_VERIFY_FAILED"), False),
        (urllib.error.HTTPError("https://hub.invalid", 403, "forbidden", None, None), False),
    ],
)
def test_a_hub_that_does_not_answer_is_asked_once(monkeypatch, answer, offline):
    hub, asked = Hub(), []

    def ask(question, timeout):
        asked.append(question.full_url)
        raise answer

    monkeypatch.setattr(of_fetching, "_settings", lambda: hub)
    monkeypatch.setattr(of_fetching.urllib.request, "urlopen", ask)
    before = socket.getdefaulttimeout()
    with fetching():
        assert hub.HF_HUB_OFFLINE is offline
        assert socket.getdefaulttimeout() is not None
    assert (hub.HF_HUB_OFFLINE, socket.getdefaulttimeout()) == (False, before)
    hub.HF_HUB_OFFLINE = True  # as the user has set it
    with fetching():
        assert hub.HF_HUB_OFFLINE
    assert hub.HF_HUB_OFFLINE
    assert asked == ["https://hub.invalid"]


def test_transformers_and_timm_read_no_network_where_nothing_answers(monkeypatch):
    from hiertools.representatives.producers.registry import produce

    def ask(question, timeout):
        raise OSError("no network")

    monkeypatch.setattr(of_fetching.urllib.request, "urlopen", ask)
    for source in ("transformers:nobody/nothing", "timm:resnet18", "torchvision:resnet18"):
        if source.startswith("torchvision"):
            import torch.hub

            monkeypatch.setattr(torch.hub, "download_url_to_file", ask)
        with pytest.raises(ht.FileFormatError, match="can't be (loaded|fetched)"):
            produce(source)
