"""The training loop: it learns, it repeats, it resumes exactly, it fails with a sentence."""

from __future__ import annotations

import contextlib
import errno
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

import hiertools as ht
import hiertools_torch
from hiertools._core.files import atomic_write
from hiertools.errors import FileFormatError, OptionError
from hiertools_torch.config import Config
from hiertools_torch.errors import TrainingError
from hiertools_torch.presets import MODELS
from hiertools_torch.runs import train
from hiertools_torch.runs.folder import FILES
from hiertools_torch.runs.run import Run
from hiertools_torch.training import checkpoint
from hiertools_torch.training.batches import epoch_batches
from hiertools_torch.training.checkpoint import load_checkpoint, save_checkpoint
from hiertools_torch.training.optimizer import learning_rate

HERE = Path(__file__).parent


def weights(folder, name="last.pt"):
    """All tensors of a checkpoint that decide how training goes on, by name."""
    state = load_checkpoint(Path(folder) / name)
    found = dict(state["model"])
    for i, values in state["optimizer"]["state"].items():
        found |= {f"optimizer {i} {name}": value for name, value in values.items()}
    return found


def assert_same(a, b, exactly=True):
    assert a.keys() == b.keys()
    for name in a:
        if exactly:
            assert torch.equal(a[name], b[name]), name
        else:
            torch.testing.assert_close(a[name], b[name], rtol=2e-3, atol=2e-4, msg=name)


# --- learning ---


def test_a_run_learns_and_leaves_every_file_that_hiertools_reads(tiny, tmp_path):
    tiny |= {"train_per_class": 60, "width": 4, "epochs": 8, "seed": 1}
    run = hiertools_torch.train(**tiny, model="normface", out=tmp_path / "a")
    assert {file.name for file in (tmp_path / "a").iterdir()} == set(FILES)
    assert run.results["best"]["accuracy"] > 0.4  # chance: 1/6
    assert run.log["loss"].iloc[-1] < run.log["loss"].iloc[0]
    assert run.log["epoch"].tolist() == list(range(1, 9))
    assert set(run.log.columns) >= {
        "scale", "learning_rate", "proxy_correlation", "prototype_correlation", "discriminability",
        "intensity", "feature_proxy_angle", "proxy_proxy_angle", "proxy_prototype_angle",
    }  # fmt: skip
    assert np.isfinite(run.log).all().all()
    assert run.log["discriminability"].iloc[-1] > run.log["discriminability"].iloc[0]

    tree = ht.read_tree(tmp_path / "a" / "tree.json")
    for kind, file in (("proxy", "representatives"), ("prototype", "prototypes")):
        representatives = run.representatives(kind)
        assert representatives.classes == tree.classes
        assert representatives.kind == kind
        assert representatives.provenance["config"]["model"] == "normface"
        assert ht.read_representatives(tmp_path / "a" / f"{file}.npz") == representatives
    predictions = ht.read_predictions(tmp_path / "a" / "predictions.npz")
    assert predictions.classes == tree.classes
    assert predictions.embeddings.shape == (120, 8)
    right = predictions.scores.argmax(1) == predictions.labels
    assert right.mean() == pytest.approx(run.results["best"]["accuracy"])
    cost = ht.path_distances(tree)[predictions.labels, predictions.scores.argmax(1)].mean()
    assert cost == pytest.approx(run.results["best"]["average_hierarchical_cost"])


def test_prototypes_are_normalised_means_of_normalised_training_features(tiny, tmp_path):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    data = hiertools_torch.load_data(run.config)
    state = load_checkpoint(tmp_path / "a" / "best.pt")
    model = hiertools_torch.training.model.build_model(
        run.config, data.tree, data.counts(), mean=(0.0,), deviation=(1.0,)
    ).eval()
    model.load_state_dict(state["model"])
    where = data.parts["train"]
    with torch.no_grad():
        features = model.features(data.source.images[torch.tensor(where)].float() / 255).double()
    unit = features / features.norm(dim=1, keepdim=True)
    for i, vector in enumerate(run.representatives("prototype").vectors):
        mean = unit[data.labels[where] == i].mean(0)
        np.testing.assert_allclose(vector, mean / mean.norm(), atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"model": "softmax", "class_prior": True},
        {"model": "corr"},
        {"model": "proxydr", "form": "angular", "proxies": "mds", "scale": "dynamic"},
        {"model": "proxydr", "optimizer": "sgd", "schedule": "constant", "clip": 1.0},
        {"model": "proxydr", "precision": "bf16-mixed", "random_backbone": True},
        {"model": "normface", "precision": "bf16-true"},
        {"model": "proxydr", "augment": False, "norm": "group", "optimizer": "adam", "warmup": 0.0},
    ],
)
def test_every_kind_of_option_trains(options, tiny, tmp_path):
    run = hiertools_torch.train(**tiny, **options, epochs=1, out=tmp_path / "a")
    assert np.isfinite(run.log["loss"]).all()
    kind = "weights" if options["model"] == "softmax" else "proxy"
    assert run.representatives().kind == kind
    assert run.representatives().rounded_to == np.float32  # what trains is of no more bits


