"""Class representatives and distances from tables and arrays."""

from __future__ import annotations

from pathlib import Path

import hiertools as ht
from fuzz.again import distances_again, vectors_again
from fuzz.bundles import archive, parts, unfold
from fuzz.target import Target

WORDS_OF_ARRAYS = (
    "\n%% vectors\n", "\n%% classes\n", "\n%% kind\n", "\n%% provenance\n", "\x93NUMPY\x01", "<f8",
    "<f4", "<U4", "|O", "|V8", "<i8", "True", "False", "(2, 3)", "(2,)", "()", "'descr'", "'shape'",
    "'fortran_order'", "<M8[ns]", "<c16", "|S4", "|b1", "(99999999999,)", "(-1,)",
)  # fmt: skip
WORDS_OF_TABLES = (",", "\n", "\t", ";", '"', "nan", "inf", "1e400", "-0", "class,", "1_000", " ",
                   "0x10", "\r\n", "Unnamed: 0")  # fmt: skip


def members(data: bytes, folder: Path, name: str = "given.npz") -> Path:
    """Write a ``.npz`` whose members are the parts of an input, and return its path."""
    path = folder / name
    path.write_bytes(archive(parts(data), ending=".npy"))
    return path


def whole(data: bytes, folder: Path, name: str) -> Path:
    """Write an input as a file, and return its path."""
    (folder / name).write_bytes(data)
    return folder / name


def _table(data: bytes, folder: Path) -> None:
    vectors_again(ht.as_representatives(whole(data, folder, "given.csv")), folder)


def _npz_members(data: bytes, folder: Path) -> None:
    vectors_again(ht.as_representatives(members(data, folder)), folder)


def _npz(data: bytes, folder: Path) -> None:
    vectors_again(ht.read_representatives(whole(data, folder, "given.npz")), folder)


def _parquet(data: bytes, folder: Path) -> None:
    vectors_again(ht.as_representatives(whole(data, folder, "given.parquet")), folder)


def _prototypes(data: bytes, folder: Path) -> None:
    """Read embeddings, named by their labels or, where there is a part "indices", by numbers."""
    options = "?classes=indices" if "indices" in parts(data) else ""
    vectors_again(ht.produce(f"prototypes:{members(data, folder)}{options}"), folder)


def _confusion(data: bytes, folder: Path) -> None:
    vectors_again(ht.produce(f"confusion:{whole(data, folder, 'given.csv')}"), folder)


def _distances(data: bytes, folder: Path) -> None:
    distances_again(ht.read_distances(whole(data, folder, "given.csv")), folder)


def _distances_npz(data: bytes, folder: Path) -> None:
    distances_again(ht.read_distances(members(data, folder)), folder)


def _names(data: bytes, folder: Path) -> None:
    """Read a file of class names, for two vectors or as many as there are lines."""
    path = whole(data, folder, "names.txt")
    count = max(1, len(data.split()))
    vectors_again(ht.ClassRepresentatives([[i, 1.5] for i in range(count)], path), folder)


def _source(data: bytes, folder: Path) -> None:
    """Read what stands for a model: schemes, options, paths; files lie beside it."""
    given = parts(data)
    text = given.pop("", b"").decode("utf-8", "surrogateescape")
    if any(f"{scheme}:" in text for scheme in BY_NAME):
        return  # calls other machines, or makes a network
    place = unfold(given, folder / "beside")
    vectors_again(ht.produce(text.replace("BESIDE", str(place))), folder)


BY_NAME = ("timm", "torchvision", "transformers", "sentence-transformers", "random-cnn")

TARGETS = (
    Target("vectors-table", "tables of vectors or distances", _table,
           ("producer csv", "as_representatives"), WORDS_OF_TABLES),
    Target("npz-members", "arrays of vectors, each as the input has it", _npz_members,
           ("producer npz", "read_representatives"), WORDS_OF_ARRAYS),
    Target("npz-whole", "archives of arrays", _npz, (), WORDS_OF_ARRAYS),
    Target("parquet", "tables of vectors as Parquet", _parquet, ("producer parquet",),
           ("PAR1", "pandas", "ARROW:schema", "class"), ("pyarrow",)),
    Target("prototypes", "embeddings with labels", _prototypes,
           ("producer prototypes", "from_embeddings"),
           ("\n%% embeddings\n", "\n%% labels\n", "\n%% indices\n", *WORDS_OF_ARRAYS)),
    Target("confusion", "tables of confusions", _confusion,
           ("producer confusion", "from_confusion"), WORDS_OF_TABLES),
    Target("distances-table", "square tables of distances", _distances, ("read_distances",),
           WORDS_OF_TABLES),
    Target("distances-npz", "arrays of distances", _distances_npz, (),
           ("\n%% condensed\n", "\n%% metric\n", "\n%% unit\n", *WORDS_OF_ARRAYS)),
    Target("names", "files of class names", _names, ("names",), ("\n", "\r", "\t", "class", ",")),
    Target("model-source", "what stands for a model: schemes, options, paths", _source,
           ("produce",),
           ("npz:", "csv:", "confusion:", "prototypes:", "safetensors:", "torch:", "onnx:",
            "parquet:", "BESIDE", "?classes=", "&layer=", "names=imagenet", "\n%% a.csv\n",
            "/a.csv", "method=medoid", "%00")),
)  # fmt: skip
