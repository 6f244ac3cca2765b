"""The harness of `make fuzz`, and all that it ever found: every kept input goes to its reader."""

import struct
import sys
import zipfile

import pytest
from fuzz import corpus, cover, oracle, rows, run
from fuzz.bundles import archive, bundled, parts, unfold
from fuzz.guard import Guard, own_folder
from fuzz.inventory import OTHERWISE, of_the_core, of_training
from fuzz.page import PAGE, page
from fuzz.rows import Row
from fuzz.target import Target
from fuzz.targets import READERS, TARGETS

from hiertools._core import memory
from hiertools.errors import FileFormatError, OptionError


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.needs(*target.needs) if target.needs else ())
        for name, target in TARGETS.items()
    ],
)
def test_every_kept_input_is_read_or_refused_in_a_sentence(name, capsys, monkeypatch):
    monkeypatch.setattr(oracle, "SECONDS", float("inf"))  # no test asks the time
    monkeypatch.setattr("os.fsync", lambda _: None)  # what is written here needn't outlive anything
    kept = corpus.read(name)
    assert kept, "make fuzz FUZZ_ARGS='--add TARGET FILE NAME' keeps an input"
    with own_folder() as folder:
        found = {
            called: finding
            for called, data in kept.items()
            if (finding := oracle.judged(TARGETS[name].run, data, folder))
        }
    assert found == {}
    capsys.readouterr()


def lacking(there):
    covered = {what for target in TARGETS.values() for what in target.covers}
    return {what for what in there if what not in covered and what not in OTHERWISE}


def test_every_reader_of_the_core_has_a_target():
    assert lacking(of_the_core()) == set(), "a target in tests/verification/fuzz/targets/"


@pytest.mark.needs("torch")
def test_every_reader_of_training_has_a_target():
    assert lacking(of_training()) == set(), "a target in tests/verification/fuzz/targets/"
    covered = {what for target in TARGETS.values() for what in target.covers}
    there = {*of_the_core(), *of_training(), "names", "read_pickle"}
    assert covered - there == set(), "readers that are no more"
    assert set(OTHERWISE) - there == set(), "readers that are no more"


def test_the_page_is_what_the_rows_give():
    assert PAGE.read_text(encoding="utf-8") == page(), "make fuzz FUZZ_ARGS=--page"


def test_kept_inputs_are_few_and_of_targets():
    files = list(corpus.FOLDER.iterdir())
    assert {file.stem for file in files} == set(TARGETS)
    assert sum(file.stat().st_size for file in files) < 300_000


def test_inputs_come_back_as_they_were_kept(tmp_path):
    inputs = {
        "text": "a\tb\r\né\u2028\n".encode(),
        "bytes": bytes(range(256)),
        "long": b"9" * 5000,
        "empty": b"",
        "half": b"\xed\xa0\x80",
        "0123456789": b"found",
    }
    corpus.keep("made-up", inputs, tmp_path)
    assert corpus.read("made-up", tmp_path) == inputs
    assert (tmp_path / "made-up.txt").read_text().splitlines()[-1].startswith("0123456789\t")
    assert (tmp_path / "made-up.txt").stat().st_size < 1000
    assert corpus.read("none", tmp_path) == {}


def test_parts_of_an_input(tmp_path):
    given = {"": b"first", "a.txt": b"one\nline", "b": b""}
    assert parts(bundled(given)) == given
    assert parts(b"") == {}
    place = unfold({"old": b""}, tmp_path / "folder")
    unfold({"new": b"1", "..": b"2"}, place)
    assert [file.name for file in place.iterdir()] == ["new"]
    (tmp_path / "made.zip").write_bytes(archive({"a": b"1"}, "in/", ".npy"))
    with zipfile.ZipFile(tmp_path / "made.zip") as made:
        assert made.namelist() == ["in/a.npy"]
        assert made.testzip() is None


def refuse(*_):
    raise FileFormatError("a.csv: the table is empty.")


def page_long(*_):
    raise OptionError.__new__(OptionError, "x" * 5000)


def lines(*_):
    error = FileFormatError("first")
    error.args = ("first\nsecond",)
    raise error


def warns(*_):
    import warnings

    warnings.warn("of a library", RuntimeWarning, stacklevel=2)


def crash(*_):
    struct.unpack("<Q", b"")


def wrong(*_):
    oracle.expect(1 == 2, "another tree")


@oracle.after_reading
def refused_later(*_):
    raise FileFormatError("it can't be read again.")


