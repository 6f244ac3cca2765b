"""The examples that need torch run, and say what they are there to show."""

import re
import runpy
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out


def test_own_pytorch_model(monkeypatch, tmp_path, capsys):
    text = run("own_pytorch_model.py", monkeypatch, tmp_path, capsys)
    assert "elementwise_correlation" in text
    assert text.rstrip().endswith(";")


def test_class_names(monkeypatch, tmp_path, capsys):
    text = run("class_names.py", monkeypatch, tmp_path, capsys)
    bare, photo = re.search(
        r"^precision_at_1, level 0\s+(\S+)\s+(\S+)", text, re.MULTILINE
    ).groups()
    assert float(bare) > 0.5
    assert float(photo) > 0.5
