"""The command line loses no file: not one that it reads, nor one that it was asked to write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hiertools as ht
from hiertools.cli import run
from hiertools.producers import produce
from hiertools.taxonomies import from_inaturalist, from_nabirds, from_ncbi

CLASSES = ("lynx", "wolf", "newt", "toad")


@pytest.fixture(autouse=True)
def files():
    """Write what the commands read: representatives, predictions, and trees in several formats."""
    tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    ht.write_tree(tree, "tree.json")
    ht.write_tree(tree, "tree.nwk")
    vectors = np.array([[1.0, 0.1], [1, 0], [0, 1], [0.1, 1]])
    ht.ClassRepresentatives(vectors, CLASSES).save("proxies.npz")
    np.savez("bare.npz", vectors=vectors)
    Path("names.json").write_text(json.dumps(dict(zip(CLASSES, range(4), strict=True))))
    Path("names.txt").write_text("\n".join(CLASSES) + "\n")
    Path("options.json").write_text('{"permutations": 0}')
    labels = np.arange(12) % 4
    scores = np.eye(4)[labels] + np.random.default_rng(0).random((12, 4))
    ht.Predictions(labels, scores, CLASSES).save("predictions.npz")
    for name in CLASSES:
        Path("folders", "all", name).mkdir(parents=True)
    os.symlink("tree.json", "link.json")
    os.link("tree.json", "twin.json")
    os.symlink("tree.json", "page.html")
    os.symlink("made.json", "made.html")


def held() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def refused(capsys, *tokens: str) -> str:
    """Run a command that must fail without touching a file, and return its sentence."""
    before = held()
    assert run(tokens) == 2
    assert held() == before
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


COMPARE = ("compare", "proxies.npz", "tree.json", "--permutations", "0")


@pytest.mark.parametrize(
    "tokens",
    [
        (*COMPARE, "--save", "tree.json"),
        (*COMPARE, "--save", "./tree.json"),
        (*COMPARE, "--save", "folders/../tree.json"),
        (*COMPARE, "--save", "link.json"),
        (*COMPARE, "--save", "twin.json"),
        (*COMPARE, "--html", "page.html"),
        ("compare", "proxies.npz", "link.json", "--save", "tree.json"),
        ("compare", "a=proxies.npz", "b=bare.npz", "tree.json", "--save=tree.json"),
        (*COMPARE, "--config", "options.json", "--save", "options.json"),
        ("compare", "bare.npz", "tree.nwk", "--classes", "names.json", "--save", "names.json"),
        ("compare", "torch:model.pt?classes=names.json", "tree.nwk", "--save", "names.json"),
        ("compare", "a=torch:m.pt?layer=fc&classes=names.json", "tree.nwk", "--save", "names.json"),
        (*COMPARE, "--baseline", "torch:model.pt?classes=names.json", "--save", "names.json"),
        ("evaluate", "predictions.npz", "tree.json", "--save", "tree.json"),
        (
            "evaluate",
            "predictions.npz",
            "tree.nwk",
            "--against",
            "last.json",
            "--save",
            "last.json",
        ),
        ("infer", "prototypes:proxies.npz?classes=names.json", "--out", "names.json"),
        ("infer", "bare.npz", "--classes", "names.json", "--out", "names.json", "--json"),
    ],
)
def test_a_file_that_is_read_is_never_written(capsys, tokens):
    Path("last.json").write_text("{}")
    assert "which is read here; give it a file of its own" in refused(capsys, *tokens)


def test_an_absolute_path_is_the_same_file(capsys):
    assert "is read here" in refused(capsys, *COMPARE, "--save", str(Path("tree.json").absolute()))


def test_options_of_a_file_are_held_against_each_other_too(capsys):
    Path("where.toml").write_text('save = "tree.json"')
    assert "--save would write over" in refused(capsys, *COMPARE, "--config", "where.toml")


def test_two_files_to_write_are_two_files(capsys):
    told = refused(capsys, *COMPARE, "--html", "made.html", "--save", "made.json")
    assert "would both write" in told


@pytest.mark.parametrize("tree", ["folders", "folder:folders", "./folders/"])
@pytest.mark.parametrize("place", ["folders/r.html", "folders/all/r.html", "folders/new/a/r.html"])
def test_nothing_is_written_into_a_folder_that_is_read(capsys, tree, place):
    told = refused(capsys, "compare", "proxies.npz", tree, "--html", place)
    assert "into the folder" in told
    assert "write it elsewhere" in told


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ((*COMPARE, "--html", "s.csv", "--save", "s.csv"), "must end in"),
        ((*COMPARE, "--save", "result"), "must end in .json"),
        ((*COMPARE, "--save", "result.html"), "must end in .json"),
        ((*COMPARE, "--html", "report.json"), "must end in .html or .htm"),
        (("demo", "--out", "report.json"), "must end in .html or .htm"),
        (("infer", "proxies.npz", "--out", "tree.csv"), "or .json"),
        (("infer", "proxies.npz", "--json", "--out", "new.nwk"), "must end in .json"),
        ((*COMPARE, "--save", "/dev/stdout"), "is a device or pipe"),
        ((*COMPARE, "--html", os.devnull), "is a device or pipe"),
        ((*COMPARE, "--save", "pipe.json"), "is a device or pipe"),
        ((*COMPARE, "--save", "folders"), "is a folder"),
        ((*COMPARE, "--save", "kept.json"), "is protected from writing"),
        ((*COMPARE, "--save", "tree.json/new.json"), "takes no files"),
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(capsys, monkeypatch, tokens, told):
    monkeypatch.setattr(ht, "compare", None)
    os.mkfifo("pipe.json")
    Path("kept.json").write_text("kept")
    os.chmod("kept.json", 0o444)
    assert run(tokens) == 2
    assert told in capsys.readouterr().err
    assert Path("kept.json").read_text() == "kept"


def test_what_is_written_can_be_written_again_and_links_stay(capsys):
    os.symlink("real.html", "report.html")
    for _ in "ab":
        assert run([*COMPARE, "--html", "report.html", "--save", "r.json"]) == 0
    assert Path("report.html").is_symlink()
    assert Path("real.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run(["show", "r.json"]) == 0


def test_infer_writes_what_the_ending_says(capsys):
    for name in ("new.nwk", "new.json"):
        assert run(["infer", "proxies.npz", "--out", name]) == 0
        assert sorted(ht.read_tree(name).classes) == sorted(CLASSES)
    json.loads(Path("new.json").read_text())


def without_reader(*tokens: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose output is a pipe that nobody reads any more."""
    read, write = os.pipe()
    os.close(read)
    try:
        return subprocess.run(
            [sys.executable, "-m", "hiertools", *tokens],
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=600,
        )
    finally:
        os.close(write)


