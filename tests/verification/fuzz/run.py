"""Search the targets in turn, those that were searched least first, and keep what each gave."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

from fuzz import child, corpus, rows
from fuzz.guard import own_folder
from fuzz.page import PAGE, page
from fuzz.targets import READERS, TARGETS

GOAL = 600
"""Seconds of processor time that each reader is searched, at least."""

SLICE = 60
"""Seconds at a time, so that much is kept if this is stopped."""


def missing(only: str, goal: float) -> dict[str, float]:
    """Return what to search of readers that were searched for less than the goal, and how long.

    Of each reader it is the target that was searched least.
    """
    done = dict.fromkeys(TARGETS, 0) | rows.seconds_of(rows.read())
    left = {}
    for names in READERS.values():
        mine = [name for name in names if only in name]
        lacking = goal - sum(done[name] for name in names)
        if mine and lacking > 0:
            left[min(mine, key=done.__getitem__)] = lacking
    return dict(sorted(left.items(), key=lambda pair: -pair[1]))


def search(name: str, seconds: float) -> rows.Row:
    """Search a target in a process of its own, keep its row and inputs, and return the row."""
    place = corpus.WORK / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "counts").unlink(missing_ok=True)
    before = {file.name for file in _findings(name)}
    with (place / "log").open("w") as log, own_folder() as folder:
        ended = subprocess.run(
            [sys.executable, child.__file__, "search", name, str(folder), str(seconds)],
            stdout=log, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    if ended.returncode:
        _keep_fatal(name, ended.returncode)
    (place / "crash-last").unlink(missing_ok=True)
    if not (place / "counts").exists():
        sys.exit(f"{name}: the search did not begin; see {place / 'log'}")
    counts = json.loads((place / "counts").read_text())
    reach(name)
    found = [file for file in _findings(name) if file.name not in before]
    for file in found:
        print(f"{name}: {file.name}: {file.with_suffix('.told').read_text()}", flush=True)
    row = rows.Row(
        name, child.ENGINE, _commit(), datetime.datetime.now(datetime.UTC).date().isoformat(),
        round(counts["seconds"]), counts["executions"], int((place / "lines").read_text()),
        len(found),
    )  # fmt: skip
    rows.keep(row)
    return row


def reach(name: str) -> None:
    """Keep the inputs of a target that reach all of its lines, and no others."""
    with own_folder() as folder:
        subprocess.run([sys.executable, child.__file__, "reach", name, str(folder)], check=True)


def _findings(name: str) -> list[Path]:
    folder = corpus.WORK / name / "findings"
    return sorted(file for file in folder.glob("*") if file.suffix != ".told")


def _keep_fatal(name: str, status: int) -> None:
    """Keep the input that ended the process, which the engine wrote beside the others."""
    place = corpus.WORK / name
    (place / "findings").mkdir(exist_ok=True)
    for file in (*place.glob("crash-*"), *place.glob("timeout-*"), *place.glob("oom-*")):
        kind = f"process-ended-{file.name.partition('-')[0]}"
        file.replace(place / "findings" / kind)
        (place / "findings" / f"{kind}.told").write_text(f"status {status}; see the log")


def _commit() -> str:
    """Return the commit, with a sign behind it if the package was changed since."""
    folder = Path(__file__).parents[3]
    head = _git(folder, "rev-parse", "--short", "HEAD")
    changed = _git(folder, "status", "--porcelain", "--", "hiertools", "hiertools_torch")
    return f"{head or 'unknown'}{'+' if changed else ''}"


def _git(folder: Path, *arguments: str) -> str:
    told = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def add(name: str, file: Path, called: str) -> None:
    """Add an input made by hand, or a finding, to those that are kept."""
    corpus.keep(name, {**corpus.read(name), called: file.read_bytes()})


def main(arguments: list[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Search for inputs that hiertools can't take.")
    parser.add_argument("--only", default="", help="targets whose name holds this word")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin none after that")
    parser.add_argument("--goal", type=float, default=GOAL, help="seconds a reader, in all")
    parser.add_argument("--slice", type=float, default=SLICE, help="seconds at a time")
    parser.add_argument("--list", action="store_true", help="only tell what would be searched")
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--add", nargs=3, metavar=("TARGET", "FILE", "NAME"),
                        help="keep this file among the inputs of a target")  # fmt: skip
    options = parser.parse_args(arguments)
    end = time.monotonic() + options.seconds
    if options.add:
        name, file, called = options.add
        add(name, Path(file), called)
    elif options.list:
        for name, seconds in missing(options.only, options.goal).items():
            print(f"{name}: {seconds:.0f} s")
    elif not options.page:
        while (left := missing(options.only, options.goal)) and time.monotonic() < end:
            name, lacking = next(iter(left.items()))
            row = search(name, min(lacking, options.slice))
            PAGE.write_text(page(), encoding="utf-8")
            print(f"{name}: {row.executions:,} inputs in {row.seconds} s, {row.lines:,} lines, "
                  f"{row.findings} findings", flush=True)  # fmt: skip
        print(f"{len(left)} readers are left." if left else "Nothing is left to search.")
    PAGE.write_text(page(), encoding="utf-8")
