"""Options of the training loop: parts of batches, schedules, rates, freezing, scores, loggers."""

import json

import numpy as np
import pytest
import torch

import hiertools_torch
from hiertools.errors import OptionError
from hiertools_torch import Config, cli
from hiertools_torch.config import LOGGED
from hiertools_torch.training.backbones import build_backbone
from hiertools_torch.training.checkpoint import load_checkpoint
from hiertools_torch.training.engine import start_engine
from hiertools_torch.training.optimizer import build_optimizer, learning_rate
from hiertools_torch.training.progress import Progress


def weights(run, name="last.pt"):
    return load_checkpoint(run.folder / name)["model"]


@pytest.mark.parametrize("options", [{"model": "softmax"}, {"proxies": "ema", "scale": "dynamic"}])
@pytest.mark.filterwarnings("ignore::hiertools.HiertoolsWarning")  # 6 classes: no dynamic start
def test_batches_in_parts_are_whole_batches(options, tiny, tmp_path):
    """Up to rounding, if the network has no batch statistics."""
    tiny |= {"norm": "group", "dropout": 0.0, "epochs": 1, "optimizer": "sgd", **options}
    whole = hiertools_torch.train(**tiny, out=tmp_path / "a")
    parts = hiertools_torch.train(**tiny, accumulate=7, out=tmp_path / "b")
    for name, value in weights(whole).items():
        torch.testing.assert_close(weights(parts)[name], value, rtol=1e-4, atol=1e-5)
    assert parts.log["loss"].iloc[0] == pytest.approx(whole.log["loss"].iloc[0], rel=1e-4)


