"""Train each of the paper's heads for an epoch on each of its data sets, with its backbones.

Run: python tests/verification/paper_grid.py [FOLDER]    (goes on where it stopped; delete
``paper_grid.csv`` for all of them. About 15 minutes of one core)

The options are the presets' (`PAPER_RECIPE`, `PAPER_DATA`), but for one epoch, and images of 75
pixels, the fewest that Inception v3 takes. The data are small, of random pixels, in each set's own
format, their classes those of the shipped trees: CIFAR-100's pickles, NABirds' text files, folders
in folders for the three plankton sets; beside them, a folder of images with a tree of its own.
Backbones start from a file of weights as timm's hub has it, of random numbers (for Inception with
the second head that the pretrained one has). A run must come to its end, and every score that it
leaves must be finite, proxies and logits, too; ``paper_grid.csv`` says what came of each.
"""

from __future__ import annotations

import csv
import math
import pickle
import runpy
import shutil
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

import hiertools as ht
from hiertools_torch import train
from hiertools_torch.presets import PAPER_DATA, PAPER_MODELS, PAPER_RECIPE

HERE = Path(__file__).resolve().parent
TABLE = HERE / "paper_grid.csv"
COLUMNS = ("data", "model", "classes", "tested", "seconds", "ended", "scores", "finite", "odd")
FEW = 12
"""Classes of each data set but CIFAR-100, which has all."""
EACH = 6
"""Images of each class: enough for the paper's random parts to hold each class."""

# Some builds of torchvision lack compiled operators, without which timm can't be imported.
HELD = runpy.run_path(str(HERE.parent / "torch" / "conftest.py"))


def picture(path: Path, seed: int) -> None:
    """Write an image of random pixels, of a size of its own."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    height, width = random.integers(20, 60, 2)
    Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)


def some(tree: ht.ClassTree) -> ht.ClassTree:
    """Return the tree of a few classes from all over it."""
    step = max(1, len(tree.classes) // FEW)
    return ht.restrict(tree, tree.classes[::step][:FEW])


class Python2(pickle._Pickler):
    """A pickler that writes texts as Python 2 did, in which CIFAR-100 was pickled."""

    dispatch: ClassVar[dict[Any, Any]] = dict(pickle._Pickler.dispatch)

    def save_text(self, text: str | bytes) -> None:
        raw = text.encode() if isinstance(text, str) else text
        self.write(pickle.BINSTRING + struct.pack("<i", len(raw)) + raw)
        self.memoize(text)

    dispatch[str] = dispatch[bytes] = save_text


def cifar100(root: Path) -> dict[str, Any]:
    """Write the three pickles, with the 100 classes, four images of each to train, one to test."""
    lineages = ht.load_paper_tree("cifar100").to_lineages()
    fine = sorted(lineages)
    coarse = sorted({lineages[name][-2] for name in fine})
    root.mkdir(parents=True)
    tables: dict[str, dict[str, Any]] = {
        "meta": {"fine_label_names": fine, "coarse_label_names": coarse}
    }
    for part, each in (("train", 4), ("test", 1)):
        labels = list(range(100)) * each
        tables[part] = {
            "filenames": [f"{i}.png" for i in range(len(labels))],
            "batch_label": part,
            "fine_labels": labels,
            "coarse_labels": [coarse.index(lineages[fine[i]][-2]) for i in labels],
            "data": np.random.default_rng(each).integers(0, 256, (len(labels), 3072), "uint8"),
        }
    for name, table in tables.items():
        with open(root / name, "wb") as file:
            Python2(file, protocol=2).dump(table)
    return {}


def nabirds(root: Path) -> dict[str, Any]:
    """Write the folder's text files, and its images in a folder a class."""
    tree = some(ht.load_paper_tree("nabirds"))
    names, above = ["0 Birds"], []
    number_of: dict[tuple[str, ...], int] = {("Birds",): 0}
    for name, lineage in tree.to_lineages().items():
        for depth in range(2, len(lineage) + 1):
            path = lineage[:depth]
            if path not in number_of:
                # Inner nodes have numbers that are no class's.
                number = int(name) if depth == len(lineage) else 2000 + len(number_of)
                number_of[path] = number
                names.append(f"{number} {path[-1]}")
                above.append(f"{number} {number_of[path[:-1]]}")
    files: dict[str, list[str]] = {"classes": names, "hierarchy": above}
    for i, name in enumerate(tree.classes * EACH):
        key, path = f"{i:08x}-aaaa-bbbb-cccc-{i:012x}", f"{name}/{i:032x}.jpg"
        picture(root / "images" / path, i)
        files.setdefault("images", []).append(f"{key} {path}")
        files.setdefault("image_class_labels", []).append(f"{key} {int(name)}")
        files.setdefault("train_test_split", []).append(f"{key} {i % 2}")
    for file, lines in files.items():
        (root / f"{file}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {}


def plankton(data: str) -> Callable[[Path], dict[str, Any]]:
    """Return what writes folders in folders, as their tree has them."""

    def write(root: Path) -> dict[str, Any]:
        for i, (name, lineage) in enumerate(some(ht.load_paper_tree(data)).to_lineages().items()):
            for k in range(EACH):
                picture(root.joinpath(*lineage[:-1], name) / f"{k}.png", i * EACH + k)
        return {}

    return write


def folder(root: Path) -> dict[str, Any]:
    """Write a folder a class, and the tree beside it; nothing of it is the paper's."""
    tree = some(ht.load_quickdraw_tree())
    for i, name in enumerate(tree.classes * EACH):
        picture(root / name / f"{i}.png", i)
    path = root.with_suffix(".csv")
    ht.write_tree(tree, path)
    return {**PAPER_DATA["nabirds"], "data": "folder", "tree": path}


WRITERS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "cifar100": cifar100,
    "nabirds": nabirds,
    **{name: plankton(name) for name in ("micros", "microl", "mesoz")},
    "folder": folder,
}


