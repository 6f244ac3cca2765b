"""Starts that fail, runs that go on, and checkpoints that are not what they were."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import torch

import hiertools as ht
import hiertools_torch
from hiertools._core.seal import seal
from hiertools.errors import FileFormatError, MissingDependencyError, OptionError
from hiertools_torch import cli
from hiertools_torch.runs.lock import LOCK
from hiertools_torch.runs.run import Run
from hiertools_torch.training.checkpoint import SHAPE, load_checkpoint, save_checkpoint
from hiertools_torch.training.trainer import Trainer


def refused(capsys, *words):
    with pytest.raises(SystemExit) as left:
        cli.main([str(word) for word in words])
    assert left.value.code == 2
    return capsys.readouterr().err


def fails_to_start(tiny, out, monkeypatch, **options):
    def missing(*_, **__):
        raise MissingDependencyError("needs timm, which can't be imported")

    with monkeypatch.context() as patched:
        patched.setattr("hiertools_torch.training.trainer.build_model", missing)
        with pytest.raises(MissingDependencyError, match="timm"):
            hiertools_torch.train(**tiny, epochs=1, out=out, **options)


def test_a_start_that_fails_does_not_stand_in_the_way_of_the_next(tiny, tmp_path, monkeypatch):
    fails_to_start(tiny, tmp_path / "a", monkeypatch)
    assert {file.name for file in (tmp_path / "a").glob("*")} <= {LOCK}
    assert hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a").finished


@pytest.mark.parametrize("option", [{}, {"resume": True}, {"overwrite": True}], ids=str)
def test_what_a_run_that_was_killed_at_its_first_file_left_stands_in_nobodys_way(
    option, tiny, tmp_path
):
    for name in (LOCK, ".config.yaml.0.part"):
        (tmp_path / name).write_text("epo")
    run = hiertools_torch.train(**tiny, epochs=0, out=tmp_path, **option)
    assert run.finished
    assert not list(tmp_path.glob(".*"))


def test_a_start_that_fails_leaves_what_was_to_be_overwritten(tiny, tmp_path, monkeypatch):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    before = run.representatives()
    fails_to_start(tiny, tmp_path / "a", monkeypatch, overwrite=True)
    assert Run(tmp_path / "a").representatives() == before


def test_there_must_be_a_run_to_resume(tiny, tmp_path, capsys):
    for out in (tmp_path / "nowhere", tmp_path):
        told = refused(capsys, "train", "--resume", "--out", out)
        assert "there is no run to go on with in" in told
    assert list(tmp_path.iterdir()) == []


def test_a_run_goes_on_without_its_config_by_that_of_its_checkpoint(tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    config, before = run.config, run.representatives()
    (run.folder / "config.yaml").unlink()
    cli.main(["train", "--resume", "--out", str(run.folder), "--quiet"])
    assert Run(run.folder).config == config
    assert Run(run.folder).representatives() == before
    (run.folder / "config.yaml").unlink()
    told = refused(capsys, "train", "--resume", "--out", run.folder, "--epochs", "2")
    assert "other options: epochs (was 1, now 2)" in told
    (tmp_path / "more.yaml").write_text("epochs: 3")
    told = refused(capsys, "train", tmp_path / "more.yaml", "--resume", "--out", run.folder)
    assert "other options: epochs (was 1, now 3)" in told


def test_a_best_checkpoint_that_was_removed_is_told_as_that(tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    (run.folder / "best.pt").unlink()
    for words in (["export", run.folder], ["train", "--resume", "--out", run.folder]):
        told = refused(capsys, *words)
        command = f"`hiertools_torch export {run.folder} --checkpoint last`"
        assert f"best.pt: it was removed; take the last one: {command}.\n" in told
    cli.main(["export", str(run.folder), "--checkpoint", "last"])


def test_the_best_of_the_epochs_to_come_takes_the_place_of_one_that_is_gone(
    tiny, tmp_path, capsys, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "train_epoch", stop_after(Trainer.train_epoch, 2))
        with pytest.raises(KeyboardInterrupt):
            hiertools_torch.train(**tiny, epochs=3, out=tmp_path / "a")
    (tmp_path / "a" / "best.pt").unlink()
    capsys.readouterr()
    cli.main(["train", "--resume", "--out", str(tmp_path / "a")])
    assert "best.pt is gone; the best of the epochs to come takes its" in capsys.readouterr().err
    assert load_checkpoint(tmp_path / "a" / "best.pt")["progress"]["epoch"] == 3


def stop_after(train_epoch, epochs):
    """Return a function that trains so many epochs, and is then interrupted."""

    def train(trainer):
        if trainer.progress.epoch == epochs:
            raise KeyboardInterrupt
        train_epoch(trainer)

    return train


def test_a_folder_of_other_files_is_told_as_that(tmp_path, capsys):
    (tmp_path / "study.json").write_text("{}")
    told = refused(capsys, "train", "--epochs", "0", "--out", tmp_path)
    assert told.endswith("holds 'study.json', and no run; give another --out.\n")


def test_a_folder_without_a_run_is_told_as_that_by_export(tmp_path, capsys):
    told = refused(capsys, "export", tmp_path)
    assert "best.pt: the folder holds no run; `hiertools_torch train` makes one.\n" in told


def test_a_best_checkpoint_alone_can_be_exported(tiny, tmp_path):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    before = run.representatives()
    (run.folder / "config.yaml").unlink()
    (run.folder / "last.pt").unlink()
    hiertools_torch.export(run.folder, out=tmp_path / "b")
    assert ht.read_representatives(tmp_path / "b" / "representatives.npz") == before


ODD = {
    "progress": [
        [1], {"epoch": -3}, {"epoch": "x"}, {"history": 3}, {"best": None},
        {"finished": 1},
    ],
    "model": ["x", {}, {"mean": torch.zeros(3)}],
    "optimizer": [{}, {"param_groups": []}],
    "sums": [3, {}],
    "config": [[1]],
    "classes": [3, [1]],
    "digest": [3],
    "precision": [3],
}  # fmt: skip
"""Parts of a checkpoint, each sealed rightly, that no run can go on from."""


def test_odd_parts_of_a_checkpoint_are_refused_in_a_sentence(tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    path = run.folder / "last.pt"
    state = load_checkpoint(path)
    for key, several in ODD.items():
        for odd in several:
            of_part = isinstance(odd, dict) and key in ("progress", "optimizer") and odd
            with path.open("w+b") as file:
                torch.save({**state, key: {**state[key], **odd} if of_part else odd}, file)
                seal(file)
            told = refused(capsys, "train", "--resume", "--out", run.folder, "--quiet")
            assert re.search(
                rf"last.pt can't be read: its '{key}' can't be that of a run; take it from a copy,"
                r"|last.pt is not of the model that the run's config describes: \S", told
            ), (key, odd, told)  # fmt: skip
    told = refused(capsys, "export", run.folder, "--checkpoint", "last")
    assert "its 'precision' can't be that of a run" in told


@pytest.mark.filterwarnings("always::hiertools.errors.HiertoolsWarning")
@pytest.mark.parametrize("harm", ["cut", "gone", "link", "pipe"])
def test_a_run_whose_last_checkpoint_is_lost_keeps_all_else(harm, tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, epochs=2, out=tmp_path / "a").folder
    last = run / "last.pt"
    content = last.read_bytes()
    last.unlink()
    told = {"link": "is a link to 'nowhere'", "pipe": "is a device or pipe"}.get(harm, harm)
    if harm == "cut":
        last.write_bytes(content[:5000])
        told = "last.pt can't be read: "
    elif harm == "link":
        last.symlink_to("nowhere")
    elif harm == "pipe":
        os.mkfifo(last)
    else:
        told = "last.pt: it was removed"
    before = {file.name: file.read_bytes() for file in run.iterdir() if file != last}
    for command in (["train", "--resume", "--out", run], ["export", run, "--checkpoint", "last"]):
        said = refused(capsys, *command)
        assert told in said
        assert f"`hiertools_torch export {run} --checkpoint best`" in said
        assert f"`hiertools_torch train {run}/config.yaml --out FOLDER`" in said
    assert {file.name: file.read_bytes() for file in run.iterdir() if file != last} == before
    # What it advises: the best one, and a run anew.
    cli.main(["export", str(run), "--checkpoint", "best"])
    warned = "warning: the results of" in capsys.readouterr().err
    assert warned == (harm in ("cut", "pipe"))  # where it is not there, nothing is left out
    assert set(hiertools_torch.Run(run).results) == {"best"}
    assert (run / "representatives.npz").read_bytes() == before["representatives.npz"]
    cli.main(["train", str(run / "config.yaml"), "--out", str(tmp_path / "b"), "--quiet"])
    assert hiertools_torch.Run(tmp_path / "b").results["best"]["epoch"] in (1, 2)


def test_a_config_that_is_empty_is_not_taken_for_other_data(tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    (run.folder / "config.yaml").write_text("")
    told = refused(capsys, "train", "--resume", "--out", run.folder)
    assert (
        "last.pt is not of the run that config.yaml beside it names: subset (was 'cat,dog," in told
    )


@pytest.mark.parametrize("key", SHAPE)
def test_a_checkpoint_that_lacks_a_part_is_refused(tmp_path, key):
    path = tmp_path / "last.pt"
    state = {name: None for name in SHAPE if name != key}
    with path.open("w+b") as file:
        torch.save({"version": 2, **state}, file)
        seal(file)
    with pytest.raises(FileFormatError, match=f"it lacks '{key}'; take it from a copy"):
        load_checkpoint(path)


class Harmful:
    """What torch refuses to make while it loads weights only."""


def test_nobody_is_told_to_load_what_could_run_code(tmp_path):
    path = tmp_path / "last.pt"
    with path.open("w+b") as file:
        torch.save({"version": 2, "model": Harmful()}, file)
        seal(file)
    with pytest.raises(FileFormatError, match="more than tensors and plain values") as caught:
        load_checkpoint(path)
    assert "weights_only" not in str(caught.value)


def test_options_of_another_kind_are_refused_on_resuming(tiny, tmp_path):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    (run.folder / "config.yaml").unlink()
    with pytest.raises(OptionError, match=r"epochs \(was 1, now 2\)"):
        hiertools_torch.train(**tiny, epochs=2, out=run.folder, resume=True)


def stopped(monkeypatch, capsys, where, *words):
    """Return the line that a command ends with when Ctrl-C reaches it at some function."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(where, interrupted)
        with pytest.raises(SystemExit) as left:
            cli.main([str(word) for word in words])
    assert left.value.code == 130
    return capsys.readouterr().err


