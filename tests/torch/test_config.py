"""Config: sources and their order, wrong keys and values, contradictions, the shipped files."""

from __future__ import annotations

import dataclasses
import itertools
import json
import runpy
from pathlib import Path

import pytest

import hiertools as ht
import hiertools_torch
from hiertools.errors import FileFormatError, HiertoolsError, OptionError
from hiertools_torch.config import Config
from hiertools_torch.config.options import GROUPS
from hiertools_torch.presets import PAPER_DATA, PAPER_MODELS, PAPER_SEEDS

EXAMPLES = Path(__file__).parents[2] / "examples" / "configs"


def test_later_files_win_over_earlier_ones_and_options_over_files(tmp_path):
    (tmp_path / "a.yaml").write_text("model: normface\nepochs: 3\nlearning-rate: 1e-4\n")
    (tmp_path / "b.toml").write_text("epochs = 4\nseed = 7\n")
    config = Config.read(tmp_path / "a.yaml", tmp_path / "b.toml", seed=9)
    assert (config.model, config.epochs, config.seed) == ("normface", 4, 9)
    assert config.learning_rate == 1e-4  # YAML reads 1e-4 as text


def test_a_saved_config_reads_as_itself(tmp_path):
    config = Config(model="proxydr", proxies="ema", scale="dynamic", patience=3)
    config.save(tmp_path / "config.yaml")
    assert Config.read(tmp_path / "config.yaml") == config


def test_every_field_has_a_help_text_and_a_group():
    for item in dataclasses.fields(Config):
        assert item.metadata["doc"].rstrip("]").strip()
        assert item.metadata["group"].lower() in GROUPS


def test_replace_lets_another_model_have_its_usual_proxies():
    assert Config(model="proxydr").replace(model="corr").proxies == "mds"
    with pytest.raises(OptionError, match="proxies='ema' contradicts model='corr'"):
        Config(proxies="ema").replace(model="corr")


def test_unknown_keys_name_the_closest(tmp_path):
    with pytest.raises(OptionError, match=r"'learning_rat' \(did you mean 'learning_rate'\?\)"):
        Config.from_dict({"learning_rat": 1})
    (tmp_path / "a.yaml").write_text("epoch: 3\n")
    with pytest.raises(
        OptionError, match=r"a.yaml: 1 unknown key\(s\): 'epoch' \(did you mean 'epo"
    ):
        Config.read(tmp_path / "a.yaml")


def test_files_may_be_written_in_groups(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "data: {data: plankton, root: x, image-size: 64}\nmodel: normface\nseed: 2\n"
        "optim:\n  learning-rate: 1e-4\n  warmup: 0\nlog:\nrunning: {precision: bf16-mixed}\n"
    )
    (tmp_path / "b.toml").write_text("[model]\nmodel = 'proxydr'\n[optim]\nseed = 3\n")
    flat = {"data": "plankton", "root": "x", "image_size": 64, "learning_rate": 1e-4, "warmup": 0.0,
            "precision": "bf16-mixed"}  # fmt: skip
    assert Config.read(tmp_path / "a.yaml") == Config(**flat, model="normface", seed=2)
    assert Config.read(tmp_path / "a.yaml", tmp_path / "b.toml") == Config(**flat, seed=3)
    for values, message in (
        ({"optim": {"epoch": 3}}, r"'optim.epoch' \(did you mean 'epochs'\?\)"),
        (
            {"optim": {"model": "softmax"}},
            "'model' stands in the group 'optim', and belongs to ",
        ),
        ({"optim": {"epochs": 3}, "epochs": 4}, "'epochs' is given twice"),
        ({"learning-rate": 1, "learning_rate": 1}, "'learning_rate' is given twice"),
        ({"optim": 3}, "the group 'optim' must hold options; got 3"),
        ({"training": {"epochs": 3}}, "1 unknown key.*'training'"),
        ({"epochs": {"a": 1}}, "epochs must be a whole number; got {'a': 1}"),
    ):
        with pytest.raises(OptionError, match=message):
            Config.from_dict(values)


def test_a_group_is_no_argument(tmp_path):
    for group, held, told in (
        ("optim", {"learning_rate": 0.1}, r" \('learning_rate'\)"),
        ("data", {"subset": "all", "workers": 2}, r" \('subset', 'workers'\)"),
        ("running", {}, ""),
    ):
        message = rf"^{group}={{...}} is a group, .* give its options{told} as arguments, or the"
        for call in (
            Config,
            Config().replace,
            Config.read,
            lambda **given: hiertools_torch.train(**given, out=tmp_path / "a"),
            lambda **given: hiertools_torch.study(["corr"], [1], **given, out=tmp_path / "a"),
        ):
            with pytest.raises(OptionError, match=message):
                call(**{group: held})
        assert Config.from_dict({group: held}).to_dict().items() >= held.items()
    assert not (tmp_path / "a").exists()
    with pytest.raises(OptionError, match="config: the group 'optim' must hold options; got 3"):
        Config.from_dict({"optim": 3})


