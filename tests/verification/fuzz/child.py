"""The process under test: one target, for some seconds; then what is kept of it.

Seconds are of processor time: others may use the machine.

``python tests/verification/fuzz/child.py search TARGET FOLDER SECONDS`` tries new inputs, and
``... reach TARGET FOLDER`` keeps those that the corpus needs. Both are started by `run.py`, which
gives them an empty folder to work in.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])

from fuzz import atheris_engine, corpus, hypothesis_engine

ENGINE = "atheris" if importlib.util.find_spec("atheris") else "hypothesis"


def search(name: str, folder: Path, seconds: float) -> None:
    """Try new inputs of a target, and keep what is found below `corpus.WORK`."""
    place = corpus.WORK / name
    inputs = place / "corpus"
    inputs.mkdir(parents=True, exist_ok=True)
    for data in corpus.read(name).values():
        (inputs / corpus.digest(data)).write_bytes(data)
    with contextlib.ExitStack() as stack:
        if ENGINE == "atheris":
            stack.enter_context(atheris_engine.imports())
        _search(name, folder, seconds, place)


def _search(name: str, folder: Path, seconds: float, place: Path) -> None:
    from fuzz.guard import guarded, limit_memory
    from fuzz.oracle import Finding, judged, show, told
    from fuzz.targets import TARGETS

    target = TARGETS[name]
    guard = guarded(folder)
    with _silenced():
        for data in corpus.read(name).values():  # loads whatever is loaded on first use
            judged(target.run, data, folder)
    limit_memory()
    seen: set[str] = set()
    counts = {"executions": 0, "seconds": 0.0}
    begun = time.process_time()

    def one(data: bytes) -> None:
        guard.tried.clear()
        guard.on = True
        with _silenced():
            finding = judged(target.run, data, folder)
        guard.on = False
        if guard.tried:
            finding = Finding("reaches-out", "", guard.tried[0])
        taken = time.process_time() - begun
        counts["executions"] += 1
        if finding and finding.name not in seen:
            seen.add(finding.name)
            show(told(finding, name))
            _keep(finding, data, place / "findings")
        if taken - counts["seconds"] > 1 or taken > seconds:
            counts["seconds"] = taken
            (place / "counts").write_text(json.dumps(counts))
        if taken > seconds:
            os._exit(0)  # the engine has no other way to be stopped from within

    (place / "counts").write_text(json.dumps(counts))
    engine = atheris_engine if ENGINE == "atheris" else hypothesis_engine
    engine.go(one, place / "corpus", target.words, place)


def _keep(finding: Any, data: bytes, folder: Path) -> None:
    """Keep the smallest input of a finding."""
    folder.mkdir(exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in finding.name)[:100]
    path = folder / name
    if not path.exists() or path.stat().st_size > len(data):
        path.write_bytes(data)
        path.with_suffix(".told").write_text(finding.told)


@contextlib.contextmanager
def _silenced() -> Any:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def reach(name: str, folder: Path) -> None:
    """Write which inputs reach all lines, to be kept, and how many lines these are."""
    from fuzz.cover import few, lines_of
    from fuzz.guard import guarded, limit_memory
    from fuzz.oracle import judged
    from fuzz.targets import TARGETS

    target = TARGETS[name]
    kept = corpus.read(name)
    named = [each for each in kept if not corpus.is_found(each)]
    inputs = {**kept}
    found = corpus.WORK / name / "corpus"
    for file in sorted(found.iterdir()) if found.is_dir() else []:
        data = file.read_bytes()
        if data not in kept.values():
            inputs[corpus.digest(data)] = data
    guard = guarded(folder)
    reached = {}
    with _silenced():
        for data in kept.values():
            judged(target.run, data, folder)
        limit_memory()
        guard.on = True
        for each, data in inputs.items():
            reached[each] = lines_of(partial(judged, target.run, data, folder))
    guard.on = False
    sizes = {each: len(data) for each, data in inputs.items()}
    chosen = few(reached, sizes, named, corpus.MOST)
    corpus.keep(name, {each: inputs[each] for each in chosen})
    lines = len(set().union(*(reached[each] for each in reached))) if reached else 0
    (corpus.WORK / name / "lines").write_text(str(lines))


if __name__ == "__main__":
    what, name, folder, *seconds = sys.argv[1:]
    if what == "search":
        search(name, Path(folder), float(seconds[0]))
    else:
        reach(name, Path(folder))
