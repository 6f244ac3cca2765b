"""Study files: what they mean, and that all which is wrong is said at once before anything runs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

import hiertools_torch
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch import cli
from hiertools_torch.config import Config
from hiertools_torch.presets import PAPER_MODELS
from hiertools_torch.studies.estimate import seconds_left
from hiertools_torch.studies.file import plan_of_file
from hiertools_torch.studies.folder import State
from hiertools_torch.studies.grid import key_of
from hiertools_torch.studies.results import read_result


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "grid.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


GRID = """
name: mine
data: {quickdraw: , few: {data: quickdraw, subset: "cat,dog", batch-size: 8}}
base: {epochs: 3, width: 4}
configurations: [softmax, own.yaml, {untrained: {random_backbone: true, epochs: 0}}]
grid: {dim: [8, 16], backbone_rate: [1.0, 0.1]}
seeds: [1, 2]
reference: softmax-dim=8-backbone_rate=1.0
endpoints: [prototype/map_at_r/1, predictions/top_k_accuracy@5]
permutations: 9
"""


def test_a_grid_is_every_combination(file):
    file("model: normface\nscale_value: 16\n", "own.yaml")
    text = GRID.replace("backbone_rate: [1.0, 0.1]", "dropout: [0.0, 0.1]")
    plan = plan_of_file(file(text.replace("backbone_rate=1.0", "dropout=0.0")))
    assert (plan.name, plan.permutations, len(plan.runs)) == ("mine", 9, 2 * 3 * 4 * 2)
    assert plan.endpoints == ("prototype/map_at_r/1", "predictions/top_k_accuracy@5")
    run = next(r for r in plan.runs if r.place == ("few", "own-dim=16-dropout=0.1", 2))
    assert run.config == Config(
        subset="cat,dog", batch_size=8, epochs=3, width=4, model="normface", scale_value=16, dim=16,
        dropout=0.1, seed=2,
    )  # fmt: skip
    assert next(r for r in plan.runs if "untrained" in r.configuration).config.epochs == 0
    # A configuration wins over data and base; an option that is given, over these two.
    again = plan_of_file(
        file(text.replace("backbone_rate=1.0", "dropout=0.0")), seeds=[5], given={"width": 2}
    )
    assert {r.seed for r in again.runs} == {5}
    assert {r.config.width for r in again.runs} == {2}


def test_the_paper_stands_for_its_fourteen_heads(file):
    plan = plan_of_file(file("configurations: paper\nseeds: 3\n"))
    assert plan.configurations == list(PAPER_MODELS)
    assert {run.data for run in plan.runs} == {"quickdraw"}
    assert plan.name == "grid"


def test_a_key_is_that_of_all_that_decides_a_result():
    config = Config(model="normface")
    for same in ({"workers": 3}, {"accelerator": "cpu"}, {"devices": 2}, {"checkpoint_every": 2}):
        assert key_of(config.replace(**same)) == key_of(config)
    for other in ({"epochs": 21}, {"seed": 1}, {"dim": 64}, {"train_per_class": 5}):
        assert key_of(config.replace(**other)) != key_of(config)


def test_all_that_is_wrong_is_told_at_once(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = file("""
nmae: x
data: {drawings: {width: 3}, quickdraw: {sedd: 4}}
base: {epochs: -1, widht: 3, seed: 4}
configurations: [softmax, proxydr-emma, none.yaml, {bad/name: {}}, {odd: {model: softmax,
    scale: dynamic}}]
grid: {scale: [fixed, dynamic], drpout: [0.1]}
seeds: [1, 1]
reference: softmx
endpoints: [proxy/map_at_r, prototypes/map_at_r, proxy/mapp_at_r, predictions/accuracy/x]
""")
    with pytest.raises(SystemExit) as stop:
        cli.main(["study", str(path)])
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert told.startswith(f"hiertools_torch: {path} has 16 problems, and nothing was run: (1) ")
    for problem in (
        "unknown key 'nmae' (did you mean 'name'?)",
        "data 'drawings' is no data set of its own",
        "data 'quickdraw' has the unknown option 'sedd' (did you mean 'seed'?)",
        "base has the unknown option 'widht' (did you mean 'width'?)",
        "base can't set seed, which the study varies by itself",
        "base: epochs must be at least 0; got -1",
        "models has no option 'proxydr-emma'",
        "Did you mean 'proxydr-ema'?",
        "none.yaml",
        "a configuration is named 'bad/name', and names of files are made of it",
        "the grid varies scale, which the configuration 'odd' sets",
        "grid has the unknown option 'drpout' (did you mean 'dropout'?)",
        "a seed is there twice",
        "the endpoint 'prototypes/map_at_r' must begin with one of 'proxy', 'prototype'",
        "'proxy/mapp_at_r' names no score of proxy; did you mean 'map_at_r'?",
        "'predictions/accuracy/x' has no whole number as its level",
        "reference 'softmx'",
    ):
        assert problem in told, problem
    assert [item.name for item in tmp_path.iterdir()] == ["grid.yaml"]


def test_combinations_at_odds_are_told_by_their_runs(file):
    path = file("""