def test_the_schema_describes_every_option_alone_and_in_its_group():
    schema = Config.json_schema()
    json.dumps(schema)
    flat = schema["properties"]
    assert flat.keys() == {*Config().to_dict(), *GROUPS}
    assert not schema["additionalProperties"]
    grouped = {}
    for name in GROUPS:
        told = flat[name]
        group = told["anyOf"][1] if "anyOf" in told else told
        assert (group["type"], group["additionalProperties"]) == ("object", False)
        grouped |= group["properties"]
    assert grouped.keys() == Config().to_dict().keys()
    for item in dataclasses.fields(Config):
        told = grouped[item.name]
        assert told["description"] == item.metadata["doc"]
        assert told["default"] == item.default
        if item.name not in GROUPS:
            assert flat[item.name] == told
    assert grouped["warmup"].items() >= {"type": "number", "minimum": 0, "maximum": 1}.items()
    assert grouped["clip"]["anyOf"] == [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]
    assert flat["data"]["anyOf"][0]["enum"][0] == "quickdraw"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": "3"}, "epochs must be a whole number; got '3'"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"epochs": -1}, "epochs must be at least 0; got -1"),
        ({"standardise": "yes"}, "standardise must be true or false; got 'yes'"),
        ({"learning_rate": "fast"}, "learning_rate must be a number; got 'fast'"),
        ({"learning_rate": 0}, "learning_rate must be a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0"),
        ({"weight_decay": float("inf")}, "weight_decay must be a finite number; got inf"),
        ({"learning_rate": True}, "learning_rate must be a number; got True"),
        ({"subset": True}, "subset must be a text; got True"),
        ({"tree": " "}, "tree is empty: is a shell variable unset"),
        ({"model": "proxydrr"}, "valid ones: .*'proxydr'.* Did you mean 'proxydr'"),
        ({"model": None}, "model must have a value"),
        ({"validation": 1.0}, "validation must be below 1"),
        ({"ema_alpha": 2.0, "proxies": "ema"}, "ema_alpha must be at most 1"),
        ({"backbone": "resnet50"}, "Did you mean 'timm:resnet50'"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        Config(**options)


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({"model": "softmax", "proxies": "ema"}, ("proxies", "model")),
        ({"model": "softmax", "scale": "dynamic"}, ("scale", "model")),
        ({"model": "softmax", "form": "angular"}, ("form", "model")),
        ({"model": "softmax", "scale_value": 5.0}, ("scale_value", "model")),
        ({"model": "corr", "proxies": "learned"}, ("proxies", "model")),
        ({"model": "corr", "scale": "dynamic"}, ("scale", "model")),
        ({"model": "corr", "class_prior": True}, ("class_prior", "model")),
        ({"ema_alpha": 0.1}, ("ema_alpha", "proxies")),
        ({"mds_beta": 2.0}, ("mds_beta", "proxies")),
        ({"scale": "dynamic", "scale_value": 5.0}, ("scale_value", "scale")),
        ({"backbone": "timm:resnet50", "pretrained": True, "random_backbone": True},
         ("pretrained", "random_backbone")),
        ({"pretrained": True}, ("pretrained", "backbone")),
        ({"first_conv": "keep"}, ("first_conv", "backbone")),
        ({"backbone": "timm:resnet50", "width": 8}, ("width", "backbone")),
        ({"root": "x"}, ("root", "data")),
        ({"data": "cifar100"}, ("root", "data")),
        ({"data": "cifar100", "root": "x", "subset": "100"}, ("subset", "data")),
        ({"data": "folder", "root": "x"}, ("tree", "data")),
        ({"data": "emoji", "root": "x"}, ("root", "data")),
        ({"data": "emoji", "subset": "all"}, ("subset", "data")),
        ({"data": "emoji", "split": "paper"}, ("split", "data")),
        ({"data": "emoji", "size_informed": True}, ("size_informed", "data")),
        ({"size_informed": True}, ("size_informed", "data")),
        ({"data": "mesoz", "root": "x", "validation": 0.0, "patience": 3},
         ("patience", "validation")),
        ({"momentum": 0.5}, ("momentum", "optimizer")),
        ({"model": "corr", "loss": "hxe"}, ("loss", "model")),
        ({"loss": "arcface"}, ("loss", "model")),
        ({"model": "normface", "loss": "cosface", "scale": "dynamic"}, ("scale", "loss")),
        ({"model": "normface", "loss": "supcon", "proxies": "learned"}, ("proxies", "loss")),
        ({"hxe_alpha": 0.1}, ("hxe_alpha", "loss")),
        ({"augment": False, "interpolation": "nearest"}, ("interpolation", "augment")),
        ({"augment": "none", "fill": "black"}, ("fill", "augment")),
        ({"split": "paper"}, ("split", "data")),
        ({"data": "cifar100", "root": "x", "split": "paper", "split_seed": 2},
         ("split_seed", "split")),
        ({"class_prior": True, "scale": "dynamic", "dynamic_scale": "published"},
         ("class_prior", "dynamic_scale")),
        ({"model": "normface", "loss": "supcon", "margin": 0.1}, ("margin", "loss")),
        ({"accelerator": "cpu", "precision": "16-mixed"}, ("precision", "accelerator")),
    ],
)  # fmt: skip
def test_contradictions_name_both_fields(options, fields):
    with pytest.raises(OptionError, match=f"{fields[0]}=.* contradicts {fields[1]}="):
        Config(**options)


