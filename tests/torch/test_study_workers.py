"""Who carries the runs of a study out: workers that die, processes that share, a Dask cluster."""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from PIL import Image

import hiertools_torch
from hiertools.errors import OptionError, UnwritableError
from hiertools_torch import cli
from hiertools_torch.errors import TrainingError
from hiertools_torch.studies import command as study_command
from hiertools_torch.studies.cluster import Cluster
from hiertools_torch.studies.conduct import states_of
from hiertools_torch.studies.file import plan_of_file
from hiertools_torch.studies.runner import InThisProcess, carry_out_all
from hiertools_torch.studies.task import Outcome, Task, carry_out, claimed, note_failure
from hiertools_torch.studies.view import View
from hiertools_torch.studies.workers import Workers, _surroundings, shares

GRID = """
data: {quickdraw: {subset: "cat,dog,car", train_per_class: 20}}
base: {width: 2, dim: 4, epochs: 2, accelerator: cpu}
configurations: [softmax, normface]
seeds: [1]
permutations: 9
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "grid.yaml"
    path.write_text(GRID)
    return path


@pytest.fixture
def tasks(file, tmp_path):
    return [Task(tmp_path / "s", run, 9) for run in plan_of_file(file).runs]


def silent(*_):
    pass


def results(folder):
    """Return what each result file holds, less the times that it tells."""
    found = {}
    for path in (folder / "results").iterdir():
        held = json.loads(path.read_bytes())
        del held["sha256"], held["seconds"], held["log"]["seconds"]
        found[path.name] = held
    return found


@dataclass(frozen=True)
class Bomb(Task):
    """A run that kills the worker it comes to."""

    def __reduce__(self):
        return eval, ("__import__('os').kill(__import__('os').getpid(), 9)",)


def test_a_worker_that_is_killed_fails_its_run_and_no_other(tasks):
    bomb = Bomb(tasks[0].study, tasks[0].run, 9)
    note_failure(tasks[1].places, "it had failed before")  # which a new worker says, untrained
    workers = Workers(1, threads=1)
    try:
        outcomes = carry_out_all([bomb, tasks[1]], workers, told=silent, look=silent)
    finally:
        workers.close()
    first, second = outcomes.values()
    assert first == Outcome(
        "failed", "its worker process was killed by SIGKILL; was there too little memory?"
    )
    assert json.loads(bomb.places.failure.read_bytes())["reason"] == first.reason
    assert second == Outcome("failed", "it had failed before")
    assert not tasks[1].places.output.exists()  # nothing was said on standard error


def test_a_worker_that_meets_what_it_does_not_know_ends_and_does_not_abort():
    """Its other thread holds standard input, over which Python ends in a fatal error."""
    worker = subprocess.Popen(
        [sys.executable, "-P", "-m", "hiertools_torch.studies.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    worker.stdin.write(pickle.dumps("no task"))
    worker.stdin.flush()  # and it stays open
    told = worker.stderr.read().decode()
    assert worker.wait() == 1, told
    worker.communicate()
    assert "AttributeError" in told


def test_a_failure_that_can_not_be_written_down_is_told_all_the_same(tasks, monkeypatch):
    def fail(_):
        raise TrainingError("the disk is full")

    def full(*_):
        raise UnwritableError("'failed.json' could not be written: No space left on device")

    task = tasks[0]
    monkeypatch.setattr("hiertools_torch.studies.task._train_and_score", fail)
    monkeypatch.setattr("hiertools_torch.studies.task.write_text", full)
    assert carry_out(task) == Outcome("failed", "the disk is full")
    assert not task.places.failure.exists()
    with pytest.raises(UnwritableError, match="No space left"):  # and the study stops there
        carry_out_all([task], InThisProcess(), told=silent, look=silent)


def test_a_folder_that_a_worker_can_not_make_fails_its_run(tasks, tmp_path):
    (tmp_path / "home").write_text("of another machine")
    task = Task(tmp_path / "home" / "s", tasks[0].run, 9)
    outcome = carry_out(task)
    assert outcome.state == "failed"
    assert outcome.reason.startswith(f"{task.study} can't be used by ")


def test_failed_runs_are_told_where_the_disk_is_too_full_for_reports(file, monkeypatch, capsys):
    failed = SimpleNamespace(
        failed={("d", "softmax", 1): "no room"}, results={}, folder=file.parent
    )
    monkeypatch.setattr(study_command, "conduct", lambda *_, **__: failed)

    def full(_):
        raise UnwritableError("'study.html' could not be written: No space left on device")

    monkeypatch.setattr(study_command, "_reports", full)
    with pytest.raises(SystemExit) as ended:
        cli.main(["study", str(file), "--out", str(file.parent / "s"), "--jobs", "0"])
    assert ended.value.code == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-3:-1] == [
        "failed: d, softmax, seed 1: no room", "Failed runs are tried again with --retry-failed.",
    ]  # fmt: skip
    assert told[-1].endswith("'study.html' could not be written: No space left on device")


def test_a_study_that_is_killed_ends_with_the_bits_of_one_that_is_not(file, tmp_path):
    words = ["--epochs", "6", "--checkpoint-every", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hiertools_torch", "study", str(file), *words, "--jobs", "0",
         "--out", str(tmp_path / "killed"), "--quiet"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    while process.poll() is None and not list(tmp_path.glob("killed/runs/*/log.csv")):
        time.sleep(0.05)
    process.kill()
    assert process.wait() == -signal.SIGKILL  # it had not ended by itself
    options = {"epochs": 6, "checkpoint_every": 1}
    killed = hiertools_torch.study(file, out=tmp_path / "killed", **options)
    whole = hiertools_torch.study(file, out=tmp_path / "whole", **options)
    assert killed.table.equals(whole.table)
    assert results(tmp_path / "killed") == results(tmp_path / "whole")
    assert list((tmp_path / "killed").glob("*/*.part")) == []


def test_what_another_process_does_is_waited_for_and_taken_over_if_it_dies(tasks, tmp_path):
    first, second = tasks
    looked: list[str] = []
    with claimed(first.places.lock) as mine:
        assert mine
        assert carry_out(first) == Outcome("elsewhere")

    class Other(InThisProcess):
        """As if another process had held the first run, and let go of it, when it was given."""

        def give(self, task):
            if task is first and not looked:
                self._ended.append((task, Outcome("elsewhere")))
            elif task is second:
                carry_out(task)  # another process finishes it meanwhile
                self._ended.append((task, Outcome("elsewhere")))
            else:
                super().give(task)

    outcomes = carry_out_all(tasks, Other(), told=silent, look=lambda: looked.append(""))
    assert {outcome.state for outcome in outcomes.values()} == {"finished"}
    before = first.places.result.stat().st_mtime_ns
    assert carry_out(first).state == "finished"  # and isn't run again
    assert first.places.result.stat().st_mtime_ns == before


def test_a_third_process_sees_what_is_run_by_whom(file, tasks, tmp_path, capsys, monkeypatch):
    with claimed(tasks[1].places.lock):
        cli.main(["study", str(file), "--status", "--out", str(tmp_path / "s")])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["data", "configuration", "seed", "1"]
    assert rows[1:3] == [["quickdraw", "softmax", "-"], ["quickdraw", "normface", "0/2"]]
    assert " ".join(rows[3]) == "0 of 2 runs finished, 1 running"
    assert " ".join(rows[4]).startswith(
        f"quickdraw, normface, seed 1 runs in process {os.getpid()} on "
    )
    # On a terminal the same grid is drawn again and again.
    with View(
        lambda: states_of(plan_of_file(file), tmp_path / "s"), lambda: 1, silent, live=True
    ) as view:
        view.told(tasks[0], Outcome("finished"))
        monkeypatch.setattr("hiertools_torch.studies.view.EVERY", 0.0)
        view.look()
    assert "0 of 2 runs finished" in capsys.readouterr().err


IMAGES = """
data: {plankton: {root: images}}
base: {width: 2, dim: 2, epochs: 1, image_size: 8, accelerator: cpu, workers: 2}
configurations: [normface]
seeds: [1]
permutations: 0
"""


def images_in(folder):
    """Write a study of image files, which two processes of each run load."""
    shade = iter(range(0, 256, 2))
    for part in ("train", "validation", "test"):
        for name in ("beast/cat", "beast/dog", "car/bus", "car/van"):
            place = folder / "images" / part / name
            place.mkdir(parents=True)
            for number in range(3):
                Image.new("L", (8, 8), next(shade)).save(place / f"{number}.png")
    (folder / "grid.yaml").write_text(IMAGES)


def run_images(folder, *words):
    command = [sys.executable, "-m", "hiertools_torch", "study", "grid.yaml", *words, "--quiet"]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True, timeout=300)
    return results(folder / "runs" / "grid")


def test_processes_of_a_worker_load_images(tmp_path):
    images_in(tmp_path)
    assert len(run_images(tmp_path, "--jobs", "1", "--threads", "1")) == 1


def test_cores_are_shared_sensibly(monkeypatch):
    monkeypatch.setenv("HIERTOOLS_THREADS", "8")
    assert shares(70, None, None) == (8, 1)
    assert shares(3, None, None) == (3, 2)
    assert shares(70, 2, None) == (2, 4)
    assert shares(70, None, 4) == (2, 4)
    assert shares(70, None, None, gpus=2) == (2, 4)
    assert shares(70, None, None, gpus=8, devices=4) == (2, 4)
    assert shares(1, 16, None) == (1, 8)
    for visible, expected in (("", ["0", "1", "0"]), ("5,7", ["5", "7", "5"])):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        found = [_surroundings(i, 1, gpus=2, devices=1) for i in range(3)]
        assert [each["CUDA_VISIBLE_DEVICES"] for each in found] == expected
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    found = [_surroundings(i, 1, gpus=4, devices=2)["CUDA_VISIBLE_DEVICES"] for i in range(3)]
    assert found == ["0,1", "2,3", "0,1"]


def test_a_study_is_not_started_by_torchrun(file, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(OptionError, match=r"a study starts its own processes.*'devices: N'"):
        hiertools_torch.study(file)


@pytest.mark.needs("distributed")
def test_an_unreachable_scheduler_is_one_sentence(file, tmp_path, monkeypatch):
    monkeypatch.setattr("hiertools_torch.studies.cluster.WAIT", 1.0)
    with pytest.raises(OptionError, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        hiertools_torch.study(file, out=tmp_path / "s", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(OptionError, match=r"no Dask scheduler answers at 'nonsense'"):
        hiertools_torch.study(file, out=tmp_path / "s", scheduler="nonsense")
    assert not (tmp_path / "s" / "results").exists()


@pytest.mark.needs("distributed")
@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:9", "file://x", "tcp://[::1"])
def test_no_client_is_left_for_garbage_collection_to_close(address, monkeypatch):
    """It would do so in the thread of the next client, and keep that one from starting."""
    from distributed import Client

    made = []

    class Seen(Client):
        def start(self, **options):
            made.append(self)
            super().start(**options)

    monkeypatch.setattr("hiertools_torch.studies.cluster.WAIT", 1.0)
    monkeypatch.setattr("distributed.Client", Seen)
    with pytest.raises(OptionError, match="no Dask scheduler answers"):
        Cluster(address)
    assert [client.status for client in made] == ["closed"]


FIT = object()
"""The answer of a worker that has what is installed here."""


class Client:
    """A Dask client as far as it asks its workers."""

    def __init__(self, **answers):
        self.answers = answers

    def wait_for_workers(self, number, timeout):
        raise TimeoutError

    def run(self, function, on_error):
        assert on_error == "return"
        return {
            worker: function() if answer is FIT else answer
            for worker, answer in self.answers.items()
        }


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("torch", "worker late can't train, since its Python lacks torch; install there"),
        (ValueError("odd\nbytes"), r"worker late can't say .*\(ValueError: odd bytes\)"),
        (ConnectionError("it has gone"), None),
        (FIT, None),
    ],
)
def test_workers_that_could_not_train_are_refused(answer, complaint):
    cluster = object.__new__(Cluster)
    cluster._client = Client(early=FIT, late=answer)
    if complaint is None:
        cluster._check_workers()
    else:
        with pytest.raises(OptionError, match=complaint):
            cluster._check_workers()


@pytest.fixture
def scheduler(tmp_path):
    """Start a scheduler on loopback; return its address, its process, and what starts workers."""
    at = tmp_path / "scheduler.json"
    processes = []

    def start(*words, **surroundings):
        command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        surroundings = os.environ | {"OMP_NUM_THREADS": "1"} | surroundings
        processes.append(subprocess.Popen(command, env=surroundings, **quiet))
        return processes[-1]

    def start_worker(*words, **surroundings):
        return start("worker", address, *words, "--local-directory", str(tmp_path / "dask"),
                     **surroundings)  # fmt: skip

    try:
        head = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(at))
        while not (at.is_file() and at.stat().st_size):
            assert head.poll() is None
            time.sleep(0.05)
        address = json.loads(at.read_text())["address"]
        yield SimpleNamespace(address=address, process=head, start_worker=start_worker)
    finally:
        for process in processes:
            process.kill() if "--no-nanny" in process.args else process.terminate()
            process.wait()


@pytest.mark.needs("distributed")
def test_dask_workers_may_join_when_there_is_work_for_them(file, tmp_path, scheduler, monkeypatch):
    """As with ``cluster.adapt()``, which starts none before there is a task."""
    monkeypatch.setattr("hiertools_torch.studies.cluster.WAIT", 1.0)
    told = []

    def say(line):
        told.append(line)
        if line.startswith("0 of 2 runs finished"):
            scheduler.start_worker("--nthreads", "2")  # each of which has a process for its run

    study = hiertools_torch.study(
        file, out=tmp_path / "s", scheduler=scheduler.address, epochs=0, say=say
    )
    assert told[0] == (
        "note: no worker has joined the Dask scheduler yet; runs wait for the first one "
        f"(`dask worker {scheduler.address} --nthreads 1`)."
    )
    assert (study.failed, len(study.results)) == ({}, 2)
    scheduler.process.kill()  # and where nothing is left to run, nobody is asked
    again = hiertools_torch.study(file, out=tmp_path / "s", scheduler=scheduler.address, epochs=0)
    assert again.table.equals(study.table)


WITHOUT_TORCH = """
import importlib.machinery, sys