data: {quickdraw: , few: {data: quickdraw, subset: "cat,dog"}}
configurations: [normface, softmax, corr]
grid: {scale: [fixed, dynamic]}
seeds: [1, 2]
""")
    with pytest.raises(OptionError) as refused:
        plan_of_file(path)
    told = str(refused.value)
    assert f"{path} has 2 problems, and nothing was run" in told
    assert "softmax-scale=dynamic on quickdraw and softmax-scale=dynamic on few: scale=" in told
    assert "corr-scale=dynamic on quickdraw and corr-scale=dynamic on few: scale=" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seeds: [1]", "configurations must list names"),
        ("configurations: [softmax]", "seeds must list whole numbers"),
        ("configurations: [softmax]\nseeds: [-1]", "seeds must be whole numbers of at least 0"),
        ("configurations: [softmax]\nseeds: [1]\ndata: 3", "data must name data sets"),
        ("configurations: [softmax]\nseeds: [1]\ngrid: {dim: [3, 3]}", "values that differ"),
        ("configurations: [softmax]\nseeds: [1]\nbase: 3", "base must hold 'option: value' lines"),
        ("configurations: [softmax, softmax]\nseeds: [1]", "'softmax' is there twice"),
        ("configurations: [softmax]\nseeds: [1]\npermutations: x", "permutations must be a whole"),
        ("configurations: [hxe]\nseeds: [1]\nreference: softmax", "is none of the configurations"),
        ("configurations: [softmax]\nseeds: [1]\nname: a/b", "the study is named 'a/b'"),
        ("- 3", "holds no options by their names"),
    ],
)
def test_a_file_that_says_too_little_is_told_what_it_lacks(file, text, told):
    with pytest.raises((OptionError, FileFormatError), match=re.escape(told)):
        plan_of_file(file(text + "\n"))


def test_what_is_given_beside_a_file_must_fit_it(file, capsys):
    path = file("configurations: [normface-dynamic]\nseeds: [1]\ngrid: {dim: [3, 4]}\n")
    for given, told in (
        ({"scale": "fixed"}, "scale='fixed' was given, but the model 'normface-dynamic' has"),
        ({"dim": 3}, "dim=3 was given, but the grid varies dim"),
    ):
        with pytest.raises(OptionError, match=told):
            hiertools_torch.study(path, **given)
    with pytest.raises(OptionError, match="has a base of its own"):
        hiertools_torch.study(path, config=Config())
    for words, told in (
        (["--models", "softmax"], "has models and a base of its own"),
        (["--jobs", "-1"], "--jobs must be a whole number of at least 0; got -1"),
        (["--permutations", "-1"], "--permutations must be a whole number of at least 0; got -1"),
        (["--scheduler", "tcp://x:1", "--jobs", "2"], "--scheduler has workers of its own"),
        (["--scheduler", "tcp://x:1", "--jobs", "0"], "--scheduler has workers of its own"),
        (["--jobs", "0", "--threads", "2"], "--threads are those of each worker, and --jobs 0"),
        (["--time-epoch"], "--time-epoch says how long a --dry-run would take"),
        (["--report", "--status"], "--status and --report are different questions; give one"),
        (["--report", "--jobs", "2"], "--report runs nothing, so --jobs says nothing"),
        (["--status", "--retry-failed"], "--status runs nothing, so --retry-failed says nothing"),
        (["--dry-run", "--keep", "none"], "--dry-run runs nothing, so --keep says nothing"),
    ):
        with pytest.raises(SystemExit):
            cli.main(["study", str(path), *words])
        assert told in capsys.readouterr().err


def test_a_dry_run_lists_the_runs_and_says_what_its_estimate_is_from(
    file, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    path = file("""
