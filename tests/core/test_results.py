"""What every result can do, and files of results: whole ones come back, others get one sentence."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools import FileFormatError, OptionError
from hiertools.cli import run
from hiertools.results.base import Result, ResultSet

TREE = ht.ClassTree.from_lineages(
    {name: (name[0], name) for name in ("ax", "ay", "bx", "by")}, ranks=("family", "species")
)


def vectors(seed=0):
    random = np.random.default_rng(seed)
    return ht.ClassRepresentatives(random.normal(size=(4, 3)), TREE.classes)


def predictions(seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(20) % 4
    return ht.Predictions(
        labels,
        random.normal(size=(20, 4)),
        TREE.classes,
        embeddings=random.normal(size=(20, 3)),
        score_kind="logit",
    )


QUIET = {"n_bootstrap": 20, "permutations": 39, "hs_k": (1, 3)}
MADE = {
    "comparison": ht.compare(vectors(), TREE, permutations=9),
    "comparison set": ht.compare(
        {"m": [vectors(), vectors(1)], "n": [vectors(2)]}, TREE, permutations=9
    ),
    "evaluation": ht.evaluate(predictions(), TREE, **QUIET),
    "evaluation set": ht.evaluate({"m": predictions(), "n": predictions(1)}, TREE, **QUIET),
    "consensus": ht.consensus([ht.infer_tree(vectors(seed)) for seed in range(5)], greedy=True),
}
EVERY = pytest.mark.parametrize("kind", MADE)


@EVERY
def test_every_result_can_do_the_same(kind, tmp_path):
    result = MADE[kind]
    assert isinstance(result, Result)
    assert result.kind == kind
    assert isinstance(result.notes, tuple)
    assert {"score", "level", "rank", "k", "value", "status", "note"} <= set(result.scores)
    row = result.scores.iloc[0]
    more = {"model": row["model"]} if isinstance(result, ResultSet) else {}
    level = None if pd.isna(row["level"]) else int(row["level"])
    assert result.value(row["score"], level, **more) == row["value"]
    assert str(result)
    assert "hiertools" in result._repr_html_()
    result.to_html(tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


@EVERY
def test_plots_are_listed_and_drawn(kind):
    import matplotlib.pyplot as plt

    plot = MADE[kind].plot
    names = dir(plot)
    assert names
    assert not [name for name in names if name.startswith("_")]
    assert repr(plot) == f"plots: {', '.join(f'.{name}()' for name in names)}"
    for name in names:
        if name not in ("fowlkes_mallows", "backing_off"):  # these results lack them
            against = [TREE] if (kind, name) == ("consensus", "tanglegram") else []
            assert getattr(plot, name)(*against) is not None
            plt.close("all")


@EVERY
def test_saved_results_come_back_as_what_they_were(kind, tmp_path):
    result = MADE[kind]
    text = result.to_json(tmp_path / "r.json")
    for again in (
        ht.read_result(tmp_path / "r.json"),
        ht.read_result(str(tmp_path / "r.json")),
        ht.read_result(text),
        type(result).from_json(text),
        type(result).from_dict(result.to_dict()),
    ):
        assert type(again) is type(result)
        assert repr(again) == repr(result)
        assert str(again) == str(result)
        assert again.notes == result.notes
        pd.testing.assert_frame_equal(again.scores, result.scores)
        assert again.to_json() == text


@EVERY
def test_show_prints_any_saved_result(kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    MADE[kind].to_json("r.json")
    assert run(["show", "r.json"]) == 0
    assert capsys.readouterr().out.strip() == str(MADE[kind]).strip()


def _damages(held, deep, path=()):
    """Yield copies of a saved result with one thing taken away or of another type."""
    for key, value in held.items() if isinstance(held, dict) else ():
        here = (*path, key)
        yield here, None
        for other in (None, 3, "text", {}, -1e999):
            if type(other) is not type(value):
                yield here, (other,)
        if isinstance(value, dict) and len(here) < deep:
            yield from _damages(value, deep, here)
        elif isinstance(value, list) and value:
            yield here, (value[:-1],)
            if isinstance(value[0], dict) and len(here) < deep:
                yield from _damages(value[0], deep, (*here, 0))


@EVERY
def test_a_damaged_file_is_refused_in_one_sentence_or_read(kind):
    text = MADE[kind].to_json()
    deep = 2 if isinstance(MADE[kind], ResultSet) else 3
    for place, change in _damages(json.loads(text), deep):
        held = json.loads(text)
        inner = held
        for key in place[:-1]:
            inner = inner[key]
        if change is None:
            del inner[place[-1]]
        else:
            inner[place[-1]] = change[0]
        try:
            told = _read_and_shown(json.dumps(held))
        except Exception as error:
            raise AssertionError((place, change)) from error
        assert "\n" not in told, place
        assert len(told) < 500, place


def _read_and_shown(text):
    """Return the sentence that refuses a text; what is read must be shown, too."""
    try:
        result = ht.read_result(text)
    except FileFormatError as error:
        return str(error)
    str(result)
    result._repr_html_()
    json.loads(result.to_json())
    return ""


@EVERY
def test_scores_under_other_names_are_refused_or_shown(kind):
    """Texts and reports look some scores up by name, and want one row of each."""
    held = json.loads(MADE[kind].to_json())
    names = held.get("scores", {}).get("columns", {}).get("score", [])
    for place, name in enumerate(list(names)):
        for other in ("x", names[0], names[-1]):
            names[place] = other
            told = _read_and_shown(json.dumps(held))
            assert "\n" not in told, (name, other)
        names[place] = name


@EVERY
def test_every_entry_of_a_file_is_needed(kind):
    text = MADE[kind].to_json()
    for key in json.loads(text):
        held = json.loads(text)
        del held[key]
        with pytest.raises(FileFormatError):
            ht.read_result(json.dumps(held))


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_refused(share, tmp_path):
    text = MADE["evaluation set"].to_json()
    (tmp_path / "cut.json").write_text(text[: int(share * len(text))])
    with pytest.raises(FileFormatError, match=r"cut\.json: is not JSON"):
        ht.read_result(tmp_path / "cut.json")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "is not a saved result but some other JSON"),
        ("{}", "is not a saved result but some other JSON"),
        ('{"hiertools": 3}', "is not a saved result"),
        ('{"hiertools": "comparison"}', "was written in format None, this version reads 1"),
        ('{"hiertools": "comparison", "format": 2}', "was written in format 2"),
        ('{"hiertools": "novel", "format": 1}', "holds a saved 'novel', which this version does"),
        ('{"hiertools": "os.system", "format": 1}', "it reads 'comparison', 'comparison set'"),
        ('{"hiertools": "comparison", "format": 1}', "the saved comparison lacks '"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_saved_result_is_told(text, told, tmp_path):
    with pytest.raises(FileFormatError, match=told):
        ht.read_result(text)
    (tmp_path / "file.json").write_text(text)
    with pytest.raises(FileFormatError, match=r"file\.json: .*" + told):
        ht.read_result(tmp_path / "file.json")


@pytest.mark.parametrize("value", [float("inf"), {("a", "b"): 1}])
def test_what_json_cannot_hold_is_refused_before_a_file_is_written(value, tmp_path):
    made = MADE["comparison"]
    odd = dataclasses.replace(made, settings={**made.settings, "own": value})
    with pytest.raises(OptionError, match="holds what no JSON file can"):
        odd.to_json(tmp_path / "r.json")
    assert not list(tmp_path.iterdir())


def test_what_is_no_source_is_told(tmp_path):
    with pytest.raises(OptionError, match="source must be text or a path; got 3"):
        ht.read_result(3)
    with pytest.raises(OptionError, match=r"from_json\(\): source must be text or a path; got 3"):
        ht.Comparison.from_json(3)
    with pytest.raises(OptionError, match="is empty"):
        ht.read_result("")
    with pytest.raises(FileFormatError, match="can't be read"):
        ht.read_result(tmp_path)
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="is not a JSON file"):
        ht.read_result(tmp_path / "x.json")


def test_files_from_before_ranks_and_statuses_are_read():
    held = json.loads(MADE["evaluation"].to_json())
    for part in ("columns", "dtypes"):
        del held["scores"][part]["rank"], held["scores"][part]["status"]
    again = ht.read_result(json.dumps(held))
    assert list(again.scores.columns) == list(MADE["evaluation"].scores.columns)
    assert again.scores["rank"].isna().all()
    assert set(again.scores["status"]) <= {"ok", "undefined"}
    assert again.value("accuracy", level=0) == MADE["evaluation"].value("accuracy", level=0)


def test_sets_ask_which_model():
    for kind in ("comparison set", "evaluation set"):
        result = MADE[kind]
        with pytest.raises(OptionError, match="the result holds 2 models; name one"):
            result.value("precision_at_1")
        with pytest.raises(OptionError, match="models has no option 'o'"):
            result.value("precision_at_1", model="o")
    one = ht.evaluate({"m": predictions()}, TREE, **QUIET)
    assert one.value("accuracy") == one["m"].value("accuracy")
    by_rank = MADE["comparison set"].value("precision_at_1", level="family", model="m")
    assert by_rank == MADE["comparison set"].value("precision_at_1", level=0, model="m")


def test_notes_of_models_are_told_once():
    more = ht.ClassTree.from_newick("((ax,ay),(bx,by),zz);")
    result = ht.compare({"m": vectors(), "n": vectors(1)}, more, permutations=0)
    assert len(result.notes) == len(set(result.notes)) > 0
    assert not result.notes[0].startswith("m: ")
    assert str(result).count(result.notes[0]) == 1


def test_a_consensus_says_what_it_left_out():
    trees = [ht.ClassTree.from_newick(x) for x in ("((a,b),(c,d));", "((a,b),(c,e));")]
    found = ht.consensus(trees, on_missing="drop")
    assert found.notes == (
        "2 of 5 classes are not in every tree and were left out: 'd', 'e'.",
    )  # fmt: skip
    assert found.notes[0] in str(found)
    assert ht.consensus(trees[:1]).notes == ()
    assert found.per_clade["classes"].tolist() == [("a", "b")]
    assert found.value("mean_support") == 1.0
    star = ht.consensus([ht.ClassTree.from_newick("(a,b,c);")])
    assert star.scores["status"].tolist() == ["undefined: no groups", "ok"]
    assert star.value("resolution") == 0.0
    pair = ht.consensus([ht.ClassTree.from_newick("(a,b);")])
    assert set(pair.scores["status"]) == {"undefined: too few classes"}
    assert str(pair)


def test_a_comparison_is_no_earlier_evaluation(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    MADE["comparison"].to_json("c.json")
    ht.write_tree(TREE, "t.nwk")
    predictions().save("p.npz")
    assert run(["evaluate", "p.npz", "t.nwk", "--against", "c.json", "--no-intervals"]) == 2
    assert "c.json' holds a saved comparison; --against needs" in capsys.readouterr().err