def test_files_are_written_though_nobody_reads_the_text():
    done = without_reader(*COMPARE, "--save", "r.json", "--html", "r.html")
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert len(ht.Comparison.from_json("r.json").classes) == 4
    assert Path("r.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize(
    "tokens",
    [
        ("show", "tree.json"),
        ("infer", "proxies.npz"),
        ("distance", "tree.json", "tree.nwk"),
        ("producers",),
        ("evaluate", "predictions.npz", "tree.nwk", "--no-intervals", "--save", "last.json"),
    ],
)
def test_a_reader_that_left_is_no_fault(tokens):
    done = without_reader(*tokens)
    assert (done.returncode, done.stderr) == (141, "")
    assert Path("last.json").exists() == ("last.json" in tokens)


def test_a_reader_that_left_does_not_hide_a_broken_limit():
    tokens = ("evaluate", "predictions.npz", "tree.nwk", "--no-intervals")
    done = without_reader(*tokens, "--fail-under", "accuracy=1.1", "--save", "last.json")
    assert done.returncode == 1
    assert "limit broken: accuracy" in done.stderr
    assert Path("last.json").exists()


@pytest.mark.parametrize("blank", ["", " ", "\t"])
@pytest.mark.parametrize(
    "tokens",
    [
        ("show", "{}"),
        ("infer", "{}"),
        ("infer", "proxies.npz", "--out", "{}"),
        ("infer", "bare.npz", "--classes", "{}"),
        ("infer", "bare.npz", "--classes={}"),
        ("distance", "tree.nwk", "{}"),
        ("compare-trees", "tree.nwk", "x={}"),
        ("tree-likeness", "proxies.npz", "--per-class", "{}"),
        ("compare", "{}", "tree.nwk"),
        ("compare", "proxies.npz", "{}"),
        ("compare", "a={}", "tree.nwk"),
        ("compare", "torch:model.pt?classes={}", "tree.nwk"),
        (*COMPARE, "--save", "{}"),
        (*COMPARE, "--html={}"),
        (*COMPARE, "--baseline", "{}"),
        (*COMPARE, "--config", "{}"),
        ("evaluate", "{}", "tree.nwk"),
        ("evaluate", "predictions.npz", "tree.nwk", "--against", "{}"),
        ("evaluate", "predictions.npz", "tree.nwk", "--representatives", "{}"),
        ("demo", "--out", "{}"),
    ],
)
def test_an_empty_argument_is_no_path(capsys, tokens, blank):
    told = refused(capsys, *(token.format(blank) for token in tokens))
    assert "is a shell variable unset?" in told


