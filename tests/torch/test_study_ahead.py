"""Studies look ahead: what can't be trained or scored is told before anything runs."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

import hiertools_torch
from hiertools.errors import LONGEST, FileFormatError, OptionError
from hiertools_torch import OwnData, cli
from hiertools_torch.config import Config
from hiertools_torch.studies.file import plan_of_models
from hiertools_torch.studies.grid import Problems
from hiertools_torch.studies.runner import InThisProcess, carry_out_all
from hiertools_torch.studies.task import Outcome, Task, carry_out

WORDS = ["--jobs", "0", "--quiet"]


def test_two_classes_have_predictions_to_score_and_nothing_else(tiny, tmp_path, capsys):
    """Vectors of two classes can't be compared: that is told first, and stands in the tables."""
    said: list[str] = []
    options = tiny | {"subset": "cat,dog", "epochs": 1, "permutations": 9}
    study = hiertools_torch.study(
        ["softmax", "normface"], [0, 1], out=tmp_path / "s", say=said.append, **options
    )
    why = "a comparison needs at least 3 classes in both model and tree; got 2"
    assert said[:2] == [
        f"note: quickdraw: no scores of proxy and prototype: {why}", "0 of 4 runs finished",
    ]  # fmt: skip
    assert not study.failed
    assert set(study.table["kind"]) == {"predictions"}
    accuracy = study.table.query("score == 'accuracy' and configuration == 'softmax'")
    assert np.isfinite(accuracy["value"]).all()
    for kind in ("proxy", "prototype"):
        assert (
            f"no scores of {kind} on quickdraw (softmax and normface): {why}." in study.markdown()
        )
    study.to_html(tmp_path / "page.html")
    assert why in (tmp_path / "page.html").read_text(encoding="utf-8")
    # The command ends well, too, and says what it has no report of.
    words = ["study", "--models", "softmax", "normface", "--seeds", "0", "1", "--permutations", "9",
             "--out", str(tmp_path / "s")]  # fmt: skip
    words += [word for k, v in options.items() if k != "permutations"
              for word in (f"--{k.replace('_', '-')}", str(v))]  # fmt: skip
    cli.main([*words, *WORDS])
    assert f"No report on quickdraw: {why}." in capsys.readouterr().err


@pytest.fixture
def worlds(tmp_path, picture):
    """Write folders of images with something odd about each, and a tree."""
    for world, counts in {
        "one-class": {"a": 6}, "rare": {"a": 9, "b": 9, "c": 1}, "star": {"a": 9, "b": 9, "c": 9},
        "few": {"a": 9, "b": 9}, "single": {"a": 1, "b": 1}, "stranger": {"a": 9, "b": 9, "x": 9},
    }.items():  # fmt: skip
        for name, count in counts.items():
            for i in range(count):
                picture(tmp_path / world / name / f"{i}.png", seed=i)
    (tmp_path / "tree.csv").write_text("class,lineage\na,m/a\nb,m/b\nc,n/c\n")
    (tmp_path / "star.csv").write_text("class,lineage\na,a\nb,b\nc,c\n")
    return tmp_path


FILE = """
base: {{data: folder, tree: {0}/tree.csv, width: 2, dim: 4, epochs: 1, image_size: 8}}
data:
  rare: {{root: {0}/rare, validation: 0.5, test: 0.5}}
  star: {{root: {0}/star, tree: {0}/star.csv}}
  few: {{root: {0}/few}}
{1}
configurations: {2}
seeds: [1]
permutations: 0
endpoints: {3}
"""

STRANGE = """
  one: {{data: folder, root: {0}/one-class}}
  stranger: {{data: folder, root: {0}/stranger}}
  gone: {{data: folder, root: {0}/gone}}
  unwatched: {{data: folder, root: {0}/single, patience: 3}}
"""

ODD = "[softmax, {wrong: {backbone: 'timm:resnet5O', width: 32}}, {untrained: {epochs: 0}}, {low: \
{model: corr, proxies: unit-sphere, dim: 1}}]"


