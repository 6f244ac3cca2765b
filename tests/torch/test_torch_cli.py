"""The command line of hiertools_torch."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hiertools as ht
import hiertools_torch
from hiertools.decisions import BackOff
from hiertools_torch import cli
from hiertools_torch.config import Config
from hiertools_torch.errors import TrainingError
from hiertools_torch.runs.run import Run

FEW = "cat,dog,car,bus,apple,banana"
QUICK = ["--subset", FEW, "--width", "2", "--dim", "8", "--train-per-class", "20", "--epochs", "1"]
"""Options of a training of a fraction of a second, as the command line takes them."""


CHECKOUT = Path(__file__).parents[2]


def command(*words: object) -> None:
    cli.main([str(word) for word in words])


def refused(capsys, *words: object) -> str:
    """Return the sentence that a wrong command ends with."""
    with pytest.raises(SystemExit) as stop:
        command(*words)
    assert stop.value.code == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1, written.err
    return written.err


@pytest.mark.parametrize(
    "words",
    [
        ("train", "--epochs"),
        ("train", "--seed"),
        ("train", "--image-size"),
        ("study", "--models", "softmax", "--jobs"),
        ("study", "--models", "softmax", "--seeds", "0"),
    ],
)
def test_a_whole_number_is_not_rounded(capsys, words):
    assert "1.5" in refused(capsys, *words, "1.5")


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("train", "--data", "cifar100", "--root"), "root"),
        (("train", "--data", "nabirds", "--root"), "root"),
        (("train", "--data", "micros", "--root", "/tmp", "--tree"), "tree"),
        (("study", "--models", "softmax", "--seeds", "0", "--dry-run", "--out"), "out"),
    ],
)
def test_a_name_that_no_file_has(capsys, words, option):
    told = refused(capsys, *words, "x" * 300)
    assert re.search(rf"\b{option} 'x+\.\.\.' has a name of 300 bytes", told)


def test_a_file_of_ones_own_that_ends_the_program_is_told(capsys, tmp_path):
    (tmp_path / "mine.py").write_text("import sys\nsys.exit(3)\n")
    told = refused(capsys, "train", "--own", f"{tmp_path / 'mine.py'}:parts")
    assert "fails: SystemExit: 3." in told


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_dry_run_that_is_refused_prints_nothing(capsys, tmp_path, as_json):
    (tmp_path / "s.yaml").write_text(
        "data: {x: {data: cifar100, root: gone}}\nconfigurations: [softmax]\nseeds: [0]\n"
    )
    told = refused(capsys, "study", tmp_path / "s.yaml", "--dry-run", *as_json)
    assert "root='gone' does not exist" in told


@pytest.fixture
def run(tiny, tmp_path):
    return hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "run")


def test_train_evaluate_export(tmp_path, capsys):
    (tmp_path / "base.yaml").write_text("model: normface\nbatch_size: 30\nepochs: 9\n")
    command("train", tmp_path / "base.yaml", *QUICK, "--scale-value", "16", "--out", "a", "--quiet")
    assert "best checkpoint: epoch 1, accuracy" in capsys.readouterr().out
    config = Run("a").config
    assert (config.model, config.batch_size, config.scale_value) == ("normface", 30, 16.0)
    assert config.epochs == 1

    command("train", "--resume", "--out", "a", "--json")
    assert set(json.loads(capsys.readouterr().out)["results"]) == {"best", "last"}
    command("evaluate", "a", "--json")
    assert json.loads(capsys.readouterr().out)
    command("evaluate", "a", "--checkpoint", "last", "--html", "report.html")
    assert "accuracy" in capsys.readouterr().out
    command("export", "a", "--checkpoint", "last", "--out", "b")
    capsys.readouterr()
    assert ht.read_representatives("b/prototypes.npz").provenance["checkpoint"] == "last"


def test_evaluate_takes_what_hiertools_evaluate_takes(run, tiny, tmp_path, capsys):
    other = hiertools_torch.train(**{**tiny, "seed": 1}, epochs=1, out=tmp_path / "other")
    few = ("--no-intervals", "--k", "1", "--hs-k", "1")
    command("evaluate", run.folder, *few, "--level", "0", "--save", "now.json")
    said = capsys.readouterr().out
    saved = ht.read_result("now.json")
    direct = ht.evaluate(run.predictions(), run.tree, k=1, hs_k=1, levels=0, intervals=False)
    assert saved.scores.equals(direct.scores)
    assert str(direct) in said
    command("evaluate", run.folder, *few, "--level", "0", "--against", "now.json")
    assert "nothing." in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        command("evaluate", run.folder, *few, "--fail-under", "accuracy=2")
    assert stop.value.code == 1
    assert "limit broken" in capsys.readouterr().err
    command("evaluate", f"a={run.folder}", f"b={other.folder}", *few)
    assert "a " in capsys.readouterr().out.splitlines()[0]
    command("evaluate", run.folder, *few, "--representatives", "both", "--save", "both.json")
    assert ht.read_result("both.json").models == ("proxy", "prototype")
    command("evaluate", run.folder, *few, "--checkpoint", "last", "--representatives", "prototype")
    names = run.tree.classes
    table = [("thing", "living"), ("thing", "made")]
    table += [(up, name) for name in names for up in ("living", "made")[: 1 + (name == names[0])]]
    rows = "\n".join(",".join(row) for row in [("parent", "child"), *table])
    Path("edges.csv").write_text(rows)
    command("evaluate", run.folder, *few, "--tree", "edges.csv", "--graph", "--json")
    assert "several parents" in capsys.readouterr().out
    scored = ["--summed", "--selective", "climbing", "--temperature", "2"]
    command("evaluate", run.folder, *few, *scored, "--save", "sums.json")
    summed = ht.evaluate(
        run.predictions(),
        run.tree,
        k=1,
        hs_k=1,
        summed=True,
        selective="climbing",
        temperature=2,
        intervals=False,
    )
    assert ht.read_result("sums.json").scores.equals(summed.scores)
    rule = BackOff(run.tree, accuracy=0.5).fit(run.predictions(), run.predictions().labels)
    rule.to_json("rule.json")
    capsys.readouterr()
    command("evaluate", run.folder, *few, "--rule", "rule.json")
    assert "specificity" in capsys.readouterr().out
    for words, message in (
        ([], "evaluate needs a run"),
        ([f"a={run.folder}", f"a={other.folder}"], "'a' names 2 run folders"),
        ([f"a={run.folder}", f"b={other.folder}", "--representatives", "proxy"], "reads one run"),
        ([run.folder, "--save", run.folder / "tree.json"], "would write over"),
    ):
        assert message in refused(capsys, "evaluate", *words)


def test_study_and_demo(capsys, monkeypatch):
    command("study", "--models", "softmax", "corr", "--seeds", "0", "1", "--out", "s", *QUICK,
            "--permutations", "9", "--quiet", "--jobs", "0")  # fmt: skip
    out = capsys.readouterr().out
    assert "**quickdraw: accuracy against the severity of mistakes**" in out
    assert "Report: s/study.html\nReport: s/report.html" in out
    page = Path("s/study.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert all(
        title in page for title in ("All measures", "Learning curves", "What the seeds agree on")
    )
    assert list(ht.read_result("s/result.json")) == [
        f"{model} {kind}" for model in ("softmax", "corr") for kind in ("proxy", "prototype")
    ]
    command("study", "--models", "softmax", "--seeds", "0", "--out", "s", *QUICK, "--json",
            "--permutations", "9")  # fmt: skip
    rows = json.loads(capsys.readouterr().out)
    assert {row["kind"] for row in rows} == {"proxy", "prototype", "predictions"}
    # A page that can't be made costs nothing else.
    (prototypes,) = Path("s/runs").glob("*-softmax-seed0-*/prototypes.npz")
    prototypes.write_bytes(b"")
    command("study", "--models", "softmax", "--seeds", "0", "--out", "s", *QUICK, "--quiet",
            "--permutations", "9")  # fmt: skip
    told = capsys.readouterr()
    assert "| softmax | " in told.out
    assert "Report:" not in told.out
    assert told.err.startswith("No study.html: ")
    assert "\nNo report on quickdraw: " in told.err
    few = {"epochs": 1, "subset": FEW, "width": 2}
    monkeypatch.setattr("hiertools_torch.studies.conduct.DEMO", few)
    command("demo", "--out", "d", "--quiet")
    assert "| proxydr | " in capsys.readouterr().out


def test_wrong_commands_end_with_one_sentence(run, tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("modell: corr\n")
    for words, message in (
        (["train", "--modle", "corr"], "Did you mean --model?"),
        (["train", "--lr", "0.1"], "Unknown option: --lr. Did you mean --learning-rate?"),
        (["train", "--qqq=1"], "Unknown option: --qqq=1. See: hiertools_torch --help\n"),
        (["train", "--subset", "cat"], "subset='cat' names one class, and a classifier tells"),
        (["train", "--subset", ", ,"], "subset=', ,' names no class, and a classifier tells"),
        (["study", "--subset", "cat,"], "subset='cat,' names one class, and a classifier tells"),
        (["export", run.folder, "--out", tmp_path / "bad.yaml"], "bad.yaml' is a file; name a"),
        (["study", "--lr", "0.1"], "Unknown option: --lr. Did you mean --learning-rate?"),
        (["train", "--out", tmp_path / "bad.yaml"], "bad.yaml' is a file; name a folder"),
        (["study", "--out", tmp_path / "bad.yaml"], "bad.yaml' is a file; name a folder"),
        (["export", "nowhere"], "There is no checkpoint nowhere/best.pt: there is no folder"),
        (["train", "--model", "cor"], 'Did you mean "corr"?'),
        (["train", tmp_path / "bad.yaml"], "'modell' (did you mean 'model'?)"),
        (["train", "--model", "softmax", "--proxies", "ema"], "proxies='ema' contradicts model="),
        (["train", "--out", run.folder], "is not empty; pass --resume"),
        (["train", "none.yaml"], "there is no file 'none.yaml'"),
        (["evaluate", "nowhere"], "nowhere is no run folder"),
        (["export", tmp_path], "There is no checkpoint"),
        (["study", "--seed", "3"], "A study has --seeds, not --seed."),
        (["study", "--models"], "--models is followed by no value: is a shell variable unset?"),
        (["study", "--models", "corr", "--seeds"], "--seeds is followed by no value"),
        (["study", "--config", "--dry-run"], "--config is followed by no value"),
        (["study", "--empty-models"], "Unknown option: --empty-models. Did you mean --models?"),
    ):
        assert message in refused(capsys, *words)


def test_help_names_every_option_and_shows_examples(capsys):
    for name in ("train", "evaluate", "export", "study", "demo"):
        command(name, "--help")
        text = " ".join(capsys.readouterr().out.split())
        assert text.count(f"hiertools_torch {name}") >= 2  # once in the line of usage
        assert "--empty-" not in text
        for word in re.findall(r"examples/\S+", text):
            assert (CHECKOUT / word).exists()
        if name == "train":
            for field in Config.__dataclass_fields__:
                assert f"--{field.replace('_', '-')}" in text


def test_the_version_is_that_of_hiertools(capsys):
    command("--version")
    assert capsys.readouterr().out.strip() == ht.__version__


def test_progress_lines_unless_quiet(capsys):
    command("train", *QUICK, "--out", "a")
    assert "proxies~tree" in capsys.readouterr().err
    command("train", *QUICK, "--out", "b", "--quiet")
    assert capsys.readouterr().err == ""


def test_a_progress_bar_on_a_terminal(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    command("train", *QUICK, "--out", "a")
    assert "proxies~tree" in capsys.readouterr().err


def test_files_that_are_read_are_never_written(run, tmp_path, capsys):
    words = QUICK[:-2]
    (tmp_path / "images" / "lynx").mkdir(parents=True)
    report = tmp_path / "report.html"
    report.symlink_to(run.folder / "tree.json")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "table.md").symlink_to(tmp_path / "base.yaml")
    (tmp_path / "base.yaml").write_text("width: 2\n")
    hiertools_torch.train(subset=FEW, width=2, dim=8, train_per_class=20, epochs=0, out="other")
    folders = ["--data", "mesoz", "--root", tmp_path / "images"]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for told, line in (
        ("must end in .html or .htm", ["evaluate", run.folder, "--html", run.folder / "tree.json"]),
        ("would write over", ["evaluate", run.folder, "--html", report]),
        ("is a folder", ["evaluate", run.folder, "--html", tmp_path]),
        (
            "would write over",
            ["train", run.folder / "config.yaml", "--overwrite", "--out", run.folder],
        ),
        ("into the folder", ["train", *folders, "--out", tmp_path / "images/run"]),
        ("into the folder", ["study", *folders, "--out", tmp_path / "images/study"]),
        ("would write over", ["study", *words, "--config", tmp_path / "base.yaml", "--out", taken]),
        ("is the folder of another run", ["export", run.folder, "--out", "other"]),
    ):
        assert told in refused(capsys, *line)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_a_folder_below_a_file_cannot_be_made(tiny, tmp_path, capsys):
    file = tmp_path / "file"
    file.touch()
    for words in (("train", *QUICK), ("study",), ("demo",)):
        for place in (file, file / "x", file / "x" / "y"):
            told = refused(capsys, *words, "--out", place)
            if place == file:
                assert f"--out '{file}' is a file; name a folder" in told
            else:
                assert f"'{file}' is a file and takes no files; name another folder." in told
    for place in (file / "x", file / "x" / "y"):
        with pytest.raises(TrainingError, match=r"can't be made: .*file is a file; give another"):
            hiertools_torch.train(out=place, **tiny)
    assert file.read_bytes() == b""


def test_an_empty_argument_is_no_path(run, tmp_path, capsys):
    (tmp_path / "empty.yaml").write_text("subset: ''\n")
    for words in (
        ["train", ""],
        ["train", "--out", ""],
        ["train", "--out="],
        ["train", "--subset", " "],
        ["train", tmp_path / "empty.yaml"],
        ["evaluate", ""],
        ["evaluate", run.folder, "--html", ""],
        ["export", run.folder, "--out", ""],
        ["study", "--config", ""],
        ["demo", "--out", ""],
    ):
        assert "is a shell variable unset?" in refused(capsys, *words)
    for call in (
        Run,
        Config.read,
        hiertools_torch.export,
        lambda path: hiertools_torch.train(out=path),
        lambda path: hiertools_torch.study(out=path),
        lambda path: hiertools_torch.export(run.folder, out=path),
        lambda path: Config(data="folder", root=path),
    ):
        with pytest.raises(ht.OptionError, match="is empty: is a shell variable unset"):
            call("")


def test_a_reader_that_left_loses_no_file(run, tmp_path):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "hiertools_torch", "evaluate", run.folder, "--html", "r.html"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        timeout=600,
    )
    os.close(write)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert Path("r.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_what_the_system_refuses_is_one_sentence(run, monkeypatch, capsys):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "r.html")

    monkeypatch.setattr(ht.Evaluation, "to_html", full)
    assert "No space left on device: 'r.html'." in refused(
        capsys, "evaluate", run.folder, "--html", "r.html"
    )


def test_output_escapes_what_its_encoding_lacks(tiny, tmp_path, monkeypatch):
    out = tmp_path / "läufe 猫"
    hiertools_torch.train(**tiny, epochs=1, out=out)
    commands = ("train", "evaluate", "export", "study", "demo")
    resumed = ["train", "--resume", "--out", out, "--quiet"]
    helps = [[name, "--help"] for name in commands]
    for encoding in ("ascii", "cp1252"):
        for words in (*helps, resumed, ["evaluate", out], ["export", out]):
            stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
            with monkeypatch.context() as patch:
                patch.setattr("sys.stdout", stream)
                command(*words)
            told = stream.buffer.getvalue().decode(encoding)
            assert told.strip()
            assert ("\\u732b" in told) == (words in (resumed, ["export", out]))


@pytest.mark.parametrize(
    "tokens", [["--help"], ["study", "--help"], ["train", "-h"], ["--version"]]
)
def test_help_does_not_wait_for_pytorch(tokens):
    code = (
        "import sys\n"
        "from hiertools_torch.cli import main\n"
        f"main({tokens})\n"
        "print('torch' in sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout
    assert done.stderr == "False\n"