@pytest.mark.parametrize("name", ["save", "classes", "baseline", "html"])
def test_an_empty_option_in_a_file_is_no_path(capsys, name):
    Path("empty.toml").write_text(f'{name} = ""')
    assert f"leaves {name} empty" in refused(capsys, *COMPARE, "--config", "empty.toml")


@pytest.mark.parametrize("blank", ["", " "])
@pytest.mark.parametrize(
    "call",
    [
        ht.read_tree,
        ht.as_tree,
        ht.ClassTree.from_folder,
        ht.read_representatives,
        ht.as_representatives,
        ht.read_predictions,
        produce,
        lambda path: ht.read_tree(path, format="folder"),
        lambda path: ht.compare("proxies.npz", path),
        lambda path: ht.compare(path, "tree.nwk"),
        lambda path: ht.evaluate(path, "tree.nwk"),
        lambda path: ht.write_tree(ht.read_tree("tree.nwk"), path),
        lambda path: ht.write_tree(ht.read_tree("tree.nwk"), path, format="newick"),
        lambda path: ht.read_representatives("proxies.npz").save(path),
        lambda path: ht.read_predictions("predictions.npz").save(path),
        lambda path: ht.compare("proxies.npz", "tree.nwk", permutations=0).to_json(path),
        lambda path: ht.compare("proxies.npz", "tree.nwk", permutations=0).to_html(path),
        ht.Comparison.from_json,
        from_nabirds,
        from_inaturalist,
        lambda path: from_ncbi(path, classes=["Lynx lynx"]),
    ],
)
def test_an_empty_path_is_refused_in_python_too(call, blank):
    with pytest.raises(ht.HiertoolsError, match="is empty: is a shell variable unset"):
        call(blank)


def test_the_current_folder_can_be_named():
    os.chdir("folders/all")
    assert run(["show", "."]) == 0
    assert sorted(ht.read_tree(Path()).classes) == sorted(CLASSES)


def test_names_of_classes_are_split_at_line_ends_only(capsys):
    names = ["ly\u2028nx", "wo\x0blf", "ne\x85wt", "toad"]
    Path("odd.txt").write_bytes("\r\n".join(["\ufeff" + names[0], *names[1:]]).encode() + b"\r\n")
    assert run(["infer", "bare.npz", "--classes", "odd.txt", "--json"]) == 0
    tree = ht.ClassTree.from_json(capsys.readouterr().out)
    assert sorted(tree.classes) == sorted(names)
