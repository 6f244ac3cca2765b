"""Compiled code finds a place even where neither the package nor the home can be written to."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path

import numba
import platformdirs
import pytest

from hiertools._kernels import _cache, machine_code


@pytest.fixture(autouse=True)
def temporary_folder(monkeypatch, tmp_path):
    """Of the two places, the temporary one: there is no home."""
    (tmp_path / "no home").touch()
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "no home" / name)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    return tmp_path


def test_a_writable_install_keeps_numbas_own_place():
    _cache.ensure_cache()
    assert numba.config.CACHE_DIR == ""


def test_where_numba_finds_no_place_it_is_given_one(monkeypatch, temporary_folder):
    def refuse(function):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(numba, "njit", lambda **options: refuse)
    _cache.ensure_cache()
    folder = temporary_folder / os.path.basename(numba.config.CACHE_DIR)
    assert str(folder) == numba.config.CACHE_DIR
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    _cache.ensure_cache()  # the same the next time, so that compiled code is found again
    assert str(folder) == numba.config.CACHE_DIR


def test_the_users_cache_is_asked_first(monkeypatch, tmp_path):
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    folder = _cache._own_folder()
    assert folder == tmp_path / "cache" / "hiertools"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert _cache._own_folder() == folder
    folder.parent.chmod(0o777)  # others could put theirs in its place
    assert _cache._own_folder().parent == tmp_path
    folder.parent.chmod(0o1777)
    assert _cache._own_folder() == folder


def test_a_folder_that_others_can_write_to_is_not_used():
    first = _cache._own_folder()
    first.chmod(0o777)
    assert _cache._own_folder() != first


def test_a_link_in_its_place_is_not_used(tmp_path):
    first = _cache._own_folder()
    first.rmdir()
    (tmp_path / "elsewhere").mkdir()
    first.symlink_to(tmp_path / "elsewhere")
    assert _cache._own_folder() != first


# --- what is kept ---


def doubled(x):
    return x + x


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Return what compiles `doubled` anew, as another process would, and its folder."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))

    def fresh():
        made = machine_code.compiler()(doubled)
        return made, lambda: (made.stats.cache_hits.total(), made.stats.cache_misses.total())

    return fresh


def files_of(kept, ending):
    made, _ = kept()
    return sorted(Path(made.stats.cache_path).glob(f"*.{ending}"))


def test_compiled_code_is_kept(kept):
    made, counts = kept()
    assert (made(2), counts()) == (4, (0, 1))
    made, counts = kept()
    assert (made(2), counts()) == (4, (1, 0))


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"not what it was", None])
def test_what_was_damaged_is_compiled_anew(content, ending, kept):
    kept()[0](2)
    (file,) = files_of(kept, ending)
    file.write_bytes(file.read_bytes()[:-20] if content is None else content)
    made, counts = kept()
    assert (made(2), counts()) == (4, (0, 1))
    made, counts = kept()
    assert (made(2), counts()) == (4, (1, 0))


def test_code_for_other_types_in_its_place_is_not_taken(kept, monkeypatch):
    # Two processes that compile at once both write file 1, and the last one's index stays.
    kept()[0](2)
    (index,), (of_ints,) = files_of(kept, "nbi"), files_of(kept, "nbc")
    code = of_ints.read_bytes()
    index.unlink()
    kept()[0](2.5)
    of_ints.write_bytes(code)
    made, counts = kept()
    assert (made(2.5), counts()) == (5.0, (0, 1))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_where_nothing_more_can_be_kept_it_is_compiled_all_the_same(kept, number, monkeypatch):
    made, counts = kept()

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    assert (made(2), counts()) == (4, (0, 1))
    assert not [path for path in Path(made.stats.cache_path).iterdir() if path.is_file()]


def test_a_folder_that_is_removed_meanwhile_is_made_again(kept):
    made, counts = kept()
    shutil.rmtree(made.stats.cache_path)
    assert (made(2), counts()) == (4, (0, 1))
    assert files_of(kept, "nbc")


def test_where_no_folder_can_be_written_to_nothing_is_kept(monkeypatch):
    def nowhere(*_, **__):
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "mkdtemp", nowhere)
    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    monkeypatch.setattr(_cache, "_is_private", lambda folder: False)
    _cache.ensure_cache()
    assert numba.config.CACHE_DIR == ""
    made = machine_code.compiler()(doubled)
    assert made(2) == 4
    assert made.stats.cache_path is None


def test_without_a_home_no_folder_is_made_here(monkeypatch, tmp_path):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: Path("~/.cache") / name)
    _cache.ensure_cache()
    assert os.path.dirname(numba.config.CACHE_DIR) == str(tmp_path)
    assert not (tmp_path / "~").exists()
