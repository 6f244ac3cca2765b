"""What a run leaves is read as it was written, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

import hiertools as ht
import hiertools_torch
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch import cli
from hiertools_torch.errors import TrainingError
from hiertools_torch.runs import exports
from hiertools_torch.runs.run import Run
from hiertools_torch.training.checkpoint import load_checkpoint
from hiertools_torch.training.trainer import Trainer


@pytest.fixture
def run(tiny, tmp_path):
    return hiertools_torch.train(**tiny, epochs=2, out=tmp_path / "run")


def flip(path, where):
    """Make one bit of a file wrong."""
    content = bytearray(path.read_bytes())
    content[where] ^= 1 << (where % 8)
    path.write_bytes(bytes(content))


# --- checkpoints ---


def test_a_wrong_bit_anywhere_in_a_checkpoint_is_found(run):
    path = run.folder / "best.pt"
    good = path.read_bytes()
    ends = [*range(400), *range(len(good) - 400, len(good))]
    inside = np.random.default_rng(0).integers(0, len(good), 600).tolist()
    for where in [*ends, *inside]:
        flip(path, where)
        with pytest.raises(FileFormatError, match=r"Checkpoint .*best.pt can't be read"):
            load_checkpoint(path)
        path.write_bytes(good)
    for length in (0, 10, len(good) // 2, len(good) - 81, len(good) - 1):
        path.write_bytes(good[:length])
        with pytest.raises(FileFormatError, match=r"Checkpoint .*best.pt can't be read"):
            load_checkpoint(path)


def test_no_damaged_checkpoint_is_exported_resumed_or_compared(run, capsys):
    for name in ("best.pt", "last.pt"):
        flip(run.folder / name, (run.folder / name).stat().st_size // 3)
    before = run.representatives()
    with pytest.raises(FileFormatError, match="it is damaged, its content is not that"):
        hiertools_torch.export(run.folder)
    with pytest.raises(SystemExit):
        cli.main(["export", str(run.folder), "--checkpoint", "last"])
    assert "it is damaged" in capsys.readouterr().err
    assert run.representatives() == before
    with pytest.raises(FileFormatError, match="it is damaged"):
        hiertools_torch.train(run.config, out=run.folder, resume=True)
    with pytest.raises(FileFormatError, match="best.pt: is no readable checkpoint: it is damaged"):
        ht.as_representatives(run.folder / "best.pt")


def test_a_checkpoint_of_another_run_is_not_taken_for_this_one(run, tiny, tmp_path):
    other = hiertools_torch.train(**tiny, epochs=2, seed=5, out=tmp_path / "other")
    (run.folder / "best.pt").write_bytes((other.folder / "best.pt").read_bytes())
    message = r"best.pt is not of the run that config.yaml beside it names: seed \(was 5, now 0\)"
    with pytest.raises(OptionError, match=message):
        hiertools_torch.export(run.folder)
    config = run.folder / "config.yaml"
    config.write_text(config.read_text().replace("\nseed: 0", "\nseed: 1"))
    with pytest.raises(OptionError, match=r"last.pt is not of the run .*: seed \(was 0, now 1"):
        hiertools_torch.train(Run(run.folder).config, out=run.folder, resume=True)


def test_changed_data_are_not_exported(run, monkeypatch):
    real = exports.load_checkpoint
    monkeypatch.setattr(exports, "load_checkpoint", lambda path: {**real(path), "digest": "other"})
    with pytest.raises(TrainingError, match="data of .* have changed since the run began"):
        hiertools_torch.export(run.folder)


# --- exported files ---


READERS = {
    "representatives.npz": lambda run: run.representatives(),
    "prototypes.npz": lambda run: run.representatives("prototype"),
    "predictions.npz": lambda run: run.predictions(),
    "tree.json": lambda run: run.tree,
    "results.json": lambda run: run.results,
    "log.csv": lambda run: run.log,
    "provenance.json": lambda run: run.provenance,
}


@pytest.mark.parametrize("name", READERS)
def test_a_wrong_bit_in_an_exported_file_is_found(run, name):
    path = run.folder / name
    good = path.read_bytes()
    assert READERS[name](Run(run.folder)) is not None
    for where in np.random.default_rng(0).integers(0, len(good), 60).tolist():
        flip(path, where)
        with pytest.raises(FileFormatError):
            READERS[name](Run(run.folder))
        path.write_bytes(good)


def test_a_study_makes_no_table_of_a_damaged_result(tiny, tmp_path):
    options = {**tiny, "epochs": 1, "out": tmp_path / "s", "permutations": 0}
    study = hiertools_torch.study(["softmax"], [0], **options)
    (result,) = (tmp_path / "s" / "results").iterdir()
    result.write_text(result.read_text().replace("0.", "1.", 1))
    with pytest.raises(FileFormatError, match=r"json is not what the run wrote.*; delete it"):
        hiertools_torch.study(["softmax"], [0], **options)
    result.unlink()
    run = study.runs["quickdraw", "softmax", 0].folder
    (run / "representatives.npz").write_bytes(b"")
    again = hiertools_torch.study(["softmax"], [0], **options)  # which exports it again
    assert again.table.equals(study.table)


def test_an_export_stopped_half_way_is_no_export(run, tiny, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(exports.ht, "write_tree", stop)
    with pytest.raises(KeyboardInterrupt):
        hiertools_torch.export(run.folder, "last")
    monkeypatch.undo()
    assert not run.finished
    for read in (run.representatives, run.predictions, lambda: run.results):
        with pytest.raises(FileFormatError, match="no complete export.*hiertools_torch export"):
            read()
    hiertools_torch.train(run.config, out=run.folder, resume=True)
    assert run.finished
    assert run.representatives().provenance["checkpoint"] == "best"


def test_a_run_stopped_and_exported_is_not_finished(tiny, tmp_path, monkeypatch):
    real = Trainer.end_epoch

    def stop(self, seconds):
        if self.progress.epoch == 1:
            raise KeyboardInterrupt
        real(self, seconds)

    options = {**tiny, "epochs": 2, "out": tmp_path / "s", "permutations": 0}
    monkeypatch.setattr(Trainer, "end_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        hiertools_torch.study(["softmax"], [0], **options)
    monkeypatch.undo()
    (out,) = (tmp_path / "s" / "runs").iterdir()
    hiertools_torch.export(out)
    assert Run(out).representatives().provenance["epoch"] == 1
    assert not Run(out).finished
    study = hiertools_torch.study(["softmax"], [0], **options)
    assert len(study.runs["quickdraw", "softmax", 0].log) == 2
    assert Run(out).finished


def test_evaluate_takes_the_checkpoint_that_was_asked_for(tiny, tmp_path, capsys):
    run = hiertools_torch.train(**tiny, model="softmax", epochs=2, out=tmp_path / "a")
    words = ["evaluate", str(run.folder), "--json"]
    cli.main(words)
    best = capsys.readouterr().out
    hiertools_torch.export(run.folder, "last")
    assert run.provenance["checkpoint"] == "last"
    cli.main(words)
    assert capsys.readouterr().out == best


def test_predictions_of_an_earlier_export_do_not_stay_beside_another(tmp_path, picture):
    for name in ("a/x", "a/y", "b/z"):
        for i in range(4):
            picture(tmp_path / "root" / name / f"{i}.png", seed=i)
    run = hiertools_torch.train(
        data="plankton", root=tmp_path / "root", image_size=8, width=2, dim=4, epochs=1,
        validation=0, test=0, out=tmp_path / "run",
    )  # fmt: skip
    assert not (run.folder / "predictions.npz").exists()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "predictions.npz").write_bytes(b"of another run")
    hiertools_torch.export(run.folder, out=tmp_path / "b")
    assert not (tmp_path / "b" / "predictions.npz").exists()
