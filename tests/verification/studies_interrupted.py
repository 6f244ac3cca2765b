"""Kill a study five times, have two processes share one, lose a Dask worker: same bits each time.

Run: python tests/verification/studies_interrupted.py    (pip install 'hiertools[torch,dask]')

A grid of small trainings is run without interruption, and then in three other ways: killed by
SIGKILL five times (in turn the study alone, and the study with its workers) and given again; by two
processes that begin together, with a third that looks on; by a Dask scheduler and two workers on
loopback, one of which is killed in mid-run. All result files, tables and exports must be those of
the first to the last bit, but for the times they tell. What it said last:
``studies_interrupted.txt``.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import psutil

from hiertools_torch.studies.conduct import states_of
from hiertools_torch.studies.file import Plan, plan_of_file

FILE = """\
name: grid
data: {drawings: {data: quickdraw, subset: "cat,dog,car,bus,apple,banana"}}
base: {epochs: 8, width: 4, dim: 8, batch_size: 20, train_per_class: 40, checkpoint_every: 3,
       accelerator: cpu}
configurations: [normface, proxydr-ema-dynamic, {untrained: {random_backbone: true, epochs: 0}}]
seeds: [1, 2]
permutations: 99
"""

ALONE = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""One thread each: another number would round sums otherwise."""


def study(folder: Path, out: str, *words: str, **options: object) -> subprocess.Popen[str]:
    """Start the command in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "hiertools_torch", "study", str(folder / "grid.yaml"), *words,
         "--out", str(folder / out)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env=os.environ | ALONE, **options,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> list[str]:
    """Wait for a command that must go well; return what it said."""
    told = process.communicate()[1]
    assert process.returncode == 0, told
    return told.splitlines()


def epochs_done(folder: Path) -> int:
    """Count the epochs of all runs so far."""
    logs = folder.glob("runs/*/log.csv")
    return sum(log.read_bytes().count(b"\n") - 1 for log in logs)


def bits(folder: Path) -> dict[str, str]:
    """Return the digest of each result, table and export, less the times that they tell."""
    found = {}
    for path in sorted(folder.rglob("*")):
        text = b""
        if path.parent.name == "results":
            held = json.loads(path.read_bytes())
            del held["sha256"], held["seconds"]
            held["log"].pop("seconds", None)
            text = json.dumps(held).encode()
        elif path.name in ("study.json", "study.csv", "table.md") or path.suffix == ".npz":
            text = path.read_bytes()
        if text:
            found[str(path.relative_to(folder))] = hashlib.sha256(text).hexdigest()
    return found


def killed(plan: Plan, folder: Path, times: int) -> list[str]:
    """Kill the study again and again once it has got on by some epochs."""
    told = []
    for number in range(times):
        before = epochs_done(folder / "killed")
        process = study(folder, "killed", "--jobs", "2", "--threads", "1")
        while epochs_done(folder / "killed") < before + 3 and process.poll() is None:
            time.sleep(0.05)
        states = states_of(plan, folder / "killed")
        running = [
            f"{s.configuration} {s.epoch}/{s.epochs}" for s in states if s.state == "running"
        ]
        if number % 2:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
        what = "the study and its workers" if number % 2 else "the study alone"
        told.append(f"kill {number + 1}, of {what}, at {', '.join(running) or 'nothing'}")
    ended(study(folder, "killed", "--jobs", "2", "--threads", "1"))
    return told


def shared(plan: Plan, folder: Path) -> list[str]:
    """Have two processes carry one study out, and look on; return how many runs each had."""
    both = [study(folder, "shared", "--jobs", "1", "--threads", "1") for _ in range(2)]
    holders: dict[tuple[str, str, int], set[str]] = {}
    while any(process.poll() is None for process in both):
        for state in states_of(plan, folder / "shared"):
            if state.state == "running":
                holders.setdefault(state.place, set()).add(state.told)
        time.sleep(0.02)
    for process in both:
        ended(process)
    assert all(len(held) == 1 for held in holders.values()), holders
    mine = Counter(name for held in holders.values() for name in held)
    assert len(mine) == 2, mine
    shares = " and ".join(str(number) for number in mine.values())
    return [f"two processes on one folder had {shares} of its runs in hand, and none together"]


def on_dask(plan: Plan, folder: Path) -> list[str]:
    """Run the study on two workers, of which one is killed while it trains."""
    at = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": os.environ | ALONE}
    processes = [
        subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", "0",
                          "--no-dashboard", "--scheduler-file", str(at)], **quiet)
    ]  # fmt: skip
    try:
        while not at.is_file():
            time.sleep(0.1)
        address = json.loads(at.read_text())["address"]
        workers = [
            subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--no-nanny",
                              "--no-dashboard", "--local-directory", str(folder / "dask")], **quiet)
            for _ in range(2)
        ]  # fmt: skip
        processes += workers
        process = study(folder, "dask", "--scheduler", address)
        victim = None
        while victim is None and process.poll() is None:
            time.sleep(0.05)
            if epochs_done(folder / "dask"):
                running = [s for s in states_of(plan, folder / "dask") if s.state == "running"]
                victim = next((s for s in running if 1 <= s.epoch < s.epochs), None)
        assert victim is not None, process.communicate()[1]
        run = psutil.Process(int(victim.told.split()[1]))
        (worker,) = [worker for worker in workers if worker.pid == run.ppid()]
        worker.kill()  # with which its run ends
        ended(process)
    finally:
        for each in processes:
            each.kill()
            each.wait()
    return [
        f"on Dask, one of two workers was killed at epoch {victim.epoch} of {victim.epochs} of "
        f"{victim.configuration}, seed {victim.seed}; the other one went on with it"
    ]


def main() -> None:
    print(f"Python {sys.version.split()[0]}, torch {version('torch')}, "
          f"distributed {version('distributed')}")  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "grid.yaml").write_text(FILE)
        plan = plan_of_file(folder / "grid.yaml")
        ended(study(folder, "whole", "--jobs", "2", "--threads", "1"))
        whole = bits(folder / "whole")
        print(f"{len(plan.runs)} runs without interruption: {len(whole)} files to compare with")
        for name, told in (
            ("killed", lambda: killed(plan, folder, 5)),
            ("shared", lambda: shared(plan, folder)),
            ("dask", lambda: on_dask(plan, folder)),
        ):
            for line in told():
                print(line)
            found = bits(folder / name)
            assert found == whole, {k for k in whole if found.get(k) != whole[k]}
            print(f"{name}: all {len(found)} files are those, bit by bit", flush=True)


if __name__ == "__main__":
    main()