class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, *rest):
        return None if name == "torch" else super().find_spec(name, *rest)

sys.meta_path = [Finder if f is importlib.machinery.PathFinder else f for f in sys.meta_path]
"""
"""Python starts with it as if PyTorch weren't there."""


@pytest.mark.needs("distributed")
def test_a_dask_worker_that_joins_late_and_can_not_train_fails_no_run(
    file, tmp_path, scheduler, monkeypatch
):
    monkeypatch.setattr("hiertools_torch.studies.cluster.WAIT", 1.0)

    (tmp_path / "sitecustomize.py").write_text(WITHOUT_TORCH)

    def say(line):
        if line.startswith("0 of 2 runs finished"):
            scheduler.start_worker(PYTHONPATH=str(tmp_path))

    with pytest.raises(OptionError, match="can't train, since its Python lacks torch; install"):
        hiertools_torch.study(file, out=tmp_path / "s", scheduler=scheduler.address, say=say)
    assert not list((tmp_path / "s" / "failed").glob("*"))
    assert not (tmp_path / "s" / "runs").exists()


@pytest.mark.needs("distributed")
def test_processes_of_a_dask_worker_load_images(tmp_path, scheduler):
    """Its nanny started it as a daemon, which may start none."""
    images_in(tmp_path)
    scheduler.start_worker("--nthreads", "1")
    assert len(run_images(tmp_path, "--scheduler", scheduler.address)) == 1


