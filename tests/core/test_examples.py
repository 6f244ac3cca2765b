"""The examples run, and say what they are there to show."""

import re
import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    def run_example(name, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return run_example


def value(text, score):
    return float(re.search(rf"^{score}\s+(\S+)", text, flags=re.MULTILINE)[1])


def test_rank_table(run):
    text = run("rank_table.py")
    assert "10 classes, 32 nodes, 6 levels" in text
    assert "\nfamily " in text  # the levels are named by their ranks
    assert value(text, "elementwise_correlation") > 0.5


def test_digits(run):
    text = run("digits.py")
    assert value(text, "elementwise_correlation") > 0.2
    assert text.count(";") >= 2  # two trees


def test_imagenet_heads(run):
    text = run("imagenet_heads.py")
    assert "efficientnet-lite0" in text
    assert value(text, "elementwise_correlation") > 0.2
