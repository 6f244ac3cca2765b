"""The study files of examples/studies: every run of theirs is a valid configuration."""

from __future__ import annotations

import itertools
import pickle
import runpy
from pathlib import Path

import numpy as np
import pytest
import yaml

import hiertools as ht
from hiertools import SCORES
from hiertools_torch import Config, train
from hiertools_torch.presets import MODELS, OTHER_MODELS, PAPER_DATA, PAPER_MODELS, PAPER_SEEDS
from hiertools_torch.studies.file import plan_of_file

STUDIES = Path(__file__).parents[2] / "examples" / "studies"
FILES = sorted(STUDIES.glob("*.yaml"))
OF_PREDICTIONS = ("accuracy", "average_hierarchical_cost")


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def configurations(study):
    """Yield name and options of each configuration."""
    for one in study["configurations"]:
        if isinstance(one, str):
            yield one, MODELS[one]
        else:
            ((name, options),) = one.items()
            yield name, MODELS.get(name, {}) | options


def runs(study):
    """Yield the options of every run."""
    for data, (_, options), seed in itertools.product(
        study["data"].values(), configurations(study), study["seeds"]
    ):
        yield study.get("base", {}) | data | options | {"seed": seed}


def test_the_files_are_those_that_the_script_writes():
    written = runpy.run_path(str(STUDIES / "make.py"))["files"]()
    assert sorted(written) == FILES
    for path, text in written.items():
        assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_run_is_a_valid_configuration(path):
    study = read(path)
    assert study["name"] == path.stem
    configs = [Config(**options) for options in runs(study)]
    assert configs == [run.config for run in plan_of_file(path).runs]
    assert f"{len(configs)} runs" in " ".join(path.read_text(encoding="utf-8").split("\n# "))
    # No two runs are the same.
    assert len({tuple(config.to_dict().items()) for config in configs}) == len(configs)
    names = [name for name, _ in configurations(study)]
    assert len(set(names)) == len(names)
    assert study["reference"] in names
    for endpoint in study["endpoints"]:
        kind, score = endpoint.split("/")
        known = OF_PREDICTIONS if kind == "predictions" else SCORES
        assert kind in ("proxy", "prototype", "predictions")
        assert score in known


@pytest.mark.parametrize("name", ["quickdraw", "emoji", *PAPER_DATA])
def test_the_grid_of_the_paper_is_whole(name):
    study = read(STUDIES / f"{name}.yaml")
    assert [one for one, _ in configurations(study)] == list(PAPER_MODELS)
    assert study["seeds"] == list(PAPER_SEEDS)


def test_all_losses_are_compared():
    study = read(STUDIES / "losses.yaml")
    assert {one for one, _ in configurations(study)} >= {"softmax", "normface", *OTHER_MODELS}


def test_networks_of_claim_c_are_taught_nothing():
    for options in runs(read(STUDIES / "random.yaml")):
        assert options["epochs"] == 0
        assert not Config(**options).starts_trained


def cifar100(folder, classes, picture):
    """Write CIFAR-100's three files with a few images of some of its classes."""
    del picture
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        fine = [i % len(classes) for i in range(12)]
        table = {
            "data": rng.integers(0, 256, (12, 3072), dtype=np.uint8),
            "fine_labels": fine,
            "coarse_labels": [i % 2 for i in fine],
        }
        (folder / part).write_bytes(pickle.dumps(table))
    meta = {"fine_label_names": list(classes), "coarse_label_names": ["even", "odd"]}
    (folder / "meta").write_bytes(pickle.dumps(meta))


def nabirds(folder, classes, picture):
    """Write a folder of NABirds with a few images of some of its classes."""
    lines = {"images": [], "image_class_labels": [], "train_test_split": [], "sizes": []}
    for i, name in enumerate(list(classes) * 3):
        path = f"{name}/{i:032x}.jpg"
        picture(folder / "images" / path, size=(16, 12), seed=i)
        lines["images"].append(f"{i:08d}-aaaa {path}")
        lines["image_class_labels"].append(f"{i:08d}-aaaa {int(name)}")
        lines["train_test_split"].append(f"{i:08d}-aaaa {int(i < 8)}")
        lines["sizes"].append(f"{i:08d}-aaaa 16 12")
    lines["classes"] = ["0 Birds", *(f"{int(name)} Bird {name}" for name in classes)]
    lines["hierarchy"] = [f"{int(name)} 0" for name in classes]
    for name, rows in lines.items():
        (folder / f"{name}.txt").write_text("\n".join(rows) + "\n")


def plankton(folder, classes, picture):
    """Write folders in folders, as the plankton sets come, with a few images of some classes."""
    for i, name in enumerate(list(classes) * 10):
        picture(folder / "Plankton" / name / f"{i}.png", size=(14 + i, 12), seed=i)


@pytest.mark.parametrize(
    ("name", "write"),
    [("cifar100", cifar100), ("nabirds", nabirds), ("micros", plankton), ("microl", plankton),
     ("mesoz", plankton)],
)  # fmt: skip
def test_studies_of_the_paper_start_on_data_in_the_true_format(name, write, tmp_path, picture):
    """All of the recipe but the trained weights, which are fetched, and the size of the network."""
    classes = ht.load_paper_tree(name).classes[:4]
    write(tmp_path, classes, picture)
    small = {
        "root": str(tmp_path), "pretrained": False, "backbone": "small-cnn", "first_conv": "auto",
        "width": 2, "epochs": 1, "image_size": 16, "accelerator": "cpu",
    }  # fmt: skip
    plan = plan_of_file(STUDIES / f"{name}.yaml", given=small)
    assert len(plan.runs) == 70
    (first,) = (r for r in plan.runs if (r.configuration, r.seed) == ("proxydr-mds-dynamic", 1))
    assert first.config.tree == f"shipped:{name}"
    run = train(first.config, out=tmp_path / "run", progress=False)
    assert run.finished
    assert set(run.tree.classes) == set(classes)