QUICK = ["--subset", "cat,dog,car,bus", "--width", "2", "--dim", "8", "--epochs", "1",
         "--train-per-class", "20"]  # fmt: skip
FIT = "hiertools_torch.training.trainer.Trainer.fit"


def test_a_training_that_is_stopped_says_how_to_go_on_once_there_is_a_run(
    tmp_path, monkeypatch, capsys
):
    out = tmp_path / "a"
    words = ["train", *QUICK, "--out", out]
    told = stopped(monkeypatch, capsys, "hiertools_torch.runs.train.load_data", *words)
    assert told == "hiertools_torch: interrupted.\n"
    told = stopped(monkeypatch, capsys, FIT, *words)
    assert told == f"hiertools_torch: interrupted. Go on with --resume --out {out}.\n"
    cli.main(["train", "--resume", "--out", str(out), "--quiet"])
    assert Run(out).finished
    told = stopped(monkeypatch, capsys, "hiertools.evaluate", "evaluate", out)
    assert told == "hiertools_torch: interrupted.\n"


def test_a_study_that_is_stopped_goes_on_by_the_same_command(tmp_path, monkeypatch, capsys):
    told = stopped(monkeypatch, capsys, FIT, "study", *QUICK, "--jobs", 0, "--out", tmp_path)
    assert told.splitlines()[-1] == (
        "hiertools_torch: interrupted. Give the same command again to go on: "
        "what is finished is kept."
    )


