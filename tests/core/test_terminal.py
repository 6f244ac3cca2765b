"""What is printed on a terminal: nothing cut, nothing obeyed; how far a long command is."""

import io
import math
import re

import numpy as np
import pytest
from rich.console import Console

import hiertools as ht
from hiertools._core.progress import along, listening, stretch
from hiertools._core.threads import limited, thread_map
from hiertools.cli import output, run
from hiertools.cli.app import build
from hiertools.reporting.parts import Notes, Paragraph, Text, TextTable, width

TREE = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
VECTORS = {"lynx": [1, 0.1], "wolf": [1, 0.3], "newt": [0.1, 1], "toad": [0.4, 1]}


def drawn(part, columns):
    stream = io.StringIO()
    Console(file=stream, width=columns, markup=False, emoji=False, highlight=False).print(part)
    return stream.getvalue()


def results():
    model = ht.compare(VECTORS, TREE, permutations=9)
    yield model
    yield ht.compare({"a": VECTORS, "b": VECTORS}, TREE, permutations=9)
    made = ht.Predictions(["lynx", "newt"], classes=TREE.classes, ranked=["wolf", "newt"])
    yield ht.evaluate(made, TREE, intervals=False)
    yield ht.evaluate({"a": made, "b": made}, TREE, intervals=False)
    yield ht.consensus([TREE, model.inferred])


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("number", range(5))
def test_a_terminal_shows_what_the_text_says(columns, number):
    result = list(results())[number]
    shown = drawn(result, columns)
    assert max(map(width, shown.splitlines())) <= columns
    words = set(shown.split())
    assert set(str(result).split()) <= words | {"-"}, "a word of the text is cut or missing"
    if columns == 200:
        assert shown.splitlines()[0].rstrip() == str(result).splitlines()[0]


def test_columns_that_do_not_fit_stand_below_with_the_first_one_again():
    table = TextTable({"class": ["ant", "whale"], "x": ["1.0", "-2.5"], "y": ["a", "b"]})
    assert (
        drawn(table, 11)
        == "class     x\nant     1.0\nwhale  -2.5\n\nclass  y\nant    a\nwhale  b\n"
    )
    assert drawn(table, 40) == f"{table}\n"


def test_letters_that_take_two_columns_are_counted_so():
    lines = str(TextTable({"class": ["梟", "owl"], "x": ["1", "2"]})).splitlines()
    assert [width(line) for line in lines] == [8, 8, 8]


def test_a_terminal_obeys_no_name():
    name = "a[red]\x1b[31mb\n"
    parts = Text(Paragraph(name), TextTable({name: [name]}), Notes((name,)), name)
    for columns in (20, 100):
        shown = drawn(parts, columns)
        assert "\x1b" not in shown
        assert "[red]" in shown


def test_the_command_line_draws_on_terminals_alone(monkeypatch, capsys):
    result = ht.compare(VECTORS, TREE, permutations=9)
    output.deliver(result, around=output.around(result))
    plain = capsys.readouterr().out
    assert str(result) in plain
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    output.deliver(result, around=output.around(result))
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # bold and not
    assert max(map(width, shown.splitlines())) <= 40


TREES = {
    "tree.nwk": "((lynx,wolf),newt);\n",
    "tree.nex": "#NEXUS\nbegin trees;\ntree a = ((lynx,wolf),newt);\nend;\n",
    "tree.csv": "class,family\nlynx,mammals\nwolf,mammals\nnewt,amphibians\n",
    "tree.tsv": "class\tfamily\nlynx\tmammals\nwolf\tmammals\nnewt\tamphibians\n",
    "tree.json": '{"mammals": ["lynx", "wolf"], "amphibians": ["newt"]}',
}


@pytest.mark.parametrize("name", TREES)
def test_show_reads_a_pipe(monkeypatch, capsys, tmp_path, name):
    path = tmp_path / name
    path.write_text(TREES[name])
    assert run(["show", str(path)]) == 0
    expected = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert run(["show", "-"]) == 0
    assert capsys.readouterr().out == expected


def test_show_reads_a_result_and_refuses_rubbish_through_a_pipe(monkeypatch, capsys):
    result = ht.compare(VECTORS, TREE, permutations=9)
    for text, status, told in (
        (result.to_json(), 0, str(result).splitlines()[0]),
        ("((a,b);", 2, "hiertools: standard-input.nwk: Newick text: 1 of"),
        ("", 2, "standard input is empty."),
    ):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert run(["show", "-"]) == status
        captured = capsys.readouterr()
        assert told in captured.out + captured.err
        assert "/tmp" not in captured.err


# ---- how far a long call is


def heard(call):
    shares = []
    with listening(shares.append):
        result = call()
    return shares, result


@pytest.mark.parametrize("threads", [1, 2])
def test_shares_rise_to_the_whole(threads):
    tree = ht.load_paper_tree("mesoz")
    rng = np.random.default_rng(0)
    models = {
        name: ht.ClassRepresentatives(rng.normal(size=(52, 4)), tree.classes) for name in "ab"
    }
    shares, result = heard(lambda: ht.compare(models, tree, permutations=99, threads=threads))
    assert len(shares) > 10
    assert np.diff(shares).min() > -1e-9
    assert math.isclose(shares[-1], 1.0)
    assert str(result) == str(ht.compare(models, tree, permutations=99))


def test_shares_of_an_evaluation_rise_to_the_whole():
    rng = np.random.default_rng(0)
    y = rng.integers(4, size=60)
    models = {
        name: ht.Predictions(y, classes=TREE.classes, ranked=rng.integers(4, size=60))
        for name in "abc"
    }
    shares, _ = heard(lambda: ht.evaluate(models, TREE, n_bootstrap=99, permutations=99))
    assert np.diff(shares).min() > -1e-9
    assert math.isclose(shares[-1], 1.0)


def test_weights_and_stretches_divide_what_they_are_in():
    def work():
        for _ in along("ab", weights=[3.0, 1.0]):
            with stretch(0.0, 0.5):
                pass
            with limited(1):
                thread_map(abs, [1, 2], told=True)

    shares, _ = heard(work)
    assert shares == [0.375, 0.375, 0.75, 0.75, 0.875, 0.875, 1.0, 1.0]


def test_nobody_listens_after_the_block():
    with listening(pytest.fail):
        pass
    assert list(along([1, 2])) == [1, 2]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_tab_key_completes_commands_and_options(shell):
    script = build().generate_completion(prog_name="hiertools", shell=shell)
    assert "evaluate" in script
    assert "permutations" in script
