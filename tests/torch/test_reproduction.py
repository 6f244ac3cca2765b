"""The page about the paper's claims, on results that are made up."""

from __future__ import annotations

import runpy
import shutil
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hiertools_torch import cli

ROOT = Path(__file__).parents[2]
ENDPOINTS = ["prototype/classwise_correlation", "prototype/triplet"]


@pytest.fixture(scope="module")
def reproduction():
    return types.SimpleNamespace(**runpy.run_path(str(ROOT / "docs" / "reproduction.py")))


def results(module, name, means, *, seeds=5, data="drawings", noise=0.01, kinds=("prototype",)):
    """Return evidence of runs around given means of correlation and triplet distance."""
    rng = np.random.default_rng(0)
    rows = [
        {"data": data, "configuration": configuration, "seed": seed, "kind": kind,
         "score": score, "level": pd.NA, "k": pd.NA, "value": mean + rng.normal(0, noise),
         "chance": chance, "p_value": 0.001, "better": better}
        for configuration, of in means.items()
        for seed in range(seeds)
        for kind in kinds
        for score, mean, chance, better in zip(
            ("classwise_correlation", "triplet"), of, (0.0, 0.667), ("higher", "lower"), strict=True
        )
    ]  # fmt: skip
    columns = ["data", "configuration", "seed", "kind", "score", "level", "k", "value", "chance",
               "p_value", "better"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).astype({"level": "Int64", "k": "Int64"})
    endpoints = [endpoint.replace("prototype", kind) for kind in kinds for endpoint in ENDPOINTS]
    return module.Evidence(name, endpoints, 70, table, seeds=seeds)


def test_a_head_that_is_better_and_one_that_is_not_told(reproduction):
    study = results(
        reproduction, "quickdraw",
        {"normface": (0.2, 0.5), "proxydr": (0.4, 0.3), "normface-mds": (0.2, 0.5)},
    )  # fmt: skip
    text = reproduction.page({"quickdraw": study})
    assert "**proxydr** is better than **normface** in 2 of 2 endpoints; 0 don't tell." in text
    assert "**normface-mds** and **normface** are not told apart by any of 2 endpoints." in text
    assert "| quickdraw | 15 | 70 | 5 |" in text


def test_proxies_that_are_told_the_tree_are_counted_apart(reproduction):
    study = results(
        reproduction, "quickdraw", {"normface": (0.2, 0.5), "normface-mds": (0.4, 0.3)},
        kinds=("proxy", "prototype"),
    )  # fmt: skip
    text = reproduction.page({"quickdraw": study})
    told = "in 4 of 4 endpoints; 0 don't tell. Prototypes and predictions: better in 2 of 2, worse"
    assert told in text
    assert "predictions: quickdraw: better in 2 of 2, worse in 0." in text


def test_the_page_begins_with_what_it_found(reproduction):
    taught = {"normface": (0.2, 0.5), "proxydr": (0.4, 0.3)}
    text = reproduction.page(
        {"quickdraw": results(reproduction, "quickdraw", taught),
         "random": results(reproduction, "random", {"small-cnn": (0.1, 0.6)})}
    )  # fmt: skip
    short = text.partition("## In short")[2].partition("##")[0]
    assert "all endpoints: quickdraw: better in 2 of 2, worse in 0." in short
    assert "every seed is above chance in 2 of 2 rows." in short


def test_lower_is_better_where_the_score_says_so(reproduction):
    study = results(reproduction, "emoji", {"normface": (0.4, 0.3), "proxydr": (0.2, 0.2)})
    text = reproduction.claim(study, reproduction.WITHOUT_TREE)
    assert "**proxydr** is better than **normface** in 1 and worse in 1 of 2 endpoints" in text
    assert "| proxydr | normface | prototype/triplet | 5 | -0.1" in text


def test_untaught_networks_are_held_against_chance(reproduction):
    study = results(reproduction, "random", {"small-cnn": (0.1, 0.6)})
    text = reproduction.untaught(study)
    assert text.startswith("In 2 of 2 rows every seed is above chance")
    assert "| drawings | small-cnn | prototype/triplet | 5 | 0.6" in text


def test_what_is_not_in_is_said(reproduction):
    nothing = results(reproduction, "quickdraw", {})
    pair = {"normface": (0.2, 0.5), "proxydr": (0.3, 0.4)}
    one_seed = results(reproduction, "emoji", pair, seeds=1)
    text = reproduction.page({"quickdraw": nothing, "emoji": one_seed, "random": nothing})
    assert text.count("Too few runs are in: a pair needs two seeds in common.") == 4
    assert "No run is in yet." in text
    assert "| quickdraw | 0 | 70 |" in text


def test_the_committed_results_can_be_read(reproduction):
    found = reproduction.evidence()
    assert found["quickdraw"].runs == 70
    assert reproduction.page(found) == reproduction.PAGE.read_text(encoding="utf-8")


def test_the_committed_tables_are_those_of_the_results(reproduction):
    texts = reproduction.summaries()
    assert {path.name for path in texts} == {"table.md", "summary.csv", "comparisons.csv"}
    for path, text in texts.items():
        assert path.read_text(encoding="utf-8") == text, path


def test_the_command_writes_the_table_that_is_committed(reproduction, tmp_path, capsys):
    committed = reproduction.RESULTS / "images"
    shutil.copytree(committed / "results", tmp_path / "results")
    shutil.copy(committed / "study.json", tmp_path)
    cli.main(["study", "--report", "--out", str(tmp_path)])
    assert (tmp_path / "table.md").read_text() == (committed / "table.md").read_text()
    assert (tmp_path / "study.html").is_file()
