"""A file is written whole or not at all."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from hiertools._core import parts
from hiertools._core.files import atomic_write, write_text
from hiertools._core.parts import remove_parts
from hiertools.errors import OptionError


def test_writes_text_and_bytes(tmp_path):
    with atomic_write(tmp_path / "new" / "a.txt") as file:
        file.write("Ähre\nb\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "Ähre\nb\r\n".encode()
    with atomic_write(tmp_path / "b.bin", "wb") as file:
        file.write(b"\x00\xff")
    assert (tmp_path / "b.bin").read_bytes() == b"\x00\xff"


def test_failure_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def interrupted():
        with atomic_write(path) as file:
            file.write("half")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        interrupted()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_failure_makes_no_file(tmp_path):
    with pytest.raises(RuntimeError), atomic_write(tmp_path / "a.txt"):
        raise RuntimeError("stop")
    assert os.listdir(tmp_path) == []


def test_rights_are_those_of_an_ordinary_file(tmp_path):
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("")
    with atomic_write(tmp_path / "atomic"):
        pass
    assert (tmp_path / "atomic").stat().st_mode == ordinary.stat().st_mode
    os.chmod(tmp_path / "atomic", 0o640)
    with atomic_write(tmp_path / "atomic"):
        pass
    assert stat.S_IMODE((tmp_path / "atomic").stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with atomic_write(tmp_path / "link") as file:
        file.write("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_unknown_mode(tmp_path):
    with pytest.raises(ValueError, match="mode must be"), atomic_write(tmp_path / "a", "a"):
        pass


def test_a_device_is_not_replaced_by_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (os.devnull, tmp_path / "pipe"):
        with pytest.raises(OptionError, match="device or pipe"), atomic_write(path):
            pass
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_protected_file_is_kept(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(OptionError, match="protected from writing"), atomic_write(path):
        pass
    assert path.read_text() == "old"


def test_a_folder_or_nothing_is_no_file_to_write(tmp_path):
    with pytest.raises(OptionError, match="is a folder"), atomic_write(tmp_path):
        pass
    with pytest.raises(OptionError, match="shell variable"), atomic_write(""):
        pass


def test_a_part_that_was_left_is_removed_by_the_next_one(tmp_path):
    for number in (0, 1):
        (tmp_path / f".a.txt.{number}.part").write_text("left by a killed process")
    (tmp_path / ".b.txt.0.part").write_text("of another file")
    write_text(tmp_path / "a.txt", "text")
    assert sorted(os.listdir(tmp_path)) == [".a.txt.1.part", ".b.txt.0.part", "a.txt"]
    remove_parts(tmp_path)
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_part_that_is_being_written_is_left_alone(tmp_path):
    with atomic_write(tmp_path / "a.txt") as slow:
        slow.write("slow")
        write_text(tmp_path / "a.txt", "quick")
        remove_parts(tmp_path)
        assert (tmp_path / "a.txt").read_text() == "quick"
        assert sorted(os.listdir(tmp_path)) == [".a.txt.0.part", "a.txt"]
    assert (tmp_path / "a.txt").read_text() == "slow"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_part_that_was_taken_for_a_left_one_is_given_up(tmp_path, monkeypatch):
    real, taken = parts._holds, []

    def late(descriptor, part):
        if not taken:
            taken.append(part)
            parts._remove_left(part)  # between making and locking
        return real(descriptor, part)

    monkeypatch.setattr(parts, "_holds", late)
    write_text(tmp_path / "a.txt", "text")
    assert [part.name for part in taken] == [".a.txt.0.part"]
    assert os.listdir(tmp_path) == ["a.txt"]


def test_where_nothing_can_be_locked_nothing_is_removed(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(parts.fcntl, "flock", unsupported)
    (tmp_path / ".a.txt.0.part").write_text("somebody's")
    write_text(tmp_path / "a.txt", "text")
    assert sorted(os.listdir(tmp_path)) == [".a.txt.0.part", "a.txt"]


def test_many_may_write_one_file_at_once(tmp_path):
    def write(i):
        write_text(tmp_path / "a.txt", f"{i}\n" * 5_000)
        return len(set((tmp_path / "a.txt").read_text().split()))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(100))) == {1}
    assert os.listdir(tmp_path) == ["a.txt"]
