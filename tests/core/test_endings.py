"""How commands end: with a status, and one line on standard error where it isn't 0."""

import errno
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hiertools as ht
import hiertools.cli.app
from hiertools.cli import run
from hiertools.cli.ending import ended
from hiertools.cli.output import escaping
from hiertools.errors import FileFormatError, HiertoolsWarning, OptionError


@pytest.mark.parametrize(
    ("cause", "status", "line"),
    [
        (OptionError("that is\nno option."), 2, "x: that is\\nno option.\n"),
        (FileFormatError("a.csv: say names=."), 2, "x: a.csv: say names=.\n"),
        (OSError(errno.ENOSPC, "No space left on device", "a.json"), 2,
         "x: No space left on device: 'a.json'.\n"),
        (MemoryError(), 2,
         "x: this needs more memory than is free; give fewer classes, or a larger machine.\n"),
        (HiertoolsWarning("the file is odd."), 2,
         "x: the file is odd; that is a warning, which PYTHONWARNINGS makes an error.\n"),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), 2,
         "x: the current folder is there no more; go to one that is.\n"),
        (KeyboardInterrupt(), 130, "x: interrupted.\n"),
        (BrokenPipeError(), 141, ""),
    ],
)  # fmt: skip
def test_each_ending(cause, status, line, capsys):
    def command():
        raise cause

    assert ended("x", command) == status
    assert capsys.readouterr().err == line


def test_advice_on_the_file_of_a_tree_is_told_as_a_command_takes_it(tmp_path, capsys):
    path = tmp_path / "two.nwk"
    path.write_text("(a,b);(a,b);", encoding="utf-8")
    assert ended("x", lambda: ht.as_tree(path)) == 2
    said = (
        f"say which to read with tree=0 or tree=1, or keep one. On the command line: 'file:{path}"
    )
    assert f"{said}?tree=0'." in capsys.readouterr().err
    assert ht.as_tree(f"file:{path}?tree=0").classes == ("a", "b")


def test_a_command_that_returns_a_status_ends_with_it():
    assert [ended("x", lambda value=value: value) for value in (None, 0, 1, "text")] == [0, 0, 1, 0]


def test_only_one_of_several_processes_speaks(capsys):
    def command():
        raise KeyboardInterrupt

    assert ended("x", command, speaks=lambda: False) == 130
    assert capsys.readouterr().err == ""


def test_who_is_stopped_says_how_to_go_on_and_the_outermost_knows_best(capsys):
    def command():
        stop = KeyboardInterrupt()
        stop.add_note("Resume the run.")
        stop.add_note("Repeat the command.")
        raise stop

    assert ended("x", command) == 130
    assert capsys.readouterr().err == "x: interrupted. Repeat the command.\n"


# SIGTERM comes: to a process forked from the command, and then to the command itself.
TERMINATED = """
import os, signal, sys
from hiertools.cli.ending import ended

def command():
    child = os.fork()
    if not child:
        os.kill(os.getpid(), signal.SIGTERM)
    assert os.waitpid(child, 0)[1] == signal.SIGTERM
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        print("in order")

status = ended("x", lambda: ended("x", command))
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
sys.exit(status)
"""


def test_sigterm_ends_a_command_in_order_with_one_line():
    done = subprocess.run([sys.executable, "-c", TERMINATED], capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout) == (143, "x: terminated.\n", "in order\n")


# A signal comes while Python forks, when it ignores whatever is raised; and another thing then.
WHILE_FORKING = """
import os, signal, sys, time
from hiertools.cli.ending import ended

def told():
    raise ValueError("something else")

def command():
    for _ in range(3):
        if not os.fork():
            os._exit(0)
    time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
os.register_at_fork(after_in_parent=told)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIG{name}))
hook = sys.unraisablehook
status = ended("x", lambda: ended("x", command))
assert sys.unraisablehook is hook
sys.exit(status)
"""


@pytest.mark.parametrize(("name", "status"), [("TERM", 143), ("INT", 130)])
def test_a_signal_is_not_lost_while_python_forks(name, status):
    done = subprocess.run(
        [sys.executable, "-c", WHILE_FORKING.format(name=name)], capture_output=True, text=True,
        timeout=50,
    )  # fmt: skip
    word = {"TERM": "terminated", "INT": "interrupted"}[name]
    assert (done.returncode, done.stderr.splitlines()[-1]) == (status, f"x: {word}.")
    assert "something else" in done.stderr


