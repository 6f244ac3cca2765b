"""A file is written whole or not at all."""

import os
import stat

import pytest

from hiertools._core.files import atomic_write
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
