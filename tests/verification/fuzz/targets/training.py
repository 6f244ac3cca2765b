"""What `hiertools_torch` reads: configs, data sets, checkpoints, runs. Nothing is trained."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

from fuzz.again import predictions_again, tree_again, vectors_again
from fuzz.bundles import archive, parts, unfold
from fuzz.oracle import after_reading, expect
from fuzz.target import Target
from fuzz.targets.models import PICKLE
from fuzz.targets.vectors import whole


def _config(data: bytes, folder: Path) -> None:
    """Read a config: TOML where the first byte says so, else YAML."""
    from hiertools_torch import Config

    name = "given.toml" if data[:1] == b"t" else "given.yaml"
    config = Config.read(whole(data[1:], folder, name))
    _config_again(config, folder)


@after_reading
def _config_again(config: Any, folder: Path) -> None:
    config.save(folder / "again.yaml")
    expect(type(config).read(folder / "again.yaml") == config, "another config")


def _held(raw: Any, folder: Path) -> None:
    expect(len(raw.labels) == len(raw.source), "labels for other images")
    expect(set(raw.classes) >= set(raw.tree.classes), "classes that the tree has alone")
    tree_again(raw.tree, folder)


def _cifar(data: bytes, folder: Path) -> None:
    """Read the three pickles of the archive, as files of a folder."""
    from hiertools_torch.data.cifar import read_cifar100

    _held(read_cifar100(unfold(parts(data), folder / "cifar")), folder)


def _cifar_packed(data: bytes, folder: Path) -> None:
    """Read an archive: one that is made of the parts, or the input itself."""
    from hiertools_torch.data.cifar import read_cifar100

    given, file = parts(data), BytesIO()
    if "meta" in given:
        with tarfile.open(fileobj=file, mode="w:gz") as packed:
            for name, content in given.items():
                about = tarfile.TarInfo(f"cifar-100-python/{name}")
                about.size = len(content)
                packed.addfile(about, BytesIO(content))
    path = whole(file.getvalue() or data, folder, "cifar-100-python.tar.gz")
    _held(read_cifar100(path), folder)


def _pickle(data: bytes, _: Path) -> None:
    from hiertools_torch.data.pickles import read_pickle

    read_pickle(data, "the file")


def _nabirds(data: bytes, folder: Path) -> None:
    from hiertools_torch.data.nabirds import read_nabirds

    place = unfold(parts(data), folder / "birds")
    images = unfold({"a.pgm": _IMAGE, "b.pgm": _IMAGE}, place / "images")
    expect(images.is_dir(), "no images")
    _held(read_nabirds(place, side=8, on_bad="skip"), folder)


_IMAGE = b"P5 2 2 255\n\0\1\2\3"


def _images(data: bytes, folder: Path) -> None:
    """Read a folder of two images, of which the input is one; the first byte says of which kind."""
    import numpy as np

    from hiertools_torch.data.folders import IMAGE_ENDINGS, read_folders

    ending = IMAGE_ENDINGS[data[0] % len(IMAGE_ENDINGS)] if data else ".png"
    root = folder / "images"
    root.mkdir(exist_ok=True)
    unfold({f"given{ending}": data[1:]}, root / "a")
    unfold({"other.pgm": _IMAGE}, root / "b")
    found = read_folders(root, side=8, on_bad="error" if len(data) % 2 else "skip")
    _held(found, folder)
    for batch in found.source.batches([np.arange(len(found.labels))], 0):
        expect(batch.shape[2:] == (8, 8), "images of another size")


def _sealed(data: bytes, folder: Path) -> None:
    """Go on from a checkpoint whose members are the parts of the input, with a right digest."""
    from hiertools._core.seal import seal
    from hiertools_torch.runs.folder import saved_config

    given = {name.replace("data-", "data/"): content for name, content in parts(data).items()}
    file = BytesIO(archive(given, "archive/"))
    seal(file)
    place = unfold({"last.pt": file.getvalue()}, folder / "run")
    config = saved_config(place)
    expect(config is not None, "no config")


def _run(data: bytes, folder: Path) -> None:
    """Read a run folder; its provenance gets the right digests where it is JSON."""
    from hiertools_torch import Run
    from hiertools_torch.runs.provenance import write_provenance

    given = parts(data)
    place = unfold(given, folder / "run")
    try:
        values = json.loads(given.get("provenance.json", b""))
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, dict):
        (place / "provenance.json").unlink()
        write_provenance(values, place, [name for name in given if name in _EXPORTED])
    run = Run(place)
    expect(run.config.to_dict(), "no config")
    expect(run.finished in (True, False), "neither finished nor not")
    expect(run.log is not None, "no log")
    for scores in run.results.values():
        expect(isinstance(scores, dict), "results that are no scores")
    tree_again(run.tree, folder)
    if "representatives.npz" in given:
        vectors_again(run.representatives(), folder)
    if "predictions.npz" in given:
        predictions_again(run.predictions(), folder)


def _study(data: bytes, folder: Path) -> None:
    """Read the folder of a study; its result files get the right digest where they are JSON."""
    from hiertools_torch import Study
    from hiertools_torch.studies.results import write_result

    given = parts(data)
    place = unfold({n: v for n, v in given.items() if n == "study.json"}, folder / "study")
    results = unfold({n: v for n, v in given.items() if n != "study.json"}, place / "results")
    for file in results.iterdir():
        try:
            values = json.loads(file.read_bytes())
            write_result({k: v for k, v in values.items() if k != "sha256"}, file)
        except (ValueError, RecursionError, AttributeError, KeyError, TypeError):
            continue
    study = Study.read(place)
    _told(study)
    if study.results:
        study.markdown()


@after_reading
def _told(study: Any) -> None:
    rows = sum(len(result.scores) for result in study.results.values())
    expect(len(study.table) == rows, "scores that are lost")
    expect(study.log is not None and study.runs == {}, "runs that there aren't")


_EXPORTED = ("tree.json", "log.csv", "results.json", "representatives.npz", "predictions.npz")

_KEYS = ("data: folder\n", "root: /x\n", "model: corr\n", "epochs: 1\n", "scale: dynamic\n", "\n",
         "learning_rate: ", "1e-3", ".nan", ".inf", "null", "true", "- a\n", "? ", "&a ", "*a",
         "<<: ", "!!python/object/apply:os.system ", "!!binary ", "!!timestamp ", "2001-01-01",
         "1_000", "0o7", "[1]", "{a: 1}", "'''", '"""', "batch-size: ")  # fmt: skip

