"""Data sets: small files in the true formats, splits, and every kind of damage."""

from __future__ import annotations

import codecs
import contextlib
import os
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hiertools.errors import (
    ClassMismatchError,
    FileFormatError,
    HiertoolsError,
    OptionError,
    TooLargeError,
)
from hiertools_torch.config import Config
from hiertools_torch.data import load_data
from hiertools_torch.data.cifar import read_cifar100, read_pickle
from hiertools_torch.data.splits import complete_parts, limit_per_class, stratified_split

# --- splits ---


@settings(deadline=None, max_examples=40)
@given(
    counts=st.lists(st.integers(1, 12), min_size=1, max_size=6),
    share=st.floats(0.01, 0.9),
    seed=st.integers(0, 99),
)
def test_splits_are_stratified_disjoint_and_repeatable(counts, share, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    everything = np.arange(len(labels))
    first, second = stratified_split(everything, labels, share, seed)
    assert np.array_equal(np.sort(np.concatenate([first, second])), everything)
    for label, count in enumerate(counts):
        n = int((labels[second] == label).sum())
        assert count - n >= 1
        assert n >= (1 if count > 1 else 0)
        assert abs(n - share * count) <= 1
    again = stratified_split(everything[::-1], labels, share, seed)
    assert np.array_equal(first, again[0])


def test_limit_per_class_keeps_few_and_a_smaller_limit_keeps_some_of_them():
    labels = np.repeat([0, 1], [10, 2])
    five = limit_per_class(np.arange(12), labels, 5, seed=1)
    two = limit_per_class(np.arange(12), labels, 2, seed=1)
    assert np.bincount(labels[five]).tolist() == [5, 2]
    assert set(two) <= set(five)


def test_classes_without_images_in_a_part_are_named():
    labels = np.array([0, 0, 0, 0, 1])
    parts, notes = complete_parts(
        {"train": np.arange(5)}, labels, ("cat", "dog"), validation=0.25, test=0.25, seed=0
    )
    assert "1 of 2 classes have no validation image: 'dog'" in notes
    assert len(parts["train"]) == 3
    with pytest.raises(FileFormatError, match="1 of 2 classes have no training image: 'dog'"):
        complete_parts({"train": np.arange(4), "test": np.array([4])}, labels, ("cat", "dog"),
                       validation=0, test=0, seed=0)  # fmt: skip


def test_early_stopping_without_validation_images_is_refused(tmp_path, picture):
    for name in ("a", "b", "c"):
        picture(tmp_path / "root" / name / "1.png")
    config = Config(data="plankton", root=tmp_path / "root", patience=2, test=0.0)
    with pytest.raises(OptionError, match="patience=2 needs validation images"):
        load_data(config)


# --- quickdraw ---


def test_quickdraw_brings_its_own_split_and_tree():
    data = load_data(Config(subset="cat,dog,car", train_per_class=5))
    assert data.classes == data.tree.classes == ("car", "cat", "dog")
    assert data.counts().tolist() == [5, 5, 5]
    assert data.counts("validation").tolist() == [10, 10, 10]
    (batch,) = data.source.batches([data.parts["test"][:4]], workers=0)
    assert (batch.dtype, batch.shape) == (torch.uint8, (4, 1, 28, 28))
    assert data.digest == load_data(Config(subset="cat,dog,car")).digest
    assert data.digest != load_data(Config(subset="cat,dog,bus")).digest


# --- emoji ---


def test_emoji_bring_their_own_split_and_tree():
    import hiertools as ht

    data, shipped = load_data(Config(data="emoji")), ht.load_emoji()
    assert data.classes == data.tree.classes == shipped.classes
    assert all(np.array_equal(data.parts[name], getattr(shipped, name)) for name in data.parts)
    (batch,) = data.source.batches([data.parts["test"][:4]], workers=0)
    assert (batch.dtype, batch.shape) == (torch.uint8, (4, 3, 32, 32))
    assert np.array_equal(np.moveaxis(batch.numpy(), 1, 3), shipped.images[shipped.test[:4]])


def test_emoji_in_grey():
    data = load_data(Config(data="emoji", channels="grey"))
    (batch,) = data.source.batches([data.parts["test"][:4]], workers=0)
    (colours,) = load_data(Config(data="emoji")).source.batches([data.parts["test"][:4]], workers=0)
    red, green, blue = np.moveaxis(colours.numpy().astype(float), 1, 0)
    by_definition = np.round(0.299 * red + 0.587 * green + 0.114 * blue)
    assert batch.shape == (4, 1, 32, 32)
    assert np.abs(batch.numpy()[:, 0] - by_definition).max() <= 1


# --- CIFAR-100 ---

FINE = [f"class{i}" for i in range(5)]


def cifar(folder, n=10, protocol=2, **changes):
    """Write the archive's three files as CIFAR-100 has them, with 5 classes in 2 groups."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        fine = [i % 5 for i in range(n)]
        table = {
            "data": rng.integers(0, 256, (n, 3072), dtype=np.uint8),
            "fine_labels": fine,
            "coarse_labels": [i % 2 for i in fine],
            "filenames": [f"{i}.png" for i in range(n)],
            "batch_label": part,
            **changes,
        }
        (folder / part).write_bytes(pickle.dumps(table, protocol=protocol))
    meta = {"fine_label_names": FINE, "coarse_label_names": ["even", "odd"]}
    (folder / "meta").write_bytes(pickle.dumps(meta, protocol=protocol))
    return folder


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_cifar_reads_every_protocol_packed_or_not(tmp_path, protocol):
    folder = cifar(tmp_path / "cifar-100-python", protocol=protocol)
    with tarfile.open(tmp_path / "cifar-100-python.tar.gz", "w:gz") as packed:
        packed.add(folder, "cifar-100-python")
    for root in (folder, tmp_path, tmp_path / "cifar-100-python.tar.gz"):
        data = load_data(Config(data="cifar100", root=root, validation=0.5))
        assert data.classes == tuple(FINE)
        assert {part: len(where) for part, where in data.parts.items()} == {
            "train": 5, "validation": 5, "test": 10,
        }  # fmt: skip
        assert data.tree.n_levels == 2
    original = pickle.loads((folder / "train").read_bytes())["data"].reshape(-1, 3, 32, 32)
    (images,) = data.source.batches([np.arange(10)], workers=0)
    assert np.array_equal(images.numpy(), original)
    assert read_cifar100(folder, planes=1).source.planes == 1


def test_the_archive_as_python_2_wrote_it_is_read(tmp_path):
    # Python 2 pickled its texts as bytes and named numpy's module by its old name.
    array = np.arange(3072, dtype=np.uint8)
    raw = codecs.decode(array.tobytes(), "latin1")
    pickled = pickle.dumps(np.arange(3), protocol=2)
    assert b"numpy._core.multiarray" in pickled or b"numpy.core.multiarray" in pickled
    for spelling in (b"numpy.core.multiarray", b"numpy._core.multiarray"):
        text = pickled.replace(b"numpy._core.multiarray", spelling)
        assert np.array_equal(read_pickle(text, "x"), np.arange(3))
    assert len(raw) == 3072
    bytes_table = b"\x80\x02}q\x00U\x04dataq\x01U\x02\xff\x00q\x02s."  # {'data': '\xff\x00'}
    assert read_pickle(bytes_table, "x") == {"data": "\xff\x00"}


class Evil:
    """Unpickling it runs a command."""

    def __reduce__(self):
        return os.system, ("touch harmed",)


class Sneaky:
    """Unpickling it asks for a name inside an allowed module."""

    def __reduce__(self):
        return np.load, ("x",)


@pytest.mark.parametrize("bad", [Evil(), Sneaky()])
def test_a_malicious_pickle_is_refused_and_does_nothing(tmp_path, bad):
    folder = cifar(tmp_path / "cifar-100-python", extra=bad)
    with pytest.raises(FileFormatError, match="can't be trusted or is damaged: it asks for"):
        load_data(Config(data="cifar100", root=folder))
    assert not Path("harmed").exists()


def pickled(value) -> bytes:
    """The instructions of a pickle that make one value."""
    return pickle.dumps(value, protocol=2)[2:-1]


UINT8 = (3, "|", None, None, None, -1, -1, 0)


def python2_array(content: bytes, shape, kind="u1", state=UINT8, by_columns=False) -> bytes:
    """The instructions that make an array, as Python 2 wrote them."""
    return b"".join([
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR",
        b"(K\x01", pickled(shape),
        b"cnumpy\ndtype\n", pickled((kind, 0, 1)), b"R", pickled(state), b"b",
        b"\x88" if by_columns else b"\x89",
        b"T", len(content).to_bytes(4, "little"), content, b"tb",
    ])  # fmt: skip


def in_cifar(folder, key, instructions: bytes):
    """Write the archive with one value of its training part made by the given instructions."""
    cifar(folder)
    table = pickle.loads((folder / "train").read_bytes())
    table.pop(key, None)
    content = b"\x80\x02" + pickled(table) + pickled(key) + instructions + b"s."
    (folder / "train").write_bytes(content)
    return folder


@pytest.mark.parametrize("by_columns", [False, True])
def test_arrays_in_either_order_of_memory_are_read(tmp_path, by_columns):
    pixels = np.random.default_rng(1).integers(0, 256, (10, 3072), dtype=np.uint8)
    content = pixels.tobytes("F" if by_columns else "C")
    array = python2_array(content, (10, 3072), by_columns=by_columns)
    found = read_cifar100(in_cifar(tmp_path / "cifar-100-python", "data", array))
    assert np.array_equal(found.source.images[:10].numpy().reshape(10, 3072), pixels)


OBJECTS = (3, "|", None, ("a",), {"a": (np.dtype("O"), 0)}, 8, 1, 0)
MISPLACED = (3, "|", None, -1, -1, 0)


# One process for both: what would crash it is in the reader, and it takes seconds to start.
BOTH = """
import sys
from hiertools_torch.__main__ import main

for folder in sys.argv[1:]:
    sys.argv = ["hiertools_torch", "train", "--data", "cifar100", "--root", folder, "--out", "a"]
    try:
        main()
    except SystemExit as ended:
        print(ended.code)
"""


def test_a_pickled_type_of_pointers_ends_in_a_sentence_and_no_crash(tmp_path):
    folders = [
        in_cifar(tmp_path / kind / "cifar-100-python", "data",
                 python2_array(b"\x01" * 8, shape, kind, state))
        for kind, shape, state in (("V8", (1,), OBJECTS), ("u1", (8,), MISPLACED))
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", BOTH, *map(str, folders)],
        check=False, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "2\n2\n"), done.stderr
    told = done.stderr.splitlines()
    assert len(told) == 2
    for folder, line in zip(folders, told, strict=True):
        assert f"{folder}: train can't be trusted or is damaged: an array in it is no table" in line


DEEP = b")" + b"\x85" * 200_000
"""A tuple in a tuple in a tuple ..., whose hash and text run through the machine's own stack."""

MANY = pickled([1]) + b"".join(b"q\x01](h\x01h\x01e" for _ in range(80))
"""A list of twice a list of twice a list ...: 2 to the power of 80 numbers, if counted."""


@pytest.mark.parametrize(
    ("instructions", "key"),
    [
        (b"}" + DEEP + b"K\x01s", "extra"),  # hashed as a key
        (DEEP, "data"),
        (MANY, "fine_labels"),
        (b"K\x01r\xff\xff\xff\x7f0", "extra"),  # remembered under a huge number
        (b"\x8d" + (1 << 62).to_bytes(8, "little") + b"abc", "extra"),  # longer than the file
        (b"\x8e" + (1 << 40).to_bytes(8, "little") + b"abc", "extra"),
        (b"\x96" + (1 << 40).to_bytes(8, "little") + b"abc", "extra"),
        (b"c_codecs\nencode\n" + pickled(("a", "hex")) + b"R", "data"),
        (b"\x82\x01", "extra"),  # a code that another library registered
        (b"Pabc\n", "extra"),  # something kept elsewhere
        (b"K\x01K\x02R", "extra"),
        (b"cnumpy\ndtype\n}X\x01\x00\x00\x00aK\x01sb", "extra"),
        (pickled([1.5] * 10), "fine_labels"),
        (pickled([-1] * 10), "fine_labels"),
        (pickled([1 << 80] * 10), "coarse_labels"),
        (pickled([3] * 10), "coarse_labels"),
        (pickled([0, 1] * 5), "coarse_labels"),
        (pickled(["a"] * 10), "coarse_labels"),
        (pickled("data"), "data"),
        (pickled(np.zeros((10, 3072))), "data"),
        (python2_array(bytes(10 * 3072), (10, 3073)), "data"),
        (python2_array(bytes(10 * 3072), (-10, -3072)), "data"),
        (python2_array(b"", (10, 3072, 0)), "data"),
        (python2_array(b"", (0, 1 << 70)), "data"),
        (python2_array(bytes(8), (1,), "O8", (3, "|", None, None, None, -1, -1, 63)), "data"),
        (python2_array(bytes(8), (1,), "u1", (3, "|", (np.dtype("O"), (1,)), None, None, 8, 8, 0)),
         "data"),
    ],
)  # fmt: skip
def test_hostile_pickles_end_in_a_sentence(tmp_path, instructions, key):
    folder = in_cifar(tmp_path / "cifar-100-python", key, instructions)
    with pytest.raises(FileFormatError) as error:
        read_cifar100(folder)
    assert len(str(error.value)) < 400 + len(str(folder))
    assert "\n" not in str(error.value)


def test_a_pickle_without_an_end_or_of_no_table_is_named(tmp_path):
    array = pickle.dumps(np.zeros(3, dtype=np.uint8), protocol=2)
    for content in (b"", b"\x80\x02", b"\x80\x02K\x01.", b"\x80\x02.", b"(.", array):
        cifar(tmp_path)
        (tmp_path / "train").write_bytes(content)
        with pytest.raises(FileFormatError, match=r"train (is truncated|lacks data)"):
            read_cifar100(tmp_path)


def test_random_damage_to_a_pickle_gives_a_sentence_or_a_data_set(tmp_path):
    folder = cifar(tmp_path / "cifar-100-python", n=5)
    good = (folder / "train").read_bytes()
    pixels = good.index(b"X", good.index(b"_codecs")) + 100
    rest = pixels + 5 * 3072  # behind most of the pixels, which any byte may replace
    rng = np.random.default_rng(0)
    for _ in range(300):
        bad = bytearray(good)
        for where in rng.integers(0, pixels + len(good) - rest, 2).tolist():
            bad[where if where < pixels else where - pixels + rest] = rng.integers(256)
        (folder / "train").write_bytes(bytes(bad))
        with contextlib.suppress(HiertoolsError):
            load_data(Config(data="cifar100", root=folder))


def test_damage_inside_a_packed_archive_is_found(tmp_path):
    cifar(tmp_path / "cifar-100-python")
    archive = tmp_path / "packed.tar.gz"
    # Stored, so that a bit is a bit of a pixel.
    with tarfile.open(archive, "w:gz", compresslevel=0) as tar:
        tar.add(tmp_path / "cifar-100-python", "cifar-100-python")
    read_cifar100(archive)
    damaged = bytearray(archive.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    archive.write_bytes(bytes(damaged))
    with pytest.raises(FileFormatError, match="no CIFAR-100 archive: CRC check failed"):
        read_cifar100(archive)


def test_links_in_an_archive_are_not_followed(tmp_path):
    archive = tmp_path / "packed.tar"
    with tarfile.open(archive, "w") as tar:
        for name in ("train", "test", "meta"):
            link = tarfile.TarInfo(f"cifar-100-python/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, name
            tar.addfile(link)
    with pytest.raises(FileFormatError, match="is no plain file"):
        read_cifar100(archive)


def test_damaged_cifar_files_are_named(tmp_path):
    folder = cifar(tmp_path / "cifar-100-python")
    good = (folder / "train").read_bytes()
    (folder / "train").write_bytes(good[: len(good) // 2])
    with pytest.raises(FileFormatError, match="train.*(truncated|damaged)"):
        load_data(Config(data="cifar100", root=folder))
    cifar(folder, data=np.zeros((10, 7), dtype=np.uint8))
    with pytest.raises(FileFormatError, match=r"data must be uint8 of shape \(10, 3072\)"):
        load_data(Config(data="cifar100", root=folder))
    (folder / "meta").unlink()
    with pytest.raises(FileFormatError, match="holds no file 'meta'"):
        load_data(Config(data="cifar100", root=folder))
    archive = tmp_path / "cifar-100-python.tar.gz"
    archive.write_bytes(b"\x1f\x8b\x08 no archive")
    with pytest.raises(FileFormatError, match="truncated or no CIFAR-100 archive"):
        load_data(Config(data="cifar100", root=archive))
    with pytest.raises(FileFormatError, match="does not exist"):
        load_data(Config(data="cifar100", root=tmp_path / "nowhere"))


# --- NABirds ---


def nabirds(root, picture):
    """Write a NABirds folder: 3 species with images below 2 families, 12 images."""
    (root / "images").mkdir(parents=True)
    files = {name: [] for name in ("images", "image_class_labels", "train_test_split", "sizes")}
    for i, number in enumerate([295, 296, 817] * 4):
        path = f"{number:04d}/{i:032x}.jpg"
        picture(root / "images" / path, size=(10 + i, 8), seed=i)
        key = f"{i:08d}-aaaa"
        files["images"].append(f"{key} {path}")
        files["image_class_labels"].append(f"{key} {number}")
        files["train_test_split"].append(f"{key} {int(i < 9)}")
        files["sizes"].append(f"{key} {10 + i} 8")
    files["classes"] = [
        "0 Birds", "1 Ducks, Geese, and Swans", "2 Owls", "3 Common Eider",
        "295 Common Eider (Adult male)", "296 Common Eider", "817 Barn Owl", "900 Unused",
    ]  # fmt: skip
    files["hierarchy"] = ["1 0", "2 0", "3 1", "295 3", "296 3", "817 2", "900 2"]
    for name, lines in files.items():
        (root / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return root


def test_nabirds_reads_its_text_files(tmp_path, picture):
    root = nabirds(tmp_path / "nabirds", picture)
    data = load_data(Config(data="nabirds", root=root, image_size=16, size_informed=True))
    assert data.classes == ("0295", "0296", "0817")
    assert data.tree.to_lineages()["0295"] == (
        "Birds", "Ducks, Geese, and Swans", "Common Eider", "Common Eider (Adult male)",
    )  # fmt: skip
    assert len(data.parts["test"]) == 3
    np.testing.assert_allclose(np.exp(data.log_sizes[0]), [8, 10], rtol=1e-6)
    (batch,) = data.source.batches([np.array([0, 5])], workers=0)
    assert batch.shape == (2, 3, 16, 16)


def test_damaged_nabirds_folders_are_named(tmp_path, picture):
    root = nabirds(tmp_path / "nabirds", picture)
    config = Config(data="nabirds", root=root, image_size=16)
    labels = root / "image_class_labels.txt"
    whole = labels.read_text()
    labels.write_text(whole[:54])
    with pytest.raises(FileFormatError, match=r"image_class_labels.txt lacks \d+ of the 12 images"):
        load_data(config)
    labels.write_text(whole)
    (root / "hierarchy.txt").write_text("295 3\n3 295\n296 3\n817 2\n")
    with pytest.raises(FileFormatError, match="is its own ancestor"):
        load_data(config)
    (root / "hierarchy.txt").write_text("295 3\nsomething\n")
    with pytest.raises(FileFormatError, match="line 2: expected two columns, got 'something'"):
        load_data(config)
    (root / "hierarchy.txt").write_text("295 3\n296 3\n295 4\n")
    with pytest.raises(FileFormatError, match="line 3: '295' stands on an earlier line, too"):
        load_data(config)
    (root / "hierarchy.txt").write_text("295 77\n")
    with pytest.raises(FileFormatError, match=r"classes.txt has no name for 1 class id\(s\): '77'"):
        load_data(config)
    next((root / "images" / "0295").iterdir()).unlink()
    (root / "hierarchy.txt").write_text("1 0\n2 0\n3 1\n295 3\n296 3\n817 2\n")
    with pytest.raises(FileFormatError, match="1 of 12 images are missing"):
        load_data(config)
    (root / "classes.txt").unlink()
    with pytest.raises(FileFormatError, match=r"classes.txt can't be read"):
        load_data(config)


@pytest.mark.parametrize(
    "path", ["/etc/a.pgm", "../../secret.jpg", "0295/../../../x.jpg", "C:\\a.jpg", "..\\a.jpg"]
)
def test_nabirds_names_images_of_its_own_folder_alone(tmp_path, picture, path):
    root = nabirds(tmp_path / "nabirds", picture)
    with (root / "images.txt").open("a") as file:
        file.write(f"odd {path}\n")
    for name, value in (("image_class_labels", 295), ("train_test_split", 1)):
        with (root / f"{name}.txt").open("a") as file:
            file.write(f"odd {value}\n")
    with pytest.raises(FileFormatError, match="images.txt names 1 file outside of images/"):
        load_data(Config(data="nabirds", root=root, image_size=16))


# --- folders ---


def plankton(root, picture, part=""):
    """Write folders in folders; "Tripos furca" is a class and holds another."""
    for i in range(6):
        picture(root / part / "Dinoflagellata" / "Tripos furca" / f"{i}.png", seed=i)
        picture(
            root / part / "Dinoflagellata" / "Tripos furca" / "var. hircus" / f"{i}.png", seed=i
        )
        picture(root / part / "Ciliophora" / "Eutintinnus sp" / f"{i}.tif", (20, 11), seed=i)
    return root


def test_plankton_folders_are_the_tree(tmp_path, picture):
    root = plankton(tmp_path / "micros", picture)
    (root / "Ciliophora" / "notes.txt").write_text("x")
    data = load_data(Config(data="micros", root=root, image_size=12, size_informed=True))
    assert data.classes == ("Eutintinnus sp", "Tripos furca", "var. hircus")
    assert data.tree.to_lineages()["var. hircus"] == (
        "Dinoflagellata", "Tripos furca", "var. hircus",
    )  # fmt: skip
    assert data.counts("test").tolist() == data.counts("validation").tolist() == [1, 1, 1]
    np.testing.assert_allclose(np.exp(data.log_sizes[0]), [11, 20], rtol=1e-6)
    assert "1 files are no images, passed over: .txt (1)" in data.notes
    grey = load_data(Config(data="mesoz", root=root, image_size=12))
    (batch,) = grey.source.batches([np.arange(3)], workers=0)
    assert batch.shape == (3, 1, 12, 12)


def test_parts_in_folders_are_used_and_equal_names_become_paths(tmp_path, picture):
    root = tmp_path / "root"
    for part in ("train", "val", "test"):
        for group in ("left", "right"):
            picture(root / part / group / "other" / "1.png")
    data = load_data(Config(data="plankton", root=root, image_size=8))
    assert data.classes == ("left/other", "right/other")
    assert {part: len(where) for part, where in data.parts.items()} == {
        "train": 2, "validation": 2, "test": 2,
    }  # fmt: skip


def test_a_folder_with_a_lineage_file(tmp_path, picture):
    for name in ("cat", "dog", "car"):
        for i in range(4):
            picture(tmp_path / "root" / name / f"{i}.jpg", seed=i)
    tree = tmp_path / "tree.csv"
    tree.write_text("class,lineage\ncat,animal/cat\ndog,animal/dog\ncar,thing/car\nbus,thing/bus\n")
    config = Config(data="folder", root=tmp_path / "root", tree=tree, image_size=8)
    data = load_data(config)
    assert data.classes == data.tree.classes == ("car", "cat", "dog")
    assert "1 tree classes have no images, left out: 'bus'" in data.notes
    tree.write_text("class,lineage\ncats,animal/cats\ndog,animal/dog\ncar,thing/car\n")
    with pytest.raises(
        ClassMismatchError, match="1 of 3 classes have no place in .*: 'cat'. Close"
    ):
        load_data(config)


def test_an_image_that_does_not_decode_is_named_counted_and_may_be_left_out(tmp_path, picture):
    root = plankton(tmp_path / "root", picture)
    whole = (root / "Ciliophora" / "Eutintinnus sp" / "0.tif").read_bytes()
    half = root / "Ciliophora" / "Eutintinnus sp" / "half.tif"
    half.write_bytes(whole[: len(whole) // 2])
    junk = root / "Ciliophora" / "Eutintinnus sp" / "junk.png"
    junk.write_bytes(b"no image")
    config = Config(data="plankton", root=root, image_size=8)
    with pytest.raises(
        FileFormatError, match=r"of 20 images do not decode: .*junk.png.*on_bad_imag"
    ):
        load_data(config)
    skipping = load_data(config.replace(on_bad_image="skip"))
    assert len(skipping.labels) == 18
    assert any("2 of 20 images do not decode, left out: " in note for note in skipping.notes)
    junk.unlink()
    # A header that can be read hides the damage until the pixels are asked for.
    png = picture(root / "Ciliophora" / "Eutintinnus sp" / "cut.png", (64, 64))
    png.write_bytes(png.read_bytes()[:2000])
    half.unlink()
    data = load_data(config)
    for workers in (0, 1):
        with pytest.raises(FileFormatError, match=r"^Image '.*cut.png' does not decode"):
            list(data.source.batches([np.arange(19)], workers=workers))


def test_workers_and_cache_change_nothing(tmp_path, picture):
    root = plankton(tmp_path / "root", picture)
    config = Config(data="plankton", root=root, image_size=8)
    data, cached = load_data(config), load_data(config.replace(cache=True))
    positions = [np.array([3, 1]), np.array([17])]
    alone = list(data.source.batches(positions, workers=0))
    for other in (data.source.batches(positions, workers=2), cached.source.batches(positions, 0)):
        for a, b in zip(alone, other):
            assert torch.equal(a, b)
    assert data.digest == cached.digest


def test_empty_and_missing_folders_are_named(tmp_path, picture):
    config = Config(data="plankton", root=tmp_path / "root", image_size=8)
    with pytest.raises(FileFormatError, match="is no folder"):
        load_data(config)
    (tmp_path / "root").mkdir()
    with pytest.raises(FileFormatError, match="holds no images in folders"):
        load_data(config)
    picture(tmp_path / "root" / "1.png")
    with pytest.raises(FileFormatError, match="outside any class folder"):
        load_data(config)


def test_an_image_that_claims_to_be_huge_is_a_damaged_one(tmp_path, picture, monkeypatch):
    for name in ("a/x", "a/y"):
        for i in range(3):
            picture(tmp_path / name / f"{i}.png", size=(4, 4), seed=i)
    picture(tmp_path / "a" / "y" / "huge.png", size=(40, 40))
    monkeypatch.setattr("PIL.Image.MAX_IMAGE_PIXELS", 100)  # more than twice that is refused
    config = Config(data="plankton", root=tmp_path, image_size=8)
    with pytest.raises(FileFormatError, match="1 of 7 images do not decode: '.*huge.png'"):
        load_data(config)
    assert len(load_data(config.replace(on_bad_image="skip")).labels) == 6


def test_images_are_not_left_out_for_lack_of_memory(tmp_path, monkeypatch):
    from PIL import Image

    from hiertools_torch.data.images import image_sizes

    path = tmp_path / "a.png"
    Image.new("L", (4, 4)).save(path)

    def short(*_args, **_kwargs):
        raise MemoryError

    monkeypatch.setattr(Image, "open", short)
    for on_bad in ("skip", "error"):
        with pytest.raises(TooLargeError, match="to decode it needs more memory than is free"):
            image_sizes([path], on_bad=on_bad)


def test_archives_are_not_called_damaged_for_lack_of_memory(tmp_path, monkeypatch):
    from hiertools_torch.data import cifar, pickles

    def short(*_args, **_kwargs):
        raise MemoryError

    archive = tmp_path / "cifar-100-python.tar.gz"
    archive.write_bytes(b"")
    monkeypatch.setattr(cifar, "_packed", short)
    with pytest.raises(TooLargeError, match=r"tar.gz: reading it needs more memory than is free"):
        read_cifar100(archive)
    monkeypatch.setattr(pickles, "_follow", short)
    with pytest.raises(TooLargeError, match=r"x: reading it needs more memory than is free"):
        read_pickle(b"", "x")