def weights(name: str, place: Path) -> Path:
    """Return a file of random weights as the pretrained ones come."""
    import timm
    from safetensors.torch import save_file

    path = place / f"{name}.safetensors"
    if not path.exists():
        torch.manual_seed(0)
        extra = {"aux_logits": True} if name.startswith("inception") else {}
        state = timm.create_model(name.partition(".")[0], num_classes=1000, **extra).state_dict()
        save_file({key: value.contiguous() for key, value in state.items()}, path)
    return path


def one(data: str, model: str, place: Path) -> dict[str, Any]:
    """Train a head on a data set, and return the row that says what came of it."""
    root = place / data
    written = place / f"{data}.options"
    if not written.exists():
        shutil.rmtree(root, ignore_errors=True)
        written.write_bytes(pickle.dumps(WRITERS[data](root)))
    options = {**PAPER_RECIPE, **PAPER_DATA.get(data, {}), **pickle.loads(written.read_bytes())}
    options |= PAPER_MODELS[model] | {"root": str(root), "epochs": 1, "seed": 1}
    if data != "cifar100":
        options["image_size"] = 75
    options["weights"] = str(weights(options["backbone"].partition(":")[2], place))
    start = time.process_time()
    row: dict[str, Any] = {"data": data, "model": model}
    try:
        run = train(options.pop("config", None), out=place / "run", overwrite=True,
                    progress=False, accelerator="cpu", **options)  # fmt: skip
        proxies, predictions = run.representatives(), run.predictions()
        scores = {f"log {name}": value for name, value in run.log.iloc[-1].items()}
        if model == "softmax":
            del scores["log scale"]  # which it doesn't have
        for kept, found in run.results.items():
            scores |= {f"{kept} {name}": value for name, value in found.items()}
        scores["proxies"] = float(np.sum(proxies.vectors))
        scores["logits"] = float(np.sum(predictions.scores))
        odd = [name for name, value in scores.items() if not math.isfinite(value)]
        row |= {
            "classes": len(proxies.classes), "tested": len(predictions.labels), "ended": "yes",
            "scores": len(scores), "finite": len(scores) - len(odd), "odd": ", ".join(odd),
        }  # fmt: skip
    except Exception as cause:  # whatever it is, the others are tried
        row |= {"ended": "no", "odd": f"{type(cause).__name__}: {cause}".replace("\n", " ")[:200]}
    return row | {"seconds": f"{time.process_time() - start:.1f}"}


def rows() -> list[dict[str, str]]:
    if not TABLE.exists():
        return []
    with open(TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(found: list[dict[str, Any]]) -> None:
    with open(TABLE, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        place.mkdir(parents=True, exist_ok=True)
        for model in PAPER_MODELS:
            for data in WRITERS:
                found = rows()
                if any(row["data"] == data and row["model"] == model for row in found):
                    continue
                row = one(data, model, place)
                print(" | ".join(str(row.get(column, "")) for column in COLUMNS), flush=True)
                write([*found, row])


if __name__ == "__main__":
    main()