@pytest.mark.filterwarnings("ignore::hiertools.HiertoolsWarning")  # 6 classes: no dynamic start
@pytest.mark.parametrize("name", MODELS)
def test_every_head_of_the_paper_and_beyond_trains(name, tiny, tmp_path):
    tiny |= {"train_per_class": 10, "epochs": 1, "augment": False}
    run = hiertools_torch.train(**tiny, **MODELS[name], out=tmp_path / "a")
    assert run.representatives().n_classes == 6
    assert np.isfinite(run.predictions().scores).all()


def test_no_epoch_gives_an_untrained_model(tiny, tmp_path):
    run = hiertools_torch.train(**tiny, epochs=0, out=tmp_path / "a")
    assert run.results["best"]["epoch"] == 0
    assert run.representatives("prototype").n_classes == 6


def test_size_information_and_folders_train(tmp_path, picture):
    for name in ("a/x", "a/y", "b/z"):
        for i in range(6):
            picture(tmp_path / "root" / name / f"{i}.png", size=(20 + i, 30), seed=i)
    options = {"data": "plankton", "root": tmp_path / "root", "image_size": 16, "width": 2,
               "dim": 4, "epochs": 1, "batch_size": 5}  # fmt: skip
    run = hiertools_torch.train(**options, size_informed=True, workers=1, out=tmp_path / "run")
    assert load_checkpoint(tmp_path / "run" / "best.pt")["model"]["sizes.weight"].shape == (4, 2)
    assert run.results["best"]["epoch"] == 1
    again = hiertools_torch.train(**options, size_informed=True, cache=True, out=tmp_path / "b")
    assert_same(weights(run.folder), weights(again.folder))


def test_early_stopping_stops_and_best_is_kept(tiny, tmp_path):
    run = hiertools_torch.train(
        **tiny, learning_rate=1e-9, epochs=20, patience=2, out=tmp_path / "a"
    )
    accuracy = run.log["validation_accuracy"]
    best = int(run.log["epoch"][accuracy.idxmax()])
    assert len(run.log) == best + 2 < 20
    assert run.results["best"]["epoch"] == best
    assert run.results["last"]["epoch"] == best + 2


def test_learning_rates_warm_up_and_fall():
    config = Config(learning_rate=1.0, warmup=0.2)
    rates = [learning_rate(config, step, 100) for step in range(100)]
    assert np.allclose(rates[:20], np.arange(1, 21) / 20)
    assert (np.diff(rates[20:]) < 0).all()
    assert rates[-1] < 0.01
    flat = config.replace(schedule="constant", warmup=0.0)
    assert learning_rate(flat, 99, 100) == 1.0


def test_batches_cover_an_epoch_once_in_an_order_of_seed_and_epoch():
    positions = np.arange(10, 33)
    batches = epoch_batches(positions, 5, seed=1, epoch=2)
    assert [len(b) for b in batches] == [5, 5, 5, 5, 3]
    assert np.array_equal(np.sort(np.concatenate(batches)), positions)
    again = epoch_batches(positions, 5, seed=1, epoch=2)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again))
    other = np.concatenate(epoch_batches(positions, 5, seed=1, epoch=3))
    assert not np.array_equal(np.concatenate(batches), other)


# --- repeating and resuming ---


