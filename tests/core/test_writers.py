"""All that writes files: where the system refuses, a sentence, and all is as it was before."""

from __future__ import annotations

import ast
import contextlib
import errno
import inspect
import os
import re
import resource
from pathlib import Path

import pytest
from public_calls import (
    BACK_OFF,
    COMPARED,
    COMPARED_SET,
    COMPARED_TREES,
    CONFORMAL,
    CONSENSUS,
    EVALUATED,
    EVALUATED_SET,
    MADE,
    MATRIX,
    PUBLIC,
    REPS,
    SEARCHED_SET,
    TEMPERATURE,
    TREE,
)

import hiertools as ht
from hiertools._core import files
from hiertools.cli import run

SEARCHED = (ht.evaluate_retrieval(MADE, TREE), SEARCHED_SET)
RESULTS = (
    COMPARED, COMPARED_SET, COMPARED_TREES, EVALUATED, EVALUATED_SET, *SEARCHED, CONSENSUS
)  # fmt: skip

TABLES = {
    "ClassRepresentatives.save": (REPS.save, (".npz", ".csv", ".tsv")),
    "DistanceMatrix.save": (MATRIX.save, (".npz", ".csv")),
    "Predictions.save": (MADE.save, (".npz",)),
    "BackOff.to_json": (BACK_OFF.to_json, (".json",)),
    "ConformalNodes.to_json": (CONFORMAL.to_json, (".json",)),
    "Temperature.to_json": (TEMPERATURE.to_json, (".json",)),
    "write_tree": (lambda path: ht.write_tree(TREE, path), (".nwk", ".json", ".csv")),
}
JSON = {f"{type(result).__name__}.to_json": (result.to_json, (".json",)) for result in RESULTS}
HTML = {f"{type(result).__name__}.to_html": (result.to_html, (".html",)) for result in RESULTS}
WRITERS = TABLES | JSON | HTML
"""What each writer is called with, and the endings that it tells formats by."""

CASES = [
    pytest.param(write, ending, id=f"{name} {ending}")
    for name, (write, endings) in WRITERS.items()
    for ending in endings
] + [pytest.param(REPS.save, ".parquet", id="parquet", marks=pytest.mark.needs("pyarrow"))]


def test_all_that_say_they_write_are_tried():
    said = {
        name
        for name, function in PUBLIC.items()
        if "path" in inspect.signature(function).parameters
        and re.search(r"\b([Ww]rite|[Ww]ritten)\b", inspect.getdoc(function).partition("\n\n")[0])
    }
    assert said == set(WRITERS) & set(PUBLIC)  # what is inherited stands there once


@contextlib.contextmanager
def disk_of(size, monkeypatch):
    """Let files have so many bytes while they are written: the kernel refuses what goes beyond."""
    real, (soft, hard) = files.new_part, resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextlib.contextmanager
    def limited(*about):
        with real(*about) as made:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
            try:
                yield made
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with monkeypatch.context() as patched:
        patched.setattr(files, "new_part", limited)
        yield


@pytest.mark.parametrize(("write", "ending"), CASES)
def test_a_disk_that_becomes_full_changes_nothing(write, ending, tmp_path, monkeypatch):
    path = tmp_path / f"file{ending}"
    path.write_text("what was there before")
    sizes = [5]
    if ending != ".html":  # takes longer, and is text that is written in one go
        write(path)
        sizes += [0, path.stat().st_size // 2, path.stat().st_size - 1]
    before = path.read_bytes()
    for size in sizes:
        with (
            disk_of(size, monkeypatch),
            pytest.raises(ht.UnwritableError, match=rf"^'{path}' could not .*: File too") as told,
        ):
            write(path)
        assert told.value.errno == errno.EFBIG
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == [path.name]


CALLS = {
    "open": (errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENOSPC, errno.EDQUOT),
    "fdopen": (errno.ENOMEM,),
    "fsync": (errno.ENOSPC, errno.EDQUOT, errno.EIO),
    "chmod": (errno.EPERM,),
    "replace": (errno.EXDEV, errno.EBUSY, errno.EROFS),
    "mkdir": (errno.EROFS, errno.ENOSPC, errno.EDQUOT),
}


@pytest.mark.parametrize(
    ("call", "number"), [(call, number) for call, numbers in CALLS.items() for number in numbers]
)
def test_whatever_the_system_refuses_is_one_sentence(call, number, tmp_path, monkeypatch):
    path = tmp_path / "folder" / "file.txt"
    if call != "mkdir":
        path.parent.mkdir()
        path.write_text("before")
        path.chmod(0o646)
    found = sorted(tmp_path.rglob("*"))

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, refuse)
        with pytest.raises(ht.UnwritableError) as told:
            files.write_text(path, "after")
    assert str(told.value) == (
        f"{str(path)!r} could not be written: {os.strerror(number)}; nothing was changed. Make "
        "room or allow writing there, or name another place."
    )
    assert told.value.errno == number
    assert sorted(tmp_path.rglob("*")) == found
    assert call == "mkdir" or path.read_text() == "before"