def file_of(worlds, more="", configurations="[softmax]", endpoints="[]"):
    path = worlds / "grid.yaml"
    text = FILE.format(worlds, more.format(worlds), configurations, endpoints)
    text = text.replace("{root:", "{data: folder, root:").replace(
        "base: {data: folder, ", "base: {"
    )
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("more", "configurations", "endpoints", "expected"),
    [
        (STRANGE, "[softmax]", "[prototype/triplet]", [
            "(1) softmax on one: folder: all images are of one class, 'a', and a classifier tells "
            "at least two apart; (2) softmax on stranger: 1 of 3 classes",
            "(3) softmax on gone: root='", "(4) softmax on unwatched: patience=3 needs validation",
        ]),
        ("", ODD, "[prototype/map_at_r/7, predictions/top_k_accuracy@50]", [
            "wrong on rare, wrong on star and 1 more: timm has no model 'resnet5O'",
            "low on rare and low on star: proxies=UnitSphere(...) places 3 classes",
            "untrained on few: nothing can be scored: they are random where nothing is trained",
            "the endpoint 'prototype/map_at_r/7' can't be computed on rare: there are "
            "'prototype/map_at_r/0'; on star: all 3 classes hang",
            "the endpoint 'predictions/top_k_accuracy@50' can't be computed on rare, star and few: "
            "there are 'predictions/top_k_accuracy@1', 'predictions/top_k_accuracy@5'",
        ]),
    ],
)  # fmt: skip
def test_all_that_can_not_run_is_told_before_anything_does(
    worlds, capsys, more, configurations, endpoints, expected
):
    path = file_of(worlds, more, configurations, endpoints)
    for dry in ([], ["--dry-run"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(["study", str(path), "--out", str(worlds / "s"), *WORDS, *dry])
        assert stop.value.code == 2
        told = capsys.readouterr().err
        assert re.search(r"the study 'grid' has \d problems, and nothing was run: \(1\) ", told)
        for problem in expected:
            assert problem in told, (problem, told)
    assert not (worlds / "s").exists()


def test_as_many_problems_are_told_as_a_message_holds():
    problems = Problems("the study 'x'")
    for number in range(40):
        problems.add(f"problem {number} " + "x" * 100)
    with pytest.raises(OptionError) as refused:
        problems.raise_any()
    told = str(refused.value)
    assert len(told) <= LONGEST
    assert "the study 'x' has 40 problems, and nothing was run: (1) problem 0 x" in told
    (more,) = re.findall(r"xxx; and (\d+) more, told without these\.$", told)
    assert told.count("; (") + 1 + int(more) == 40


def test_what_will_be_undefined_is_told_before_anything_runs(worlds):
    said: list[str] = []
    path = file_of(worlds, endpoints="[prototype/triplet, predictions/accuracy]")
    study = hiertools_torch.study(path, out=worlds / "s", say=said.append)
    assert said[: said.index("0 of 3 runs finished")] == [
        "note: rare: 1 of 3 classes have no validation image: 'c'",
        "note: rare: 1 of 3 classes have no test image: 'c'",
        "note: star: no scores of proxy and prototype: all 3 classes hang on the root of the tree, "
        "which groups nothing; give a tree with at least one group",
        "note: few: 1 tree classes have no images, left out: 'c'",
        "note: few: no scores of proxy and prototype: a comparison needs at least 3 classes in "
        "both model and tree; got 2",
    ]  # fmt: skip
    assert not study.failed
    kinds = study.table.groupby("data")["kind"].agg(set)
    assert kinds["rare"] == {"proxy", "prototype", "predictions"}
    assert kinds["star"] == kinds["few"] == {"predictions"}


def test_a_damaged_result_is_named_before_the_rest_runs(tiny, tmp_path):
    options = tiny | {"epochs": 0, "permutations": 0, "out": tmp_path / "s"}
    hiertools_torch.study(["softmax"], [0, 1], **options)
    for path in (tmp_path / "s" / "results").iterdir():
        path.write_text("{}")
    with pytest.raises(FileFormatError, match=r"has 2 problems.*\(2\) .*results/.*delete it"):
        hiertools_torch.study(["softmax", "normface"], [0, 1], **options)
    assert len(list((tmp_path / "s" / "results").iterdir())) == 2


def test_a_demonstration_that_could_compare_nothing_is_refused(tiny, tmp_path):
    with pytest.raises(OptionError, match="'demo'.*'prototype/elementwise_correlation' can't be"):
        hiertools_torch.demo(tmp_path / "demo", **tiny | {"subset": "cat,dog"})
    assert not (tmp_path / "demo").exists()


def test_a_run_that_another_ended_is_told_with_its_seconds(tiny, tmp_path):
    plan = plan_of_models(
        ["softmax"], [0], config=Config(**tiny, epochs=0), permutations=0, given={}
    )
    (task,) = (Task(tmp_path, run, 0) for run in plan.runs)
    first = carry_out(task)
    assert first.seconds > 0
    assert carry_out(task) == first  # not carried out twice
    # And where it was in another's hands when it was given.

    class Late(InThisProcess):
        def give(self, task):
            self._ended.append((task, Outcome("elsewhere")))

    told = []
    carry_out_all([task], Late(), told=lambda *each: told.append(each), look=lambda: None)
    assert told == [(task, first)]
    task.places.result.write_text("{}")
    assert carry_out(task).state == "failed"


# --- objects of a user's own ---


class Squares(Dataset):
    """Noisy squares in shades of grey: as many shades as classes."""

    classes = ("white", "light", "dark", "black")

    def __init__(self, n=80, seed=0):
        self.images = torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(seed)) / 9

    def __len__(self):
        return len(self.images)

    def __getitem__(self, place):
        return self.images[place] + 1 - place % 4 / 4, place % 4


TREE = "((white,light),(dark,black));"
OF_OWN = {"width": 2, "dim": 4, "epochs": 1, "permutations": 9, "batch_size": 20}


def test_a_study_over_own_data_runs_resumes_and_makes_its_tables(tmp_path):
    said: list[str] = []
    options = {"out": tmp_path / "s", "say": said.append, **OF_OWN}
    first = hiertools_torch.study(["softmax"], [0], data=OwnData(Squares(), tree=TREE), **options)
    assert list(first.results) == [("own", "softmax", 0)]
    (path,) = (tmp_path / "s" / "results").iterdir()
    before = path.stat().st_mtime_ns
    study = hiertools_torch.study(
        ["softmax", "normface"], [0, 1], data=OwnData(Squares(), tree=TREE), **options
    )
    assert any(line.startswith("1 of 4 runs finished") for line in said)
    assert path.stat().st_mtime_ns == before
    assert set(study.table["kind"]) == {"proxy", "prototype", "predictions"}
    assert "| normface |" in study.markdown()
    assert study.runs["own", "normface", 1].tree.classes == Squares.classes
    # Other data of the same kind are other runs, and so is another backbone.
    said.clear()
    others = OwnData(Squares(seed=1), tree=TREE)
    hiertools_torch.study(["softmax"], [0], data=others, **options)
    assert "0 of 1 runs finished" in said
    class_of = nn.Sequential(nn.Flatten(), nn.Linear(64, 5))
    del options["width"]
    hiertools_torch.study(["softmax"], [0], data=others, backbone=class_of, **options)
    assert len(list((tmp_path / "s" / "results").iterdir())) == 6


def test_own_objects_must_be_used_and_stay_in_this_process(tmp_path, tiny):
    data = OwnData(Squares(), tree=TREE)
    with pytest.raises(OptionError, match="'data' are objects of this process"):
        hiertools_torch.study(["softmax"], [0], data=data, jobs=2, out=tmp_path / "s")
    path = tmp_path / "grid.yaml"
    path.write_text(
        "data: {quickdraw: {subset: 'cat,dog'}}\nconfigurations: [softmax]\nseeds: [1]\n"
    )
    with pytest.raises(OptionError, match="no run of the study says 'data: own'"):
        hiertools_torch.study(path, data=data, out=tmp_path / "s")
    with pytest.raises(OptionError, match="softmax on own: data='own' stands for an object"):
        hiertools_torch.study(["softmax"], [0], config=Config(data="own"), out=tmp_path / "s")
    assert not (tmp_path / "s").exists()
    # Beside data that ship.
    path.write_text(
        "data: {quickdraw: {subset: 'cat,dog,car'}, mine: {data: own}}\nconfigurations: [softmax]\n"
        "seeds: [1]\nbase: {epochs: 0, width: 2, dim: 4}\n"
    )
    study = hiertools_torch.study(path, data=data, out=tmp_path / "s", permutations=0)
    assert [place[0] for place in study.results] == ["quickdraw", "mine"]