TARGETS = (
    Target("config", "configs, YAML and TOML", _config, ("Config.read",), _KEYS,
           ("torch", "yaml")),
    Target("cifar", "the pickles of CIFAR-100", _cifar, ("data cifar100",),
           ("\n%% train\n", "\n%% test\n", "\n%% meta\n", *PICKLE), ("torch",)),
    Target("cifar-packed", "the archive of CIFAR-100", _cifar_packed, (),
           ("\n%% train\n", "\n%% test\n", "\n%% meta\n"), ("torch",)),
    Target("pickle", "pickles of plain data", _pickle, ("read_pickle",), PICKLE, ("torch",)),
    Target("nabirds-images", "NABirds with its images", _nabirds, ("data nabirds",),
           ("\n%% images.txt\n", "\n%% image_class_labels.txt\n", "\n%% classes.txt\n",
            "\n%% hierarchy.txt\n", "\n%% train_test_split.txt\n", "a.pgm", "b.pgm", "1 0\n", "²"),
           ("torch", "PIL")),
    Target("images", "folders of images", _images,
           ("data folder", "data micros", "data microl", "data mesoz", "data plankton",
            "producer random-cnn"), ("PNG", "IHDR", "IDAT", "P5 ", "GIF89a", "\n"),
           ("torch", "PIL")),
    Target("run-checkpoint", "checkpoints of a run", _sealed, ("load_checkpoint",), PICKLE,
           ("torch",)),
    Target("run-folder", "folders of finished runs", _run, ("Run",),
           ("\n%% config.yaml\n", "\n%% provenance.json\n", "\n%% results.json\n",
            "\n%% log.csv\n", "\n%% tree.json\n", '"finished": true', "{}", "[]", "null"),
           ("torch",)),
    Target("study-folder", "folders of studies: their plan and result files", _study,
           ("Study.read",),
           ("\n%% study.json\n", "\n%% a-b-seed0-c.json\n", '"runs": [', '["a", "b", 0, "c", 1]',
            '"scores": [', '["proxy", "triplet", null, null, 0.5, null, null, "lower"]', '"log": {',
            '"endpoints": [', '"proxy/triplet"', "{}", "[]", "null", "1e999", "-1", '"seed": 1'),
           ("torch", "pandas")),
)  # fmt: skip
