"""The page of a study: readable without scripts, and names that are names."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import OptionError
from hiertools.plots.seed_curves import seed_curves
from hiertools.results.columns import records
from hiertools_torch.studies.curves import over_seeds
from hiertools_torch.studies.forms import grid_html, latex, markdown
from hiertools_torch.studies.from_runs import trees_of
from hiertools_torch.studies.grids import difference_grids
from hiertools_torch.studies.report import study_report, verdict
from hiertools_torch.studies.tables import study_table

HOSTILE = "</script><img src=x onerror=alert(1)>$\\frac{1}$\n"
NAMES = ("normface", "proxydr", HOSTILE)
TREE = ht.ClassTree.from_newick("(((lynx,wolf)cats,bear),(newt,toad)wet);")


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    rows = []
    for seed in range(4):
        for place, name in enumerate(NAMES):
            for kind, score in (
                ("proxy", "classwise_correlation"),
                ("prototype", "triplet"),
                ("predictions", "accuracy"),
                ("predictions", "mistake_severity"),
            ):
                sign = -1 if score in ("triplet", "mistake_severity") else 1
                value = 0.5 + 0.1 * sign * place + rng.normal(0, 0.003)
                rows.append({"data": HOSTILE, "configuration": name, "seed": seed, "kind": kind,
                             "score": score, "value": value})  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def curves():
    rows = [
        {"data": HOSTILE, "configuration": name, "seed": seed, "epoch": epoch, "score": score,
         "value": 0.1 * epoch + 0.01 * seed}
        for name in NAMES for seed in (0, 1) for epoch in (1, 2)
        for score in ("prototype_correlation", "proxy_correlation", "loss")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_the_page_tells_it_all_and_runs_nothing(table, curves, tmp_path):
    path = tmp_path / "report.html"
    study_report(
        path, table, title=f"Study {HOSTILE}", reference="normface",
        endpoints=["proxy/classwise_correlation", "prototype/triplet"], curves=curves,
        trees={HOSTILE: {name: [TREE, TREE] for name in NAMES}}, taxonomies={HOSTILE: TREE},
        facts={"command": HOSTILE},
    )  # fmt: skip
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    assert re.search(r"(?:src|href)=\"(?!#)", page) is None
    titles = re.findall(r"<h2>(.*?)</h2>|<summary>(.*?)</summary>", page)
    assert [a or b for a, b in titles] == [
        "Endpoints", "Against normface", "Against normface: intervals and tests",
        "Accuracy against the severity of mistakes", "Learning curves", "What the seeds agree on",
        "All measures", "How to read this", "Settings and versions",
    ]  # fmt: skip
    assert page.count("<figure>") == 1 + 1 + 2  # trees of the reference and of the best
    assert "better than normface: proxydr (2 of 2) and " in page
    assert '<td class="n">2</td><td class="n">3</td><td class="n">1.00</td>' in page
    assert not plt.get_fignums()


def test_differences_to_the_reference_stand_side_by_side(table):
    found = study_table(table, reference="normface", endpoints=["proxy/classwise_correlation"])
    (grid,) = difference_grids(found.comparisons)
    assert grid.headings == ["configuration", "proxy: classwise correlation ↑"]
    told = {row["configuration"]: row for row in records(found.comparisons) if row["endpoint"]}
    assert [name.text for name, _ in grid.rows] == list(told)
    for name, cell in grid.rows:
        row = told[name.text]
        assert cell.text == f"{row['difference']:+.3f}"
        assert cell.mark == {"better": "best", "worse": "behind", "": ""}[row["is"]]
    assert {row["is"] for row in told.values()} == {"better"}
    back = study_table(table, reference=HOSTILE, endpoints=["proxy/classwise_correlation"])
    (grid,) = difference_grids(back.comparisons)
    assert [row[1].mark for row in grid.rows] == ["behind", "behind"]
    assert f"*{grid.rows[0][1].text}*" in markdown([grid], [])
    assert rf"\textit{{{grid.rows[0][1].text}}}" in latex([grid], [])
    assert f'class="n behind">{grid.rows[0][1].text}' in grid_html(grid)


def test_a_page_of_scores_alone(table, tmp_path):
    few = table[(table["kind"] != "predictions") & (table["seed"] == 0)]
    study_report(tmp_path / "few.html", few)
    page = (tmp_path / "few.html").read_text(encoding="utf-8")
    assert "3 configurations on 1 data set, 1 seed." in page
    assert "<figure>" not in page


def test_trees_need_their_taxonomy(table, tmp_path):
    with pytest.raises(OptionError, match="the taxonomy of 'birds' is missing"):
        study_report(tmp_path / "r.html", table, trees={"birds": {"normface": [TREE]}})
    assert not (tmp_path / "r.html").exists()
    assert not plt.get_fignums()


def test_verdicts_say_what_holds(table):
    assert verdict(study_table(table)) == "3 configurations on 1 data set, 4 seeds."
    one = study_table(table[table["seed"] == 0], reference="proxydr")
    assert verdict(one).endswith("1 seed. No difference to proxydr could be tested.")
    noise = np.random.default_rng(0).normal(size=len(table))
    none = study_table(table.assign(value=noise), reference="proxydr")
    assert verdict(none).endswith("After Holm over 8 tests, no difference to proxydr holds.")
    assert "worse than proxydr: normface (4 of 4)" in verdict(
        study_table(table, reference="proxydr")
    )


def test_curves_are_means_and_ranges_of_the_seeds(curves):
    more = curves.assign(value=np.random.default_rng(0).random(len(curves)))
    more = more[~((more["seed"] == 1) & (more["epoch"] == 2))]
    found = over_seeds(more)
    for row in found.to_dict("records"):
        own = more[(more["configuration"] == row["configuration"])
                   & (more["score"] == row["score"]) & (more["epoch"] == row["epoch"])]  # fmt: skip
        values = own["value"]
        told = (row["mean"], row["low"], row["high"], row["n_seeds"])
        assert told == pytest.approx((values.mean(), values.min(), values.max(), len(values)))
    assert list(dict.fromkeys(found["score"])) == [
        "proxy_correlation", "prototype_correlation", "loss",
    ]  # fmt: skip
    with pytest.raises(OptionError, match=r"lack the column.* 'epoch'"):
        over_seeds(curves.drop(columns="epoch"))


def test_each_configuration_has_its_panel(curves):
    figure = seed_curves(over_seeds(curves), behind="normface")
    assert [ax.get_title() for ax in figure.axes][:2] == ["normface", "proxydr"]
    band = figure.axes[1].collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(0.1)
    assert band[:, 1].max() == pytest.approx(0.21)
    assert not any(ax.title.get_parse_math() for ax in figure.axes)
    plt.close(figure)
    many = pd.concat([over_seeds(curves).assign(configuration=str(i)) for i in range(41)])
    with pytest.raises(OptionError, match="1 to 40 panels of at most 6 scores; got 41 of 3"):
        seed_curves(many)


class MadeRun:
    """As much of a run as the report reads."""

    tree = TREE

    def representatives(self, kind):
        assert kind == "prototype"
        return ht.ClassRepresentatives(np.eye(5) + 0.1 * np.arange(5), TREE.classes)


def test_what_runs_hold_is_read():
    runs = {("d", name, seed): MadeRun() for name in ("a", "b") for seed in (0, 1)}
    trees, taxonomies = trees_of(runs)
    assert {name: len(several) for name, several in trees["d"].items()} == {"a": 2, "b": 2}
    assert trees["d"]["a"][0].n_classes == 5
    assert taxonomies == {"d": TREE}