def test_files_that_are_no_configs_are_refused(tmp_path):
    for name, text, message in (
        ("a.json", "{}", "must end in .yaml, .yml or .toml"),
        ("a.yaml", "- 1\n", "holds no options by their names"),
        ("b.yaml", "a: [", "is not valid YAML"),
        ("a.toml", "a = ", "is not valid TOML"),
        ("c.yaml", "seed: " + "9" * 5000, "is not valid YAML: Exceeds the limit"),
        ("c.toml", "seed = " + "9" * 5000, "is not valid TOML: Exceeds the limit"),
        ("d.yaml", "[" * 5000, "is not valid YAML"),
        ("d.toml", "a = " + "[" * 5000, "is not valid TOML"),
        ("e.yaml", "1: 2\n", "'1'"),
        ("f.yaml", "? [1, 2]\n: 3\n", "f.yaml"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(HiertoolsError, match=message) as caught:
            Config.read(tmp_path / name)
        assert "sys." not in str(caught.value)
    with pytest.raises(FileFormatError, match="there is no file"):
        Config.read(tmp_path / "none.yaml")
    (tmp_path / "empty.yaml").write_text("")
    assert Config.read(tmp_path / "empty.yaml") == Config()


def test_all_configurations_of_the_paper_load():
    paper = EXAMPLES / "paper"
    models = sorted((paper / "models").glob("*.yaml"))
    data = sorted((paper / "data").glob("*.yaml"))
    assert {path.stem for path in models} == set(PAPER_MODELS)
    assert {path.stem for path in data} == set(PAPER_DATA)
    assert (len(models), len(data), len(PAPER_SEEDS)) == (14, 5, 5)
    for of_data, of_model in itertools.product(data, models):
        config = Config.read(of_data, of_model, seed=4)
        assert (config.optimizer, config.learning_rate, config.batch_size) == ("adam", 1e-4, 32)
        assert config.epochs == (100 if config.data in ("cifar100", "nabirds") else 50)
        assert config.augment == ("affine" if config.data in ("cifar100", "nabirds") else "none")
        assert config.pixels == (32 if config.data == "cifar100" else 128)
        assert config.planes == (1 if config.data == "mesoz" else 3)
        assert config.size_informed == (config.data in ("micros", "microl", "mesoz"))
        plankton = config.size_informed
        assert config.pretrained
        assert config.first_conv == ("new-norm" if plankton else "new")
        assert config.dropout == (0.5 if plankton else 0.0)
        assert config.backbone == f"timm:{'inception_v3' if plankton else 'resnet50'}.tv_in1k"
        assert (config.standardise, config.split, config.softmax_start) == (
            False,
            "paper",
            "normal",
        )
        assert config.interpolation == ("nearest" if config.augment == "affine" else "bilinear")
        assert config.dynamic_scale == "published"
        assert ht.as_tree(config.tree).classes == ht.load_paper_tree(config.data).classes


def test_the_example_files_are_those_that_the_script_writes():
    written = runpy.run_path(str(EXAMPLES / "make.py"))["files"]()
    assert set(written) == set(EXAMPLES.rglob("*.yaml"))
    for path, text in written.items():
        assert path.read_text(encoding="utf-8") == text
    assert Config.read(EXAMPLES / "quickdraw.yaml") == Config()
