"""Processes that load images: what becomes of a training whose processes are killed."""

import multiprocessing
import os
import signal
import time

import pytest
import torch
from torch.utils.data import Dataset

import hiertools_torch
from hiertools_torch.data.loading import fetched, while_loading
from hiertools_torch.errors import TrainingError

TOLD = (
    r"^a process that loads images has ended \(DataLoader worker \(pid.*\) .*\); was there too "
    r"little memory\? Give fewer of them, or workers=0 for none, and go on with resume\.$"
)


class Images(Dataset):
    def __init__(self, deadly=None):
        self.deadly = deadly

    def __getitem__(self, position):
        if position == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return torch.zeros(1, 2, 2)


def test_one_that_is_killed_at_an_image_is_told():
    with pytest.raises(TrainingError, match=TOLD):
        list(fetched(Images(deadly=2), [[0, 1], [2, 3]], workers=1))


def test_one_that_is_killed_while_something_else_is_done_is_told():
    before = set(multiprocessing.active_children())
    batches = fetched(Images(), [[0], [1], [2], [3]], workers=1)
    next(batches)
    (process,) = set(multiprocessing.active_children()) - before

    def train():
        process.kill()
        time.sleep(60)  # which PyTorch interrupts

    with pytest.raises(TrainingError, match=TOLD), while_loading():
        train()


def test_who_is_stopped_with_its_processes_is_stopped():
    def stopped():
        try:
            raise KeyboardInterrupt
        finally:
            raise RuntimeError("DataLoader worker (pid 5) is killed by signal: Terminated. ")

    with pytest.raises(KeyboardInterrupt), while_loading():
        stopped()


def test_other_errors_are_left_alone():
    with pytest.raises(RuntimeError, match=r"^the loss is odd$"), while_loading():
        raise RuntimeError("the loss is odd")


def test_training_and_export_tell_it(monkeypatch, tmp_path, tiny):
    def killed(*_, **__):
        raise RuntimeError("DataLoader worker (pid 5) is killed by signal: Killed. ")

    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "run")
    monkeypatch.setattr("hiertools_torch.runs.train.Trainer.fit", killed)
    monkeypatch.setattr("hiertools_torch.runs.exports.embed", killed)
    with pytest.raises(TrainingError, match=TOLD):
        hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "other")
    with pytest.raises(TrainingError, match=TOLD):
        hiertools_torch.export(run.folder)