def interrupted(path, cause, meanwhile=lambda: None):
    with files.atomic_write(path):
        meanwhile()
        raise cause


@pytest.mark.parametrize("cause", [KeyboardInterrupt, MemoryError, RuntimeError])
def test_what_is_not_the_systems_is_left_as_it_is(cause, tmp_path):
    with pytest.raises(cause):
        interrupted(tmp_path / "new" / "new" / "file.txt", cause)
    assert os.listdir(tmp_path) == []


def test_folders_that_somebody_else_filled_meanwhile_are_kept(tmp_path):
    theirs = tmp_path / "a" / "other.txt"
    with pytest.raises(RuntimeError):
        interrupted(tmp_path / "a" / "b" / "file.txt", RuntimeError, theirs.touch)
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "a", theirs]


def test_a_command_ends_with_status_2_and_the_sentence(tmp_path, monkeypatch, capsys):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    REPS.save(tmp_path / "r.npz")
    ht.write_tree(TREE, tmp_path / "t.nwk")
    monkeypatch.setattr(os, "fsync", full)
    command = ["compare", "r.npz", "t.nwk", "--permutations", "9", "--save", "saved.json"]
    assert run(command) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("hiertools: 'saved.json' could not be written: No space left on ")
    assert told.err.count("\n") == 1
    assert sorted(os.listdir(tmp_path)) == ["r.npz", "t.nwk"]


# --- where ---


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").write_text("before")
    with pytest.raises(ht.OptionError, match="'.*file' is a file and takes no files"):
        REPS.save(tmp_path / "file" / "a.npz")
    assert (tmp_path / "file").read_text() == "before"


def test_a_folder_that_takes_no_files(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ht.OptionError, match=f"the folder '{tmp_path}' takes no files"):
        REPS.save(tmp_path / "a" / "b" / "c.npz")


@pytest.mark.parametrize("name", ["a" * 255, "種" * 84, "種a" * 63])
def test_names_may_be_as_long_as_files_have_them(name, tmp_path):
    files.write_text(tmp_path / name, "text")
    assert (tmp_path / name).read_text() == "text"
    assert os.listdir(tmp_path) == [name]


def test_names_that_are_longer_are_refused(tmp_path):
    with pytest.raises(ht.OptionError, match="a name of 256 bytes"):
        files.write_text(tmp_path / ("a" * 256), "text")
    deep = tmp_path.joinpath(*["a" * 250] * 20)
    with pytest.raises(ht.UnwritableError, match="could not be written: File name too long"):
        files.write_text(deep, "text")
    assert os.listdir(tmp_path) == []


def test_links_lead_to_where_the_file_is_made(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "link.txt").symlink_to("elsewhere/to be made.txt")
    files.write_text(tmp_path / "folder" / "a.txt", "a")
    files.write_text(tmp_path / "link.txt", "b")
    found = {path.name: path.read_text() for path in (tmp_path / "elsewhere").iterdir()}
    assert found == {"a.txt": "a", "to be made.txt": "b"}
    assert (tmp_path / "link.txt").is_symlink()


# --- nobody else writes ---

PACKAGES = [Path(ht.__file__).parent, Path(ht.__file__).parents[1] / "hiertools_torch"]
ONE_WRITER = {"files.py", "parts.py"}
OTHERS = {
    ("output.py", "os.open"),
    ("surroundings.py", "os.open"),
    ("surroundings.py", "open"),  # streams of a process that lead nowhere
    ("surroundings.py", "shutil.get_terminal_size"),  # writes nothing
    ("npz.py", "zipfile.ZipFile"),
    ("npz.py", "archive.open"),  # in what the one writer opened
    ("lock.py", "FileLock"),
    ("folder.py", "FileLock"),
    ("task.py", "FileLock"),  # locks of a study and of its runs
    ("worker.py", "os.open"),
    ("worker.py", "os.fdopen"),  # streams of a process
}
WRITES = re.compile(
    r"(\w+\.)?(write_bytes|write_text|savefig|mkstemp|NamedTemporaryFile|memmap|tofile|touch)|"
    r"os\.(open|fdopen|replace|rename)|shutil\.\w+|FileLock"
)


def opened_to_write(call):
    """Tell whether a call opens a file in a mode that writes."""
    mode = [a.value for a in call.args[:2] if isinstance(a, ast.Constant)]
    mode += [k.value.value for k in call.keywords if k.arg == "mode"]
    return any(isinstance(m, str) and re.fullmatch(r"[rwaxbt+]+", m) and set(m) & set("wax+")
               for m in mode)  # fmt: skip


def test_every_file_is_written_by_the_one_writer():
    found = set()
    for path in (path for package in PACKAGES for path in package.rglob("*.py")):
        if path.name in ONE_WRITER or "make" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if name == "write_text":  # ours
                continue
            opens = name.endswith(("open", "ZipFile")) and opened_to_write(node)
            if opens or WRITES.fullmatch(name):
                found.add((path.name, name))
    assert found - OTHERS == set()
