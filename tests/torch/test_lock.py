"""One training or export at a time in a run folder, and none that is blocked by a dead one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

import hiertools_torch
from hiertools.errors import FileFormatError, HiertoolsError, OptionError
from hiertools_torch import cli
from hiertools_torch.errors import TrainingError
from hiertools_torch.runs.lock import LOCK, locked
from hiertools_torch.training.checkpoint import load_checkpoint
from hiertools_torch.training.trainer import Trainer

HOLD = """
import os, sys, time
from pathlib import Path
from hiertools_torch.runs.lock import locked
with locked(Path(sys.argv[1])):
    if sys.argv[2] == "alone" or not os.fork():
        print(os.getpid(), flush=True)
    time.sleep(300)
"""
"""A program that holds a folder until it is killed, perhaps with a worker that outlives it.

The worker itself says that it lives: by then it has let go of the lock that it was born with.
"""


def hold(folder, worker="alone"):
    """Hold a folder in another process; return that and the id of its worker."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), worker], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_whatever_writes_in_a_folder_that_is_in_use_ends_with_a_sentence(tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a",
                                model="softmax")  # fmt: skip
    names = sorted(file.name for file in run.folder.iterdir())
    before = {name: (run.folder / name).read_bytes() for name in names if name != LOCK}
    process, _ = hold(run.folder)
    try:
        out = str(run.folder)
        for words in (
            ["train", "--out", out],
            ["train", "--resume", "--out", out],
            ["train", "--overwrite", "--out", out, "--subset", "cat,dog"],
            ["export", out],
            ["export", out, "--checkpoint", "last"],
            ["export", out, "--out", out],
        ):
            with pytest.raises(SystemExit) as stop:
                cli.main(words)
            assert stop.value.code == 2
            written = capsys.readouterr().err
            assert written.count("\n") == 1
            assert f"Run folder {out} is in use: process {process.pid} on " in written
        run.evaluate(hs_k=(1,))
        cli.main(["export", out, "--out", str(tmp_path / "elsewhere")])
    finally:
        end(process)
    assert {name: (run.folder / name).read_bytes() for name in before} == before
    hiertools_torch.export(run.folder, "last")
    assert run.provenance["checkpoint"] == "last"


def test_two_trainings_in_threads_do_not_mix(tiny, tmp_path, monkeypatch):
    started, go_on = threading.Event(), threading.Event()
    real = Trainer.train_epoch

    def slow(self):
        started.set()
        assert go_on.wait(120)
        real(self)

    monkeypatch.setattr(Trainer, "train_epoch", slow)
    out = tmp_path / "a"
    first = threading.Thread(
        target=lambda: hiertools_torch.train(**tiny, epochs=1, model="normface", out=out)
    )
    first.start()
    try:
        assert started.wait(120)
        for options in ({}, {"resume": True}, {"overwrite": True}):
            with pytest.raises(OptionError, match=f"a is in use: process {os.getpid()} on "):
                hiertools_torch.train(**tiny, epochs=1, model="normface", out=out, **options)
        with pytest.raises(OptionError, match="is in use"):
            hiertools_torch.export(out, "last")
    finally:
        go_on.set()
        first.join(120)
    state = load_checkpoint(out / "best.pt")
    assert state["config"]["model"] == "normface"
    assert hiertools_torch.Run(out).finished


@pytest.mark.parametrize("worker", ["alone", "with a worker"])
def test_a_killed_process_blocks_nobody(tmp_path, worker):
    process, child = hold(tmp_path, worker)
    try:
        with pytest.raises(OptionError, match="in use"), locked(tmp_path):
            pass
        end(process)
        with locked(tmp_path):  # though the worker lives
            pass
    finally:
        if worker != "alone":
            os.kill(child, signal.SIGKILL)


def test_a_file_of_a_killed_process_is_no_obstacle(tiny, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / LOCK).write_text("process 1 on elsewhere\n")
    hiertools_torch.train(**tiny, epochs=0, out=tmp_path / "a")
    hiertools_torch.train(**tiny, epochs=0, out=tmp_path / "a", overwrite=True)


def test_a_run_that_never_began_leaves_no_folder(tiny, tmp_path):
    with pytest.raises(HiertoolsError):
        hiertools_torch.train(data="cifar100", root=tmp_path / "nowhere", out=tmp_path / "a")
    assert not (tmp_path / "a").exists()
    with pytest.raises(FileFormatError):
        hiertools_torch.export(tmp_path / "b")
    assert not (tmp_path / "b").exists()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.tex").write_text("dear")
    with pytest.raises(OptionError, match="files that no run wrote"):
        hiertools_torch.train(**tiny, out=tmp_path / "c", overwrite=True)
    assert [file.name for file in (tmp_path / "c").iterdir()] == ["thesis.tex"]


def test_a_folder_that_can_not_be_locked_is_named(tiny, tmp_path):
    (tmp_path / "a" / LOCK).mkdir(parents=True)
    with pytest.raises(TrainingError, match="a can't be locked: Is a directory"):
        hiertools_torch.train(**tiny, out=tmp_path / "a")


@pytest.mark.parametrize("stopped_at", range(5))
def test_overwriting_stopped_half_way_leaves_nothing_to_resume_wrongly(
    tiny, tmp_path, monkeypatch, stopped_at
):
    out = tmp_path / "a"
    run = hiertools_torch.train(**tiny, epochs=1, out=out)
    path, removed = type(out), []
    real = path.unlink

    def stop(self, missing_ok=False):
        if self.parent == out and self.exists():
            if len(removed) == 2 * stopped_at:
                raise KeyboardInterrupt
            removed.append(self.name)
        real(self, missing_ok=missing_ok)

    monkeypatch.setattr(path, "unlink", stop)
    with pytest.raises(KeyboardInterrupt):
        hiertools_torch.train(**tiny, epochs=1, seed=1, out=out, overwrite=True)
    monkeypatch.undo()
    assert (out / "config.yaml").exists() or not list(out.glob("*.pt"))
    if stopped_at:
        assert not run.finished
