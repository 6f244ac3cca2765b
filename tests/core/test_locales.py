"""Commands where the system speaks ASCII or an old code page: files are the same, names and all."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import hiertools as ht
from hiertools.cli import run

NAMES = ["katze ü", "猫", "ñandú", "медведь", "दैत्य", "a\u202eb"]
OLD = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LANG": "C", "LC_ALL": "C"}
LOCALES = {
    "ascii": OLD | {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"},
}
COMMANDS = [
    ["show", "t_猫.csv"],
    ["show", "r_猫.json"],
    ["compare", "v_猫.csv", "t_猫.json", "--permutations", "9", "--html", "o/c_猫.html",
     "--save", "o/c_猫.json"],
    ["evaluate", "p_猫.npz", "t_猫.nwk", "--no-intervals", "--save", "o/e_猫.json"],
    ["infer", "v_猫.npz", "--out", "o/i_猫.nwk"],
    ["infer", "v_猫.npz", "--json"],
    ["infer", "v_猫.npz"],
    ["show", "fehlt_猫.json"],
    ["show", "kaputt_猫.csv"],
]  # fmt: skip
# Words reach a command as the system reads them, which UTF-8 alone can write and read.
CALLED = """
import json, os, sys
from hiertools.cli import run
print(*[run([os.fsdecode(word.encode()) for word in words]) for words in json.load(sys.stdin)],
      file=sys.stderr)
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o").mkdir()
    tree = ht.ClassTree.from_lineages({n: (f"grüppe{i // 3}", n) for i, n in enumerate(NAMES)})
    made = ht.ClassRepresentatives(np.random.default_rng(0).normal(size=(6, 4)), NAMES)
    for ending in ("json", "csv", "nwk"):
        ht.write_tree(tree, f"t_猫.{ending}")
    made.save("v_猫.npz")
    made.save("v_猫.csv")
    ht.Predictions(NAMES, np.eye(6)[::-1], NAMES).save("p_猫.npz")
    ht.compare(made, tree, permutations=9).to_json("r_猫.json")
    (tmp_path / "kaputt_猫.csv").write_text("class,猫\nä,b,c\n", encoding="utf-8")
    return tmp_path / "o"


def written(folder):
    """Return the content of all files, also hidden ones, and remove them."""
    found = {}
    for file in folder.iterdir():
        found[file.name] = file.read_bytes()
        file.unlink()
    return found


def test_every_locale_gets_the_same_files(files):
    statuses = [run(words) for words in COMMANDS]
    expected = written(files)
    assert len(expected) == 4
    for encoding, locale in LOCALES.items():
        done = subprocess.run(
            [sys.executable, "-c", CALLED],
            input=json.dumps(COMMANDS).encode(),
            env={**os.environ, **locale},
            capture_output=True,
        )
        *told, ended = done.stderr.decode("utf-8", "backslashreplace").splitlines()
        assert done.returncode == 0, encoding
        # For programs, a tree isn't written with other letters than its names have.
        assert ended == " ".join(map(str, [*statuses[:6], 2, *statuses[7:]])), encoding
        assert sum(line.startswith("hiertools: ") for line in told) == 3, encoding
        assert "\\u732b" in done.stdout.decode(encoding)
        assert written(files) == expected, encoding


def test_letters_that_no_file_can_have_there_are_told_as_that(tmp_path):
    code = "import hiertools as ht; ht.read_tree('gr\\xfcn.csv')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **OLD}, capture_output=True, text=True,
        cwd=tmp_path,
    )  # fmt: skip
    told = done.stderr.splitlines()[-1]
    # Where files' names are in UTF-8 whatever the locale says, there is just no such file.
    assert "names of files are in ascii here; set PYTHONUTF8 to 1" in told or "no file" in told