@pytest.mark.parametrize(
    ("run", "kind"),
    [
        (lambda *_: None, None), (refuse, None), (page_long, "long message"),
        (lines, "several lines"), (warns, "RuntimeWarning"), (crash, "error"),
        (wrong, "another tree"), (refused_later, "refused later"),
    ],
)  # fmt: skip
def test_what_a_reader_may_do(run, kind, tmp_path):
    finding = oracle.judged(run, b"", tmp_path)
    assert (finding and finding.kind) == kind


def test_memory_that_is_asked_for_in_vain_is_a_finding(tmp_path):
    def read(*_):
        memory.refuse_lack(MemoryError("malloc of size 274877906944 failed"), "a.parquet")

    def refused(*_):
        memory.require(1e18, "a.parquet: reading it", "give fewer rows.")

    assert oracle.judged(read, b"", tmp_path).kind == "lack of memory"
    assert oracle.judged(refused, b"", tmp_path) is None


def test_what_takes_long_is_a_finding(tmp_path, monkeypatch):
    monkeypatch.setattr(oracle, "SECONDS", -1)
    assert oracle.judged(lambda *_: None, b"", tmp_path).kind == "slow"


def test_a_process_under_test_writes_to_its_folder_alone(tmp_path):
    guard = Guard(tmp_path)
    beyond = str(tmp_path.parent / "other")
    guard("open", (beyond, "w", 0o1))  # not yet on
    guard.on = True
    guard("open", (beyond, "r", 0))
    guard("open", (str(tmp_path / "mine"), "w", 0o1101))
    for event, arguments in [
        ("open", (beyond, "w", 0o1101)),
        ("os.mkdir", (beyond, 0o777, -1)),
        ("os.rename", (str(tmp_path / "mine"), beyond, -1, -1)),
        ("subprocess.Popen", ("sh", [], None, None)),
        ("socket.connect", (None, ("example.org", 80))),
    ]:
        with pytest.raises(PermissionError, match="not while fuzzing"):
            guard(event, arguments)
    assert len(guard.tried) == 5


def test_few_inputs_reach_all_lines():
    reached = {"a": {1, 2}, "b": {2, 3}, "c": {2}, "named": {9}, "large": {7}}
    sizes = {"a": 3, "b": 2, "c": 1, "named": 50, "large": 80}
    assert cover.few(reached, sizes, ["named"], 10) == ["named", "c", "b", "a"]
    assert cover.few(reached, sizes, ["named"], 2) == ["named", "c"]


def test_lines_that_run_are_known():
    before = sys.gettrace()
    found = cover.lines_of(lambda: corpus.read("newick") and TARGETS["newick"].name)
    assert found == set()  # nothing of hiertools
    from hiertools import ClassTree

    found = cover.lines_of(lambda: ClassTree.from_newick("(a,b);"))
    assert any(name.endswith("newick_parser.py") for name, _ in found)
    assert sys.gettrace() is before


def test_searches_at_one_commit_are_one_row(tmp_path):
    path = tmp_path / "rows.csv"
    row = Row("a", "atheris", "c0", "2026-01-01", 60, 1000, 50, 1)
    rows.keep(row, path)
    rows.keep(row._replace(lines=40, findings=0), path)
    rows.keep(row._replace(commit="c1"), path)
    first, second = rows.read(path)
    assert first == row._replace(seconds=120, executions=2000)
    assert rows.seconds_of([first, second]) == {"a": 180}
    targets = {name: Target(name, "made up", print, ()) for name in ("a", "b")}
    text = page(path, targets, {"made up": ("b", "a")})
    assert "| made up | 3.0 | `b` | made up | 0 | not yet |" in text
    assert "| | | `a` | made up | 3.0 | 3,000 | 50 | 2 | 2026-01-01 | c1 |" in text


def test_what_was_searched_least_is_searched_first(monkeypatch):
    done = [Row("newick", "atheris", "c", "2026-01-01", 600, 1, 1, 0),
            Row("nexus", "atheris", "c", "2026-01-01", 20, 1, 1, 0),
            Row("lineages", "atheris", "c", "2026-01-01", 30, 1, 1, 0)]  # fmt: skip
    monkeypatch.setattr(rows, "read", lambda: done)
    left = run.missing("", 600)
    assert "newick" not in left
    assert list(left)[-2:] == ["nexus", "edges"]
    assert list(run.missing("nexus", 600).items()) == [("nexus", 580)]
    assert list(run.missing("a", 600).items())[-1] == ("ranks", 570)


def test_every_target_tries_one_reader():
    assert sorted(name for names in READERS.values() for name in names) == sorted(TARGETS)