@pytest.mark.needs("distributed")
@pytest.mark.parametrize("ending", ["terminate", "kill"])
def test_a_dask_scheduler_that_is_lost_is_one_sentence(
    ending, file, tmp_path, scheduler, monkeypatch, caplog
):
    monkeypatch.setattr("hiertools_torch.studies.cluster.WAIT", 1.0)

    def say(line):
        if line.startswith("0 of 2 runs finished"):
            getattr(scheduler.process, ending)()

    with pytest.raises(TrainingError, match="is gone.*give the same command again to go on"):
        hiertools_torch.study(file, out=tmp_path / "s", scheduler=scheduler.address, say=say)
    assert not list((tmp_path / "s" / "failed").glob("*"))
    shown = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert not any(record.exc_info for record in shown)  # no traceback of Dask's own


@pytest.mark.needs("distributed")
def test_a_dask_worker_that_is_killed_changes_no_result(file, tmp_path, scheduler, monkeypatch):
    import psutil  # which Dask needs

    address = scheduler.address
    workers = [scheduler.start_worker("--nthreads", "1", "--no-nanny") for _ in range(2)]
    monkeypatch.setattr("hiertools_torch.studies.cluster.WAIT", 120.0)
    plan = plan_of_file(file, given={"epochs": 20})
    on_dask, here = tmp_path / "dask-study", tmp_path / "here"
    killed = []

    def kill():
        """Kill the worker that is first seen to train."""
        while not (killed or ended.is_set()):
            time.sleep(0.05)
            if not list(on_dask.glob("runs/*/log.csv")):
                continue
            for state in states_of(plan, on_dask):
                if state.state == "running" and state.epoch and not killed:
                    run = psutil.Process(int(re.search(r"process (\d+) on", state.told)[1]))
                    (worker,) = [w for w in workers if w.pid == run.ppid()]
                    worker.kill()
                    killed.append(worker)

    ended = threading.Event()
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        there = hiertools_torch.study(file, out=on_dask, scheduler=address, epochs=20)
    finally:
        ended.set()
        killer.join()
    assert len(killed) == 1
    assert there.failed == {}
    whole = hiertools_torch.study(file, out=here, epochs=20)
    assert there.table.equals(whole.table)
    assert results(on_dask) == results(here)
