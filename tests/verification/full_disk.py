"""Write everything to disks that are full, become full, or are read-only: real ones, in memory.

Run as root: python tests/verification/full_disk.py    (or: unshare -Urm python ...)

Each writer meets a disk of every size from a page to a page less than its file: one sentence, what
was there is untouched, and nothing is left. A training that fills its disk goes on, once there is
room, to the very files of one that never lacked any; so does a study, in one process and with
workers, whose results, tables and pages are those of one with room. ``full_disk.txt``: what it said
last.
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
from studies_interrupted import ALONE, bits

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


GRID = """\
name: grid
data: {drawings: {data: quickdraw, subset: "cat,dog,car,bus,apple,banana"}}
base: {epochs: 1, width: 2, dim: 8, batch_size: 30, train_per_class: 30, checkpoint_every: 1,
       accelerator: cpu, log: csv}
configurations: [softmax, proxydr-ema-dynamic]
seeds: [1]
permutations: 9
"""


AGAIN = "Failed runs are tried again with --retry-failed."


def study(file: Path, out: Path, *words: str) -> tuple[int, list[str]]:
    """Carry a study out; return its status and what it said on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "hiertools_torch", "study", str(file), "--quiet", "--out", str(out),
         *words],
        capture_output=True, text=True, check=False, env=os.environ | ALONE,
    )  # fmt: skip
    return done.returncode, done.stderr.splitlines()


def try_study() -> Iterator[str]:
    """Carry a study out on a disk that becomes full, and go on with more of it as it says."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "grid.yaml", Path(folder) / "study"
        file.write_text(GRID, encoding="utf-8")
        status, told = study(file, out, "--jobs", "0")
        assert (status, told) == (0, []), told
        whole = bits(out)
        used = sum(each.stat().st_size for each in out.rglob("*") if each.is_file())
        for jobs, mode in (("0", "in one process"), ("2", "with two workers")):
            words = ["--jobs", jobs, *(["--threads", "1"] if jobs != "0" else [])]
            fills, failed, size, retry = 0, 0, 2 * PAGE, []
            with disk(size) as place:
                while True:
                    status, told = study(file, place / "study", *words, *retry)
                    assert not list(place.rglob(".*.part"))
                    if status == 0:
                        break
                    fills += 1
                    assert (status == 2) == told[-1].startswith("hiertools_torch: "), told
                    if AGAIN in told:
                        failed += 1
                        retry = ["--retry-failed"]
                    why = [line for line in told if line != AGAIN]
                    assert all("No space left on device" in line for line in why), told
                    size += used // 4 // PAGE * PAGE
                    mount(place, "remount", f"size={size}")
                assert bits(place / "study") == whole
            yield (
                f"study {mode}, {used:,} bytes: stopped {fills} times by a full disk (with failed "
                f"runs: {failed}), then as in one piece"
            )


def main() -> None:
    if os.getuid():
        sys.exit("mounting needs root: unshare -Urm python tests/verification/full_disk.py")
    for job in WRITERS:
        print(try_writer(job), flush=True)
    for lines in (try_training(), try_study()):
        for line in lines:
            print(line, flush=True)


if __name__ == "__main__":
    main()
