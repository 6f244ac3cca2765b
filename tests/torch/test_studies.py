"""Studies, the demonstration, and what a run folder gives."""

from __future__ import annotations

import numpy as np
import pytest

import hiertools as ht
import hiertools_torch
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch.config import Config
from hiertools_torch.runs.run import Run


@pytest.fixture
def run(tiny, tmp_path):
    return hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "run")


# --- studies ---


def test_a_study_trains_what_is_missing_and_makes_its_table(tiny, tmp_path):
    said: list[str] = []
    options = {"out": tmp_path / "s", "permutations": 9, "epochs": 1, **tiny}
    first = hiertools_torch.study(("softmax", "corr"), (0, 1), say=said.append, **options)
    assert said[0] == "run 1 of 4: softmax, seed 0"
    assert list(first.runs) == [("softmax", 0), ("softmax", 1), ("corr", 0), ("corr", 1)]
    before = {key: (r.folder / "last.pt").stat().st_mtime_ns for key, r in first.runs.items()}
    again = hiertools_torch.study(("softmax", "corr", "proxydr-ema"), (0, 1), **options)
    for key, time in before.items():
        assert (again.runs[key].folder / "last.pt").stat().st_mtime_ns == time
    assert again.runs["proxydr-ema", 1].config.proxies == "ema"

    table = again.table
    assert len(table) == 3 * 2 * 2
    row = table.query("model == 'corr' and seed == 1 and kind == 'prototype'").iloc[0]
    run = again.runs["corr", 1]
    scores = ht.compare(run.representatives("prototype"), run.tree, permutations=9).scores
    value = scores.query("score == 'classwise_correlation'")["value"].iloc[0]
    assert row["classwise_correlation"] == pytest.approx(value)
    assert row["accuracy"] == run.results["best"]["accuracy"]

    summary = again.summary().set_index("model")
    mean = table.query("model == 'softmax' and kind == 'proxy'")["accuracy"].mean()
    assert summary.loc["softmax", "accuracy"] == pytest.approx(mean)
    lines = (tmp_path / "s" / "table.md").read_text().splitlines()
    assert len(lines) == 2 + 3
    assert lines[2].startswith("| softmax | 2 | ")
    assert len({line.count("|") for line in lines}) == 1


def test_a_study_takes_config_files_and_refuses_what_it_does_not_know(tiny, tmp_path):
    (tmp_path / "mine.yaml").write_text("model: normface\nscale_value: 16\n")
    study = hiertools_torch.study(
        [str(tmp_path / "mine.yaml")], [3], config=Config(**tiny, epochs=0), out=tmp_path / "s",
        permutations=0,
    )  # fmt: skip
    assert study.runs["mine", 3].config.scale_value == 16
    assert np.isnan(study.table["p_value"]).all()
    assert "nan" not in study.markdown().split("\n")[2].split("|")[3]
    with pytest.raises(OptionError, match="models has no option 'proxydr-emma'.*proxydr-ema"):
        hiertools_torch.study(["proxydr-emma"], [0], out=tmp_path / "s")
    with pytest.raises(OptionError, match="at least one model and one seed"):
        hiertools_torch.study([], [0], out=tmp_path / "s")
    with pytest.raises(OptionError, match="can't be resumed with other options: epochs"):
        hiertools_torch.study(
            [str(tmp_path / "mine.yaml")], [3], config=Config(**tiny, epochs=2), out=tmp_path / "s"
        )


def test_the_demonstration_compares_two_models_in_one_report(tiny, tmp_path):
    result = hiertools_torch.demo(tmp_path / "demo", **tiny | {"epochs": 1})
    assert [key[0] for key in result.runs] == ["normface", "proxydr"]
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