data: {quickdraw: {subset: "cat,dog,car", train_per_class: 10}}
base: {width: 2, dim: 2}
configurations: [softmax, normface]
seeds: [1]
permutations: 0
""")
    cli.main(["study", str(path), "--dry-run"])
    out = capsys.readouterr().out
    assert "waiting   quickdraw-softmax-seed1-" in out
    assert "0 of 2 runs finished of the study 'grid'" in out
    assert "no finished run tells yet" in out
    cli.main(["study", str(path), "--dry-run", "--time-epoch", "--quiet"])
    out = capsys.readouterr().out
    assert re.search(r"takes about .* \(one timed epoch of each data set\)\.", out)
    assert [item.name for item in tmp_path.iterdir()] == ["grid.yaml"]
    cli.main(["study", str(path), "--epochs", "0", "--jobs", "0", "--quiet"])
    capsys.readouterr()
    cli.main(["study", str(path), "--epochs", "0", "--dry-run", "--json"])
    states = json.loads(capsys.readouterr().out)
    assert [state["state"] for state in states] == ["finished", "finished"]
    cli.main(["study", str(path), "--dry-run", "--jobs", "1"])
    assert "with 1 worker (" not in capsys.readouterr().out  # other runs: nothing tells of these


def test_a_report_is_made_of_what_is_finished_and_runs_nothing(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = file("""
data: {quickdraw: {subset: "cat,dog,car", train_per_class: 10}}
base: {width: 2, dim: 2, epochs: 0}
configurations: [softmax, normface]
seeds: [1, 2]
endpoints: [prototype/elementwise_correlation]
permutations: 0
""")
    words, place = ["study", str(path), "--report"], Path("runs/grid")

    def refused(*words):
        with pytest.raises(SystemExit) as stop:
            cli.main([*words])
        assert stop.value.code == 2
        return capsys.readouterr().err

    told = refused(*words)
    assert "no run of the study is finished yet; give the command without --report" in told
    assert "the runs that lie there" not in told
    assert "gone is no folder of a study" in refused("study", "--report", "--out", "gone")
    assert not Path("runs").exists()
    hiertools_torch.study(path, [1])
    for name in ("table.md", "study.csv"):
        (place / name).unlink()
    cli.main(words)
    printed = capsys.readouterr().out
    assert "Report: runs/grid/study.html" in printed
    assert len(list((place / "results").iterdir())) == 2  # of four
    assert len(hiertools_torch.Study.read(place).unfinished) == 2  # which the file names
    assert (place / "table.md").read_text() in printed
    # A folder of result files is enough.
    kept = tmp_path / "kept"
    shutil.copytree(place / "results", kept / "results")
    shutil.copy(place / "study.json", kept)
    cli.main(["study", "--report", "--out", str(kept)])
    assert {item.name for item in kept.iterdir()} == {
        "results", "study.json", "study.csv", "table.md", "study.html",
    }  # fmt: skip
    assert (kept / "table.md").read_text() == (place / "table.md").read_text()
    # Nothing of other options is passed off as theirs.
    told = refused(*words, "--dim", "3")
    assert "no run of the study is finished yet" in told
    advice = re.search(r"For the runs that lie there, give `(study .*)` and no more", told)
    cli.main(advice[1].split())
    assert len(hiertools_torch.Study.read(place).results) == 2


def test_time_left_is_that_of_the_most_alike_finished_runs():
    def state(data, configuration, label, epoch, seconds=0.0):
        return State(data, configuration, 1, label, epoch, 10, seconds)

    done = [state("a", "x", "finished", 10, 20.0), state("a", "y", "finished", 10, 40.0)]
    assert seconds_left([*done, state("a", "x", "waiting", 0)], 1) == 20
    assert seconds_left([*done, state("a", "z", "waiting", 0)], 1) == 30
    assert seconds_left([*done, state("b", "z", "waiting", 0)], 2) == 15
    assert seconds_left([*done, state("a", "y", "running", 5)], 1) == 20
    assert seconds_left([*done, state("b", "z", "waiting", 0)], 1, {"b": 1.0}) == 10
    assert seconds_left([*done, state("a", "z", "failed", 0)], 1) == 0
    assert seconds_left([state("a", "z", "waiting", 0)], 1) is None


RESULT = {
    "format": "hiertools study result", "version": 1, "data": "d", "configuration": "c", "seed": 0,
    "key": "k", "config": {}, "seconds": 1.0, "versions": {}, "log": {"loss": [0.5]},
    "scores": [["proxy", "triplet", None, None, 0.5, None, None, "lower"]],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"log": [0.5]}, "its 'log' can't be that of one"),
        ({"log": {"loss": 0.5}}, "its 'log' can't be that of one"),
        ({"log": {"loss": [0.5], "scale": []}}, "its 'log' can't be that of one"),
        ({"scores": {}}, "its 'scores' can't be that of one"),
        ({"undefined": []}, "its 'undefined' can't be that of one"),
    ],
)
def test_a_result_of_other_kinds_with_its_own_digest_is_refused(changed, told, tmp_path):
    def written(values):
        digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        (tmp_path / "r.json").write_text(json.dumps({**values, "sha256": digest}), encoding="utf-8")
        return read_result(tmp_path / "r.json")

    assert written(RESULT).place == ("d", "c", 0)
    with pytest.raises(FileFormatError, match=told):
        written({**RESULT, **changed})