def test_ctrl_c_inside_a_command(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(hiertools.cli.app, "check_files", interrupted)
    assert run(["show", "result.json"]) == 130
    assert capsys.readouterr().err == "hiertools: interrupted.\n"


# Ctrl-C arrives while a library is being imported.
WHILE_IMPORTING = """
import sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "cyclopts":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupts())
from {package}.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "package", ["hiertools", pytest.param("hiertools_torch", marks=pytest.mark.needs("torch"))]
)
def test_ctrl_c_while_modules_are_imported(package):
    done = subprocess.run(
        [sys.executable, "-c", WHILE_IMPORTING.format(package=package)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 130
    assert done.stderr == f"{package}: interrupted.\n"


def test_a_message_holds_nothing_that_a_terminal_obeys(capsys):
    assert run(["show", "\x1b[31mred\u202e.json"]) == 2
    told = capsys.readouterr().err
    assert told.isprintable() or told.rstrip("\n").isprintable()
    assert "\\x1b[31mred\\u202e.json" in told


BROKEN = {
    "import pair": "torchvision and torch",
    "raise OSError('libcuda.so.9: cannot open shared object file')": "torchvision is broken",
    "raise AttributeError('module has no attribute x')": "torchvision is broken",
    "raise ImportError('undefined symbol')": "torchvision is broken",
}


@pytest.mark.parametrize("body", BROKEN)
def test_a_library_that_breaks_on_import_is_named(body, tmp_path, monkeypatch, capsys):
    (tmp_path / "made_up_vision.py").write_text(body.replace("pair", "made_up_torch"))
    (tmp_path / "made_up_torch.py").write_text("raise RuntimeError('operator nms does not exist')")
    monkeypatch.syspath_prepend(tmp_path)

    def command():
        import made_up_vision  # noqa: F401

    assert ended("x", command) == 2
    told = capsys.readouterr().err.replace("made_up_vision", "torchvision")
    told = told.replace("made_up_torch", "torch")
    assert told.startswith("x: torchvision, which is needed, can't be imported (")
    assert BROKEN[body] in told
    assert "pip uninstall torchvision" in told
    assert told.count("\n") == 1


def test_a_core_library_that_is_missing_is_named(monkeypatch, capsys):
    def command():
        import no_such_library  # noqa: F401

    assert ended("x", command) == 2
    told = capsys.readouterr().err
    assert "no_such_library, which is needed, can't be imported" in told
    assert told.endswith("; install it with: pip install no_such_library.\n")


def ended_in_a_shell(words, redirection):
    """Run a command of a shell, and return its status and what it printed and told."""
    line = f"{sys.executable} -m hiertools {words} {redirection}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="closes and fills streams as shells do")
@pytest.mark.parametrize(
    ("redirection", "out", "err"),
    [
        (">&-", False, True),
        ("2>&-", True, False),
        (">&- 2>&-", False, False),
        ("<&- >&- 2>&-", False, False),
        ("2>/dev/full", True, False),
    ],
)
def test_a_stream_that_takes_nothing_changes_neither_work_nor_status(files, redirection, out, err):
    made = f"infer {files / 'v.npz'} --out {files / 'made.json'}"
    status, printed, told = ended_in_a_shell(made, redirection)
    assert (status, printed) == (0, "")
    assert told.startswith("Wrote ") == err
    assert ht.read_tree(files / "made.json").n_classes == 6
    status, printed, told = ended_in_a_shell(f"show {files / 'tree.json'}", redirection)
    assert (status, bool(printed), told) == (0, out, "")
    status, printed, told = ended_in_a_shell("show gone.nwk", redirection)
    assert (status, printed) == (2, "")
    assert told == ("hiertools: there is no file 'gone.nwk'.\n" if err else "")


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as shells do")
def test_what_is_closed_keeps_its_number_from_files():
    """A library that prints to number 1 would else print into the file that was opened last."""
    code = (
        "import os\n"
        "from hiertools.cli.surroundings import standing\n"
        "with standing():\n"
        "    with open('made.txt', 'w') as file:\n"
        "        os.write(1, b'noise')\n"
        "        os.write(2, b'noise')\n"
        "        print('printed')\n"
        "        file.write('whole')\n"
    )
    line = [sys.executable, "-c", code]
    subprocess.run(f"{shlex.join(line)} >&- 2>&-", shell=True, check=True, timeout=300)
    assert Path("made.txt").read_text() == "whole"


@pytest.mark.parametrize("columns", ["0", "1", "7"])
@pytest.mark.parametrize("words", [["compare", "--help"], ["show", "tree.json"]])
def test_no_terminal_is_too_narrow(files, monkeypatch, capsys, columns, words):
    monkeypatch.chdir(files)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert run(words) == 0
    assert len(capsys.readouterr().out.splitlines()) < 500
    assert os.environ["COLUMNS"] == columns


@pytest.mark.skipif(sys.platform == "win32", reason="sets a variable as shells do")
def test_a_report_is_drawn_whatever_shows_figures_elsewhere(files):
    """Notebooks set it for the commands that they call, and another environment lacks it."""
    words = f"compare {files / 'v.npz'} {files / 'tree.json'} --permutations 0 --html r.html"
    line = f"MPLBACKEND=module://of_a_notebook {sys.executable} -m hiertools {words}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "Wrote r.html.\n")


def test_a_fault_of_ours_is_no_sentence():
    def command():
        raise KeyError("ours")

    with pytest.raises(KeyError):
        ended("x", command)


NAMES = {"kätze": "k\\u00e4tze", "猫": "\\u732b", "𝕏": "\\ud835\\udd4f"}


@pytest.fixture
def files(tmp_path):
    names = [*NAMES, "lynx", "\x1b[31mred", "gpj.\u202eexe"]
    tree = ht.ClassTree.from_lineages({name: (f"g{i // 3}", name) for i, name in enumerate(names)})
    ht.write_tree(tree, tmp_path / "tree.json")
    rng = np.random.default_rng(0)
    ht.ClassRepresentatives(rng.normal(size=(6, 3)), names).save(tmp_path / "v.npz")
    return tmp_path


class Terminal(io.TextIOWrapper):
    """A standard output that is no pipe."""

    def isatty(self):
        return True


def said(monkeypatch, words, encoding, kind=io.TextIOWrapper):
    """Return what a command prints to an output of an encoding, and its status.

    Few letters are what a pipe has under ``LANG=C``, or an old console.
    """
    stream = kind(io.BytesIO(), encoding=encoding, write_through=True)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        status = run([str(word) for word in words])
    assert stream.errors == "strict"  # as it was
    return stream.buffer.getvalue().decode(encoding), status


NARROW = pytest.mark.parametrize("encoding", ["ascii", "cp1252"])


@NARROW
def test_output_escapes_what_its_encoding_lacks(files, monkeypatch, encoding):
    for words in (
        ["show", "tree.json"],
        ["compare", "v.npz", "tree.json", "--permutations", "9"],
        ["distance", "tree.json", "tree.json"],
        ["producers"],
        ["--help"],
        *([command.__name__, "--help"] for command in hiertools.cli.app.COMMANDS),
    ):
        words = [files / word if "." in word else word for word in words]
        text, status = said(monkeypatch, words, encoding)
        assert status == 0
        assert "\x1b" not in text
        if words[0] == "show" and "--help" not in words:
            for name, escaped in NAMES.items():
                assert (escaped in text) != (name in text)


@NARROW
def test_json_says_the_same_in_every_encoding(files, monkeypatch, encoding):
    text, status = said(monkeypatch, ["infer", files / "v.npz", "--json"], encoding)
    assert status == 0
    assert set(NAMES) < set(ht.ClassTree.from_json(text).classes)


@NARROW
def test_a_tree_for_programs_is_not_written_with_other_names(files, monkeypatch, encoding, capsys):
    assert said(monkeypatch, ["infer", files / "v.npz"], encoding) == ("", 2)
    told = capsys.readouterr().err
    assert f"the output's encoding, {encoding}, has no '\\" in told
    assert told.endswith("set PYTHONUTF8 to 1, or write a file with --out.\n")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_terminal_obeys_nothing_in_a_tree(files, monkeypatch, options):
    words = ["infer", files / "v.npz", *options]
    text, _ = said(monkeypatch, words, "utf-8", Terminal)
    assert text.rstrip("\n").isprintable()
    assert "\\u202e" in text
    piped, _ = said(monkeypatch, words, "utf-8")
    read = ht.ClassTree.from_json if options else ht.ClassTree.from_newick
    assert "gpj.\u202eexe" in read(piped).classes


def test_another_treatment_that_was_asked_for_is_kept(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr(sys, "stdout", stream)
    with escaping():
        print("猫", flush=True)
    assert stream.buffer.getvalue() == b"?\n"
