"""Compiled code finds a place even where neither the package nor the home can be written to."""

from __future__ import annotations

import os
import stat
import tempfile

import numba
import platformdirs
import pytest

from hiertools._kernels import _cache


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
