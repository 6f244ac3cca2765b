"""Write everything to disks that are full, become full, or are read-only: real ones, in memory.

Run as root: python tests/verification/full_disk.py    (or: unshare -Urm python ...)

Each writer meets a disk of every size from a page to a page less than its file: one sentence, what
was there is untouched, and nothing is left. A training that fills its disk goes on, once there is
room, to the very files of one that never lacked any. ``full_disk.txt``: what it said last.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kills.jobs.runs import OPTIONS, TRAINED, digests
from kills.jobs.writers import WRITERS

import hiertools as ht

PAGE = 4096


def mount(folder: Path, *options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "none", folder], check=True)


@contextmanager
def disk(size: int) -> Iterator[Path]:
    """Mount a disk of so many bytes."""
    with tempfile.TemporaryDirectory() as folder:
        mount(Path(folder), f"size={size}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def refused(write, path: Path, kind: type[Exception], number: int | None) -> None:
    """Check that a file can't be written, how that is told, and that nothing has changed."""
    before = {each: each.read_bytes() for each in path.parent.rglob("*")}
    told: Exception | None = None
    try:
        write(path)
    except kind as cause:
        told = cause
    assert told is not None, f"{path} was written"
    assert str(path) in str(told), told
    assert "\n" not in str(told), told
    assert number is None or told.errno == number, told
    assert {each: each.read_bytes() for each in path.parent.rglob("*")} == before


def try_writer(job) -> str:
    """Try one writer on disks of all sizes, and on one that is read-only."""
    with tempfile.TemporaryDirectory() as folder:
        held = job.prepare(Path(folder))
        (whole,) = Path(folder).glob("whole0*")
        size = whole.stat().st_size
        pages = max(1, size // PAGE)
        step = max(1, pages // (3 if whole.suffix == ".html" else 12))  # a page takes a second
        tried = 0
        for free in [*range(0, pages, step), (size - 1) // PAGE]:
            with disk((free + 1) * PAGE) as small:
                path = small / f"file{whole.suffix}"
                path.write_bytes(b"before")  # takes one page
                refused(held.write[0], path, ht.UnwritableError, errno.ENOSPC)
                tried += 1
        with disk(size + 4 * PAGE) as enough:
            path = enough / f"file{whole.suffix}"
            path.write_bytes(b"before")
            mount(enough, "remount", "ro")
            refused(held.write[0], path, ht.OptionError, None)
            mount(enough, "remount", "rw", f"size={size + 4 * PAGE}")
            held.write[0](path)
            assert path.read_bytes() == whole.read_bytes()
    return f"{job.name}: {size:,} bytes, refused on {tried} disks and a read-only one"


def command(*words: object) -> int:
    """Run a command of hiertools_torch; return its status, after its line is checked."""
    done = subprocess.run(
        [sys.executable, "-m", "hiertools_torch", *map(str, words)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 2), done.stderr
    assert done.returncode == 0 or done.stderr.count("\n") == 1, done.stderr
    return done.returncode


def try_training() -> Iterator[str]:
    """Train on a disk that becomes full, at every few pages, and go on with more of it."""
    with tempfile.TemporaryDirectory() as folder:
        assert command("train", *OPTIONS, *TRAINED, "--out", Path(folder) / "run") == 0
        whole = digests(Path(folder))
        used = sum(each.stat().st_size for each in Path(folder).rglob("*") if each.is_file())
    fills = 0
    with disk(2 * PAGE) as place:
        size = 2 * PAGE
        words = ["train", *OPTIONS, *TRAINED, "--out", place / "run"]
        while command(*words) == 2:
            fills += 1
            assert not list(place.rglob(".*.part"))
            size += used // 6 // PAGE * PAGE
            mount(place, "remount", f"size={size}")
            if (place / "run" / "config.yaml").exists():
                words = ["train", "--resume", "--out", place / "run", "--quiet"]
        assert digests(place) == whole
    yield f"training of {used:,} bytes: stopped {fills} times by a full disk, then as in one piece"


def main() -> None:
    if os.getuid():
        sys.exit("mounting needs root: unshare -Urm python tests/verification/full_disk.py")
    for job in WRITERS:
        print(try_writer(job), flush=True)
    for line in try_training():
        print(line, flush=True)


if __name__ == "__main__":
    main()