def test_a_seed_gives_the_same_run_and_leaves_global_randomness_alone(tiny, tmp_path):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    hiertools_torch.train(**tiny, epochs=2, out=tmp_path / "a")
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(8)
    hiertools_torch.train(**tiny, epochs=2, out=tmp_path / "b", checkpoint_every=1)
    hiertools_torch.train(**tiny, epochs=2, out=tmp_path / "c", seed=1)
    assert_same(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not torch.equal(
        weights(tmp_path / "a")["embedding.weight"], weights(tmp_path / "c")["embedding.weight"]
    )


def test_trainings_in_threads_are_those_that_they_are_alone(tiny, tmp_path):
    options = {**tiny, "epochs": 3, "dropout": 0.5, "batch_size": 10}
    alone = [hiertools_torch.train(**options, seed=s, out=tmp_path / f"a{s}") for s in (0, 1)]
    threads = [
        threading.Thread(
            target=hiertools_torch.train, kwargs=options | {"seed": s, "out": tmp_path / f"b{s}"}
        )
        for s in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    for s, run in enumerate(alone):
        assert_same(weights(run.folder), weights(tmp_path / f"b{s}"))


def test_killed_before_operations_on_files_and_resumed_equals_a_run_in_one_piece():
    kills = HERE.parent / "verification" / "kills"
    command = [sys.executable, str(kills), "--step", "40", "--only", "train"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout.splitlines()[-1]
    assert int(re.fullmatch(r"train: (\d+) kills", told)[1]) >= 3


def test_a_finished_run_is_only_exported_again(tiny, tmp_path):
    run = hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    before = weights(tmp_path / "a")
    (tmp_path / "a" / "predictions.npz").unlink()
    hiertools_torch.train(run.config, out=tmp_path / "a", resume=True)
    assert_same(before, weights(tmp_path / "a"))
    assert (tmp_path / "a" / "predictions.npz").exists()


def test_existing_folders_are_refused_and_overwritten_only_if_a_run_lies_there(tiny, tmp_path):
    out = tmp_path / "a"
    hiertools_torch.train(**tiny, epochs=1, out=out)
    with pytest.raises(OptionError, match="is not empty; pass --resume .* --overwrite"):
        hiertools_torch.train(**tiny, epochs=1, out=out)
    with pytest.raises(OptionError, match="resume and overwrite contradict"):
        hiertools_torch.train(**tiny, epochs=1, out=out, resume=True, overwrite=True)
    with pytest.raises(OptionError, match=r"other options: epochs \(was 1, now 2\)"):
        hiertools_torch.train(**tiny, epochs=2, out=out, resume=True)
    hiertools_torch.train(**tiny, epochs=2, out=out, overwrite=True)
    assert Run(out).config.epochs == 2
    (out / "thesis.tex").write_text("dear")
    with pytest.raises(OptionError, match=r"holds files that no run wrote: 'thesis.tex'"):
        hiertools_torch.train(**tiny, epochs=1, out=out, overwrite=True)
    assert (out / "last.pt").exists()


def test_files_without_a_config_are_no_run_to_resume(tiny, tmp_path):
    (tmp_path / "thesis.tex").write_text("dear")
    with pytest.raises(
        OptionError, match=r"holds 'thesis.tex', but no config.yaml and no last.pt, and"
    ):
        hiertools_torch.train(**tiny, epochs=1, out=tmp_path, resume=True)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_changed_data_are_not_trained_on(tiny, tmp_path, monkeypatch):
    hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    monkeypatch.setattr(train, "load_checkpoint", lambda path: {
        **load_checkpoint(path), "digest": "other"})  # fmt: skip
    with pytest.raises(TrainingError, match="data of .* have changed since the run began"):
        hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a", resume=True)


def test_data_with_other_classes_are_not_exported(tiny, tmp_path):
    out = tmp_path / "a"
    run = hiertools_torch.train(**tiny, epochs=1, out=out)
    names = run.representatives().classes
    for name in ("best.pt", "last.pt"):
        state = load_checkpoint(out / name)
        assert ht.produce(out / name, layer="head.proxies").classes == names
        save_checkpoint({**state, "classes": state["classes"][::-1]}, out / name)
    before = (out / "representatives.npz").read_bytes()
    message = f"output 0 is {names[-1]!r}, now {names[0]!r}; restore the data"
    with pytest.raises(TrainingError, match=message):
        hiertools_torch.export(out)
    assert (out / "representatives.npz").read_bytes() == before


# --- failing ---


def test_a_loss_that_is_no_number_stops_with_a_usable_checkpoint(tiny, tmp_path):
    with pytest.raises(
        TrainingError,
        match=r"The loss became (nan|inf) in epoch 1, step \d.*last.pt \(written before the first ",
    ):
        hiertools_torch.train(
            **tiny, model="softmax", optimizer="sgd", learning_rate=1e30, warmup=0.0, epochs=5,
            out=tmp_path / "a",
        )  # fmt: skip
    state = load_checkpoint(tmp_path / "a" / "last.pt")
    assert all(torch.isfinite(v).all() for v in state["model"].values())
    results = hiertools_torch.export(tmp_path / "a", checkpoint="last")
    assert results["last"]["accuracy"] >= 0


@pytest.mark.parametrize(("number", "epoch"), [(2, 0), (4, 1)], ids=["first", "later"])
def test_a_full_disk_keeps_the_checkpoint_before(number, epoch, tiny, tmp_path, monkeypatch):
    real, count = torch.save, [0]

    def full(state, file):
        count[0] += 1
        if count[0] == number:
            file.write(b"some")
            raise OSError(errno.ENOSPC, "No space left on device")
        real(state, file)

    monkeypatch.setattr(checkpoint.torch, "save", full)
    with pytest.raises(
        TrainingError, match=r"(best|last).pt' could not be .*No space left.*--resume, or"
    ):
        hiertools_torch.train(**tiny, epochs=5, out=tmp_path / "a")
    assert load_checkpoint(tmp_path / "a" / "last.pt")["progress"]["epoch"] == epoch
    assert not list((tmp_path / "a").glob(".*.part"))


def test_folders_that_cannot_be_written_are_named(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    with pytest.raises(TrainingError, match="file is a file"):
        hiertools_torch.train(**tiny, out=tmp_path / "file")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(TrainingError, match="can't be written: no permission in"):
        hiertools_torch.train(**tiny, out=tmp_path / "b" / "c")


def test_damaged_and_foreign_checkpoints_are_named(tiny, tmp_path):
    hiertools_torch.train(**tiny, epochs=1, out=tmp_path / "a")
    file = tmp_path / "a" / "best.pt"
    with pytest.raises(FileFormatError, match="no checkpoint .*gone.pt: the folder holds no run"):
        load_checkpoint(tmp_path / "gone.pt")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(FileFormatError, match=r"best.pt can't be read"):
        hiertools_torch.export(tmp_path / "a")
    torch.save({"weights": torch.zeros(2)}, file)
    with pytest.raises(FileFormatError, match="no checkpoint of hiertools_torch"):
        load_checkpoint(file)
    torch.save({"version": 1, "run": Path("x").__class__}, file)
    with pytest.raises(FileFormatError, match="can't be read"):
        load_checkpoint(file)


def test_engines_that_are_not_there_are_a_sentence(tiny, tmp_path):
    if torch.cuda.is_available():
        tiny |= {"accelerator": "tpu"}
    else:
        tiny |= {"accelerator": "cuda"}
    with pytest.raises(OptionError, match="accelerator=.* can't be used here"):
        hiertools_torch.train(**tiny, out=tmp_path / "a")


def test_a_full_disk_is_named_whatever_the_zip_writer_says(tmp_path, monkeypatch):
    """Closed after a write that failed, torch's writer complains of positions."""
    monkeypatch.setattr("hiertools_torch.training.checkpoint.atomic_write", almost_full)
    state = {"weights": torch.zeros(3000)}
    with pytest.raises(
        TrainingError, match=r"last.pt' could not be written: No space left"
    ) as told:
        save_checkpoint(state, tmp_path / "last.pt")
    assert "--resume" not in str(told.value)
    (tmp_path / "last.pt").write_bytes(b"before")
    with pytest.raises(TrainingError, match="go on with --resume, or in a study with --retry-"):
        save_checkpoint(state, tmp_path / "best.pt")
    assert {each.name for each in tmp_path.iterdir()} == {"last.pt"}


@contextlib.contextmanager
def almost_full(path, mode):
    """A file on a disk with room for small writes only."""
    with atomic_write(path, mode) as file:

        class Disk:
            def write(self, data):
                if len(data) > 1000:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return file.write(data)

            def flush(self):
                file.flush()

        yield Disk()
