"""Loggers that a config names: what they write, how they go on, what is missing."""

from __future__ import annotations

import errno
import sys
import types

import pandas as pd
import pytest

import hiertools_torch as htt
from hiertools.errors import MissingDependencyError, OptionError
from hiertools_torch import Config
from hiertools_torch.errors import TrainingError
from hiertools_torch.training import loggers, trainer

TINY = {
    "subset": "cat,dog,car", "width": 2, "dim": 8, "train_per_class": 8, "model": "softmax",
    "epochs": 3, "log": "csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return htt.train(**TINY, out=tmp_path_factory.mktemp("logged") / "a")


def assert_logged(run, folder):
    table = pd.read_csv(folder / "logs" / "metrics.csv").set_index("step")
    log = run.log.set_index("epoch")
    assert table.index.tolist() == [1, 2, 3]
    for name in set(log.dropna(axis=1)) - {"seconds"}:  # what is no number is not logged
        assert table[name].tolist() == pytest.approx(log[name].tolist()), name


def test_csv_holds_the_epochs_of_the_log(run):
    assert_logged(run, run.folder)


def test_a_logger_that_can_not_write_is_told_and_the_run_goes_on_with_all_epochs(run, tmp_path):
    from lightning_fabric.loggers.csv_logs import _ExperimentWriter

    seen = []

    def full(self, real=_ExperimentWriter.save):
        seen.append(self)
        if len(seen) >= 2:
            raise OSError(errno.ENOSPC, "No space left on device", "metrics.csv")
        real(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_ExperimentWriter, "save", full)
        told = (
            "^the logger CSVLogger could not write to 'metrics.csv': No space left on device. Make "
            "room .* then go on with --resume, or in a study with --retry-failed.$"
        )
        with pytest.raises(TrainingError, match=told):
            htt.train(**TINY, out=tmp_path / "b")
    htt.train(**TINY, resume=True, out=tmp_path / "b")
    assert_logged(run, tmp_path / "b")


def test_a_run_that_goes_on_has_all_epochs_and_one_that_starts_anew_only_its_own(run, tmp_path):
    def stop(self, *args, real=trainer.Trainer.end_epoch):
        real(self, *args)
        if self.progress.epoch == 2:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trainer.Trainer, "end_epoch", stop)
        with pytest.raises(KeyboardInterrupt):
            htt.train(**TINY, out=tmp_path / "b")
    htt.train(**TINY, resume=True, out=tmp_path / "b")
    assert_logged(run, tmp_path / "b")
    htt.train(**TINY | {"log": None, "epochs": 0}, overwrite=True, out=tmp_path / "b")
    assert not (tmp_path / "b" / "logs").exists()
    (tmp_path / "b" / "logs").mkdir()
    (tmp_path / "b" / "logs" / "mine.txt").write_text("mine")
    with pytest.raises(OptionError, match="files that no run wrote: 'logs/mine.txt'"):
        htt.train(**TINY, overwrite=True, out=tmp_path / "b")


def test_tensorboard_is_named_where_it_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setattr(loggers, "find_spec", lambda name: None)
    with pytest.raises(
        MissingDependencyError, match=r"log='tensorboard' .*hiertools\[tensorboard\]"
    ):
        htt.train(**TINY | {"log": "csv,tensorboard"}, out=tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_tensorboard_takes_later_epochs_in_the_place_of_those_it_has(monkeypatch, tmp_path):
    import lightning_fabric.loggers as of_fabric

    made = []

    class Board:
        def __init__(self, *args, **options):
            made.append((args, options))
            self.rows = []

        def log_metrics(self, metrics, step):
            self.rows.append((metrics, step))

        def finalize(self, status):
            self.status = status

    stand_in = types.SimpleNamespace(TensorBoardLogger=Board)
    monkeypatch.setattr(of_fabric, "tensorboard", stand_in)
    config = Config(log="tensorboard")
    with loggers.named_loggers(config, tmp_path, []) as (first,):
        loggers.log_row([first], {"epoch": 1, "loss": 2.0, "scale": float("nan")})
    assert (first.rows, first.status) == ([({"epoch": 1.0, "loss": 2.0}, 1)], "success")
    with loggers.named_loggers(config, tmp_path, [{"epoch": 1, "loss": 2.0}]) as (again,):
        assert again.rows == []
    assert [options["purge_step"] for _, options in made] == [None, 2]


def test_words_are_checked():
    assert Config(log="csv, tensorboard,csv").logs == ("csv", "tensorboard")
    for given, told in (
        ("tensorbord", "Did you mean 'tensorboard'"),
        (",", "log has no option ','"),
    ):
        with pytest.raises(OptionError, match=told):
            Config(log=given)