# A signal reaches each of two commands in the middle of its second epoch, behind a checkpoint. How
# the first one ends is printed, and the process ends as the second does.
SIGNALLED = """
import signal, sys
from hiertools_torch.__main__ import main
from hiertools_torch.training.trainer import Trainer

first, second, *words = sys.argv[1:]
# A process of a shell's background, as tests may be, is started deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
backward = Trainer.backward

def reached(trainer, batch):
    if (trainer.progress.epoch, trainer.progress.step) == (1, 3):
        signal.raise_signal(number)
    return backward(trainer, batch)

Trainer.backward = reached
number, sys.argv[1:] = signal.SIGTERM, [*words, "--out", first]
try:
    main()
except SystemExit as ended:
    print(ended.code)
number, sys.argv[1:] = signal.SIGINT, [*words, "--out", second]
main()
"""
STEPS = ["--subset", "cat,dog,car,bus", "--width", "2", "--dim", "8", "--train-per-class", "20",
         "--batch-size", "10", "--epochs", "2", "--checkpoint-every", "2", "--model", "proxydr",
         "--scale", "dynamic", "--accelerator", "cpu", "--quiet"]  # fmt: skip


def equal(a, b):
    """Tell whether two checkpoints hold the same, to the bit, less how long an epoch took."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a if k != "seconds")
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b or (a != a and b != b)


def test_a_signal_in_the_middle_of_an_epoch_changes_no_bit(tmp_path, capsys):
    whole, *stopped = tmp_path / "whole", tmp_path / "terminated", tmp_path / "interrupted"
    cli.main(["train", *STEPS, "--out", str(whole)])
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED, *map(str, stopped), "train", *STEPS],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (130, "143\n")
    assert done.stderr.splitlines() == [
        f"hiertools_torch: {out.name}. Go on with --resume --out {out}." for out in stopped
    ]
    for out in stopped:
        progress = load_checkpoint(out / "last.pt")["progress"]
        assert (progress["epoch"], progress["step"]) == (1, 2)
        assert not list(out.glob(".*.part"))
        cli.main(["train", "--resume", "--out", str(out), "--quiet"])
        assert {file.name for file in out.iterdir()} == {file.name for file in whole.iterdir()}
        for name in ("last.pt", "best.pt"):
            assert equal(load_checkpoint(out / name), load_checkpoint(whole / name))
        for name in ("representatives.npz", "prototypes.npz", "predictions.npz", "tree.json"):
            assert (out / name).read_bytes() == (whole / name).read_bytes()
    capsys.readouterr()


def test_ctrl_c_while_a_checkpoint_is_written_is_no_fault_of_the_disk(monkeypatch, tmp_path):
    path = tmp_path / "last.pt"
    save_checkpoint({"epoch": 1}, path)
    before = path.read_bytes()

    def interrupted(*_):
        try:
            raise KeyboardInterrupt
        finally:  # as PyTorch's writer, which is closed half-way
            raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0")

    monkeypatch.setattr("torch.save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint({"epoch": 2}, path)
    assert [file.name for file in tmp_path.iterdir()] == ["last.pt"]
    assert path.read_bytes() == before
