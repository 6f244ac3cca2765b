"""Studies, the demonstration, and what a run folder gives."""

from __future__ import annotations

import dataclasses
import json
import os
import re

import numpy as np
import pytest

import hiertools as ht
import hiertools_torch
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch import cli
from hiertools_torch.config import Config
from hiertools_torch.runs.lock import locked
from hiertools_torch.runs.run import Run
from hiertools_torch.studies.folder import FILE


@pytest.fixture
def run(tiny, tmp_path):
    return hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "run")


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "results").iterdir()}


# --- studies ---


def test_a_study_trains_what_is_missing_and_makes_its_table(tiny, tmp_path):
    said: list[str] = []
    options = {"out": tmp_path / "s", "permutations": 9, "epochs": 1, **tiny}
    first = hiertools_torch.study(("softmax", "corr"), (0, 1), say=said.append, **options)
    assert said[0] == "0 of 4 runs finished"
    assert said[1].startswith("quickdraw, softmax, seed 0: finished (")
    places = [("quickdraw", model, seed) for model in ("softmax", "corr") for seed in (0, 1)]
    assert list(first.runs) == list(first.results) == places
    before = times(tmp_path / "s")
    again = hiertools_torch.study(("softmax", "corr", "proxydr-ema"), (0, 1), **options)
    after = times(tmp_path / "s")
    assert {name: after[name] for name in before} == before
    assert again.runs["quickdraw", "proxydr-ema", 1].config.proxies == "ema"

    # Each row is what `compare` and `evaluate` say of the run.
    run = again.runs["quickdraw", "corr", 1]
    mine = again.table.query("configuration == 'corr' and seed == 1")
    for kind in ("proxy", "prototype"):
        found = ht.compare(run.representatives(kind), run.tree, scores="all", permutations=9)
        of_kind = mine[mine["kind"] == kind].reset_index(drop=True)
        assert of_kind["score"].tolist() == found.scores["score"].tolist()
        for name in ("level", "k", "value", "chance", "p_value", "better"):
            assert of_kind[name].equals(found.scores[name].astype(of_kind[name].dtype))
    found = run.evaluate(intervals=False).scores
    predictions = mine[mine["kind"] == "predictions"]
    for name in ("value", "chance"):
        np.testing.assert_array_equal(predictions[name], found[name])
    assert predictions.query("score == 'accuracy'")["value"].iloc[0] == pytest.approx(
        run.results["best"]["accuracy"]
    )

    # The curves are those of log.csv, to six digits.
    mine = again.log.query("configuration == 'corr' and seed == 1")
    assert mine["loss"].tolist() == [float(f"{value:.6g}") for value in run.log["loss"]]

    whole = "score == 'accuracy' and level.isna()"
    summary = again.summary().summary.query(whole).set_index("configuration")
    accuracies = [again.runs["quickdraw", "softmax", s].results["best"]["accuracy"] for s in (0, 1)]
    assert summary.loc["softmax", "mean"] == pytest.approx(np.mean(accuracies))
    assert set(summary["n_seeds"]) == {2}
    text = (tmp_path / "s" / "table.md").read_text()
    assert text == again.markdown()
    assert "| predictions: accuracy ↑ | predictions: average hierarchical cost ↓ |" in text
    assert re.search(r"^\| softmax \| \S+ ± \S+ \| ", text, re.MULTILINE)
    assert "**quickdraw: accuracy against the severity of mistakes**" in text
    assert re.search(r"^\| softmax \| .* (yes|no) \([012] of 2\) ", text, re.MULTILINE)

    # What no finished run has yet is left out.
    named = ("prototype/classwise_correlation", "prototype/map_at_r/9")
    early = dataclasses.replace(again, endpoints=named, reference="normface").summary()
    assert (early.endpoints, early.reference) == (named[:1], None)
    for told in ("summary", "markdown"):
        with pytest.raises(FileFormatError, match="no run of the study is finished yet"):
            getattr(dataclasses.replace(again, results={}), told)()

    # Result files alone tell it: the runs' folders may be gone, and study.json, too.
    for name in ("runs", "locks", "study.csv"):
        os.rename(tmp_path / "s" / name, tmp_path / name)
    alone = hiertools_torch.Study.read(tmp_path / "s")
    assert alone.table.equals(again.table)
    assert alone.runs == {}
    alone.to_html(tmp_path / "alone.html")
    page = (tmp_path / "alone.html").read_text(encoding="utf-8")
    assert "Learning curves" in page
    assert "What the seeds agree on" not in page  # for which the runs' vectors are needed
    (tmp_path / "s" / FILE).unlink()
    assert len(hiertools_torch.Study.read(tmp_path / "s").table) == len(again.table)


def test_a_study_takes_config_files_and_refuses_what_it_does_not_know(tiny, tmp_path):
    (tmp_path / "mine.yaml").write_text("model: normface\nscale_value: 16\n")
    mine = [str(tmp_path / "mine.yaml")]
    study = hiertools_torch.study(
        mine, [3], config=Config(**tiny, epochs=0), out=tmp_path / "s", permutations=0
    )
    assert study.runs["quickdraw", "mine", 3].config.scale_value == 16
    assert set(study.table["kind"]) == {"prototype"}  # nothing else was trained
    assert np.isnan(study.table["p_value"]).all()
    with pytest.raises(OptionError, match="models has no option 'proxydr-emma'.*proxydr-ema"):
        hiertools_torch.study(["proxydr-emma"], [0], out=tmp_path / "s")
    with pytest.raises(OptionError, match="at least one model and one seed"):
        hiertools_torch.study([], [0], out=tmp_path / "s")
    # Another config is another run, which leaves the first as it is.
    more = hiertools_torch.study(
        mine, [3], config=Config(**tiny, epochs=1), out=tmp_path / "s", permutations=0
    )
    assert len(more.runs["quickdraw", "mine", 3].log) == 1
    assert len(list((tmp_path / "s" / "results").iterdir())) == 2
    (tmp_path / "s" / FILE).unlink()
    with pytest.raises(FileFormatError, match="of one run with other options"):
        hiertools_torch.Study.read(tmp_path / "s")