def torchs(kind, steps, **options):
    """Return the rates of a schedule of PyTorch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = kind(optimizer, **options)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def test_schedules_are_pytorchs():
    of = torch.optim.lr_scheduler
    for name, warmup, kind, options in (
        ("one-cycle", 0.2, of.OneCycleLR,
         {"max_lr": 1.0, "total_steps": 50, "pct_start": 0.2, "cycle_momentum": False}),
        ("step", 0.0, of.StepLR, {"step_size": 20}),
        ("cosine", 0.0, of.CosineAnnealingLR, {"T_max": 60}),
    ):  # fmt: skip
        n = 50 if name == "one-cycle" else 60
        config = Config(learning_rate=1.0, warmup=warmup, schedule=name)
        rates = [learning_rate(config, step, n) for step in range(n)]
        np.testing.assert_allclose(rates, torchs(kind, n, **options), rtol=1e-9)


def test_the_backbone_has_a_rate_of_its_own(tiny, tmp_path):
    model = torch.nn.ModuleDict({"backbone": torch.nn.Linear(2, 3), "head": torch.nn.Linear(3, 2)})
    groups = build_optimizer(Config(backbone_rate=0.1), model).param_groups
    found = {(len(g["params"]), g["factor"], g["weight_decay"]) for g in groups}
    assert found == {(1, 0.1, 0.01), (1, 0.1, 0.0), (1, 1.0, 0.01), (1, 1.0, 0.0)}
    tiny |= {"optimizer": "sgd", "momentum": 0.0, "epochs": 1, "weight_decay": 0.0, "norm": "group"}
    start = weights(hiertools_torch.train(**tiny | {"epochs": 0}, out=tmp_path / "0"))
    slow = weights(hiertools_torch.train(**tiny, backbone_rate=1e-6, out=tmp_path / "a"))
    moved = {name: float((slow[name] - start[name]).abs().max()) for name in start}
    assert moved["embedding.weight"] > 1e-4
    assert max(value for name, value in moved.items() if name.startswith("backbone.")) < 1e-5


def test_frozen_parts_stay_as_they_are(tiny, tmp_path):
    tiny |= {"freeze": "0, 1"}  # the first convolution and its norm
    start = weights(hiertools_torch.train(**tiny, epochs=0, out=tmp_path / "a"))
    last = weights(hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "b"))
    same = {name for name in start if torch.equal(start[name], last[name])}
    frozen = {name for name in start if name.startswith(("backbone.0.", "backbone.1."))}
    assert len(frozen) == 6
    assert same == frozen | {"mean", "deviation", "head.scale.value"}
    with pytest.raises(OptionError, match="no module 'layer9'; it has '0', '1'"):
        hiertools_torch.train(**tiny | {"freeze": "layer9"}, out=tmp_path / "c")


def test_any_logged_score_says_what_is_best_and_when_to_stop(tiny, tmp_path):
    tiny |= {"epochs": 6, "learning_rate": 0.03}
    run = hiertools_torch.train(**tiny, monitor="-validation_loss", patience=2, out=tmp_path / "a")
    log = run.log
    assert set(LOGGED) <= set(log.columns)
    best = int(log["epoch"][log["validation_loss"].idxmin()])
    assert run.results["best"]["epoch"] == best
    assert len(log) == min(best + 2, 6)
    with pytest.raises(OptionError, match="'validation_los'.*Did you mean 'validation_loss'"):
        Config(monitor="validation_los")


def test_progress_without_the_score_keeps_the_last():
    progress = Progress()
    assert [progress.end_epoch({"loss": 1.0}, None, "-validation_loss") for _ in range(3)] == [
        True, True, True,
    ]  # fmt: skip
    assert not progress.end_epoch({"validation_accuracy": float("nan")}, None)


def test_loggers_get_each_epoch(tiny, tmp_path):
    class Logger:
        def __init__(self):
            self.rows = []

        def log_metrics(self, metrics, step):
            self.rows.append((step, metrics))

    logger = Logger()
    run = hiertools_torch.train(
        **tiny, model="softmax", epochs=2, loggers=[logger], out=tmp_path / "a"
    )
    assert [step for step, _ in logger.rows] == [1, 2]
    assert logger.rows[1][1]["validation_accuracy"] == run.log["validation_accuracy"].iloc[1]
    assert "scale" not in logger.rows[0][1]  # softmax has none
    with pytest.raises(OptionError, match="loggers must have a method log_metrics.*; int has none"):
        hiertools_torch.train(**tiny, loggers=[3], out=tmp_path / "b")


def test_the_schema_is_printed(capsys):
    cli.main(["schema"])
    assert json.loads(capsys.readouterr().out) == Config.json_schema()


def test_an_accelerator_that_is_not_there_is_told(monkeypatch):
    def lacking(**_):
        raise ModuleNotFoundError("Requirement 'torch_xla>=1.13' not met.\nHINT: install it")

    monkeypatch.setattr("hiertools_torch.training.engine.Fabric", lacking)
    with pytest.raises(
        OptionError, match="accelerator='tpu', .* used here: Requirement .* not met$"
    ):
        start_engine(Config(accelerator="tpu"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["timm:vit_tiny_patch16_224", "torchvision:vit_b_16"])
def test_nets_of_patches_are_built_for_the_size_of_the_images(name, monkeypatch):
    if name.startswith("torchvision"):  # the smallest is large
        import torchvision.models as models

        real = models.get_model
        monkeypatch.setattr(
            models, "get_model",
            lambda name, **options: models.VisionTransformer(
                patch_size=16, num_layers=1, num_heads=1, hidden_dim=8, mlp_dim=8,
                **{k: v for k, v in options.items() if k != "weights"},
            ),
        )  # fmt: skip
        assert real is not models.get_model
    config = Config(data="plankton", root="unused", backbone=name, image_size=32, channels="grey")
    backbone, n_features = build_backbone(config)
    assert backbone(torch.zeros(2, 1, 32, 32)).shape == (2, n_features)


SMALL = {"embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["timm:swin_tiny_patch4_window7_224", "torchvision:swin_t"])
@pytest.mark.parametrize("side", [32, 48])
def test_swin_is_trained_on_images_of_any_size(name, side, tmp_path, monkeypatch, picture):
    """The true nets, made thin; timm's is built for one size, which is that of the images."""
    if name.startswith("timm"):
        import timm

        real, seen = timm.create_model, []

        def thin(name, **options):
            seen.append(options["img_size"])
            return real(name, **options, **SMALL)

        monkeypatch.setattr(timm, "create_model", thin)
    else:
        import torchvision.models as models

        monkeypatch.setattr(
            models, "get_model",
            lambda name, weights: models.SwinTransformer([4, 4], window_size=[7, 7], **SMALL),
        )  # fmt: skip
        seen = [side]
    for i, of_class in enumerate("aabbcc" * 3):
        picture(tmp_path / "images" / of_class / f"{i}.png", size=(20, 30), seed=i)
    (tmp_path / "tree.nwk").write_text("((a,b),c);")
    run = hiertools_torch.train(
        data="folder", root=tmp_path / "images", tree=tmp_path / "tree.nwk", backbone=name,
        image_size=side, model="normface", dim=4, epochs=1, out=tmp_path / "run",
    )  # fmt: skip
    assert run.finished
    assert set(seen) == {side}
    assert len(run.log) == 1
    assert run.predictions().embeddings.shape[1] == 4


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"model": "softmax", "loss": "cpcc", "accumulate": 2}, ("accumulate", "loss")),
        ({"random_backbone": True, "freeze": "0"}, ("freeze", "random_backbone")),
        ({"random_backbone": True, "backbone_rate": 0.1}, ("backbone_rate", "random_backbone")),
    ],
)
def test_contradictions_name_both_fields(options, fields):
    with pytest.raises(OptionError, match=f"{fields[0]}=.* contradicts {fields[1]}="):
        Config(**options)
