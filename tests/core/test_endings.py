"""How commands end: with a status, and one line on standard error where it isn't 0."""

import errno
import subprocess
import sys

import pytest

import hiertools.cli.app
from hiertools.cli import run
from hiertools.cli.ending import ended
from hiertools.errors import OptionError


@pytest.mark.parametrize(
    ("cause", "status", "line"),
    [
        (OptionError("that is\nno option."), 2, "x: that is no option.\n"),
        (OSError(errno.ENOSPC, "No space left on device", "a.json"), 2,
         "x: No space left on device: 'a.json'.\n"),
        (MemoryError(), 2,
         "x: this needs more memory than is free; give fewer classes, or a larger machine.\n"),
        (KeyboardInterrupt(), 130, "x: interrupted.\n"),
        (BrokenPipeError(), 141, ""),
    ],
)  # fmt: skip
def test_each_ending(cause, status, line, capsys):
    def command():
        raise cause

    assert ended("x", command) == status
    assert capsys.readouterr().err == line


def test_a_command_that_returns_a_status_ends_with_it():
    assert [ended("x", lambda value=value: value) for value in (None, 0, 1, "text")] == [0, 0, 1, 0]


def test_only_one_of_several_processes_speaks(capsys):
    def command():
        raise KeyboardInterrupt

    assert ended("x", command, speaks=lambda: False) == 130
    assert capsys.readouterr().err == ""


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