def test_a_failed_run_stops_no_other_and_is_tried_again_when_asked(tiny, tmp_path, capsys):
    options = {**tiny, "epochs": 1, "permutations": 0, "out": tmp_path / "s"}
    first = hiertools_torch.study(["softmax"], [0], **options)
    (path,) = first.runs.values()
    folder = path.folder
    (tmp_path / "s" / "results" / f"{folder.name}.json").unlink()
    (folder / "provenance.json").unlink()
    words = ["study", "--models", "softmax", "normface", "--seeds", "0", "--epochs", "1", "--jobs",
             "0", "--permutations", "0", "--out", str(tmp_path / "s")]  # fmt: skip
    words += [word for key, value in tiny.items() for word in (f"--{key}", str(value))]
    with locked(folder), pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 1
    told = capsys.readouterr().err
    assert f"failed: quickdraw, softmax, seed 0: Run folder {folder} is in use: process" in told
    assert ", or give another --out. 0 of 2 runs finished, 1 failed" in told  # one full stop
    with pytest.raises(SystemExit):  # though nothing would stand in its way any more
        cli.main([*words, "--quiet"])
    study = hiertools_torch.Study.read(tmp_path / "s")
    assert list(study.failed) == [("quickdraw", "softmax", 0)]
    assert list(study.results) == [("quickdraw", "normface", 0)]
    cli.main([*words, "--status"])
    assert "FAILED" in capsys.readouterr().out
    for further, state in ([], "failed"), (["--retry-failed"], "waiting"):
        cli.main([*words, "--dry-run", *further])
        assert f"{state:8}  quickdraw-softmax-seed0" in capsys.readouterr().out
    cli.main([*words, "--retry-failed", "--quiet"])
    assert not hiertools_torch.Study.read(tmp_path / "s").failed


def test_checkpoints_may_be_thrown_away(tiny, tmp_path):
    for keep, names in (("none", set()), ("best", {"best.pt"})):
        study = hiertools_torch.study(
            ["normface"], [0], out=tmp_path / keep, keep=keep, permutations=0, epochs=1, **tiny
        )
        (run,) = study.runs.values()
        assert {path.name for path in run.folder.glob("*.pt")} == names
        assert run.representatives().vectors.shape == (6, 8)


@pytest.mark.parametrize("keep", ["best", "none"])
def test_a_run_whose_result_is_taken_away_is_run_again(keep, tiny, tmp_path):
    """Its last checkpoint is gone because the study threw it away, and not by mistake."""
    options = tiny | {"epochs": 1, "permutations": 0, "out": tmp_path, "keep": keep}
    (first,) = hiertools_torch.study(["normface"], [0], **options).results.values()
    (result,) = (tmp_path / "results").iterdir()
    result.unlink()
    study = hiertools_torch.study(["normface"], [0], **options)
    (again,) = study.results.values()
    assert not study.failed
    assert again.values["scores"] == first.values["scores"]


def test_a_result_of_a_version_with_fewer_options_is_that_of_the_run(tiny, tmp_path, monkeypatch):
    options = {**tiny, "epochs": 0, "permutations": 0, "out": tmp_path / "s"}
    hiertools_torch.study(["normface"], [0], **options)
    (path,) = (tmp_path / "s" / "results").iterdir()
    monkeypatch.setattr("hiertools_torch.studies.grid.KEY_DIGITS", 11)  # as if keys were others
    said: list[str] = []
    hiertools_torch.study(["normface"], [0], say=said.append, **options)
    assert said == ["1 of 1 runs finished"]
    assert list((tmp_path / "s" / "results").iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (FILE, json.dumps({"format": "hiertools study", "version": 2}), "study of version 2 of"),
        ("study.csv", "model,seed\n", "holds a study of an earlier version of hiertools"),
        (FILE, "{}", "study.json is damaged"),
    ],
)
def test_a_folder_of_another_version_is_refused(name, text, told, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises((OptionError, FileFormatError), match=told):
        hiertools_torch.study(["softmax"], [0], out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_demonstration_compares_two_models_in_one_report(tiny, tmp_path):
    result = hiertools_torch.demo(tmp_path / "demo", **tiny | {"epochs": 1})
    assert [key[1] for key in result.runs] == ["normface", "proxydr"]
    text = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    for name in ("normface proxy", "normface prototype", "proxydr proxy", "proxydr prototype"):
        assert name in text


# --- runs ---


def test_a_run_gives_what_compare_and_evaluate_take(run):
    assert ht.compare(run.representatives(), run.tree, permutations=0).scores is not None
    assert run.evaluate(hs_k=(1, 5)).scores is not None
    assert repr(run) == f"Run({str(run.folder)!r})"
    assert run.config.epochs == 1
    assert run.finished


def test_folders_without_a_run_and_missing_files_are_named(run, tmp_path):
    with pytest.raises(FileFormatError, match="is no run folder: it holds no config.yaml"):
        Run(tmp_path)
    (run.folder / "predictions.npz").unlink()
    with pytest.raises(FileFormatError, match="predictions.npz does not exist.*--resume --out"):
        run.predictions()
    with pytest.raises(OptionError, match="kind has no option 'prox'"):
        run.representatives("prox")
