"""Folders and files of images as people have them: deep, linked, named by other systems."""

import os
import unicodedata

import numpy as np
import pytest
import torch
from PIL import Image

import hiertools as ht
from hiertools.errors import FileFormatError, OptionError
from hiertools.producers import produce
from hiertools_torch.config import Config
from hiertools_torch.data.load import load_data
from hiertools_torch.data.own import pixels_of

RAMP = np.arange(0, 65536, 1337, dtype=np.uint16).reshape(5, 10)
EIGHT = np.round(RAMP / 65535 * 255).astype(np.uint8)


def saved(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
    return path


@pytest.fixture
def folder(tmp_path, picture):
    """Write two classes below one group, and one beside it, of six images each."""
    for name in ("a/x", "a/y", "z"):
        for i in range(6):
            picture(tmp_path / "images" / name / f"{i}.png", seed=i)
    return tmp_path / "images"


def loaded(folder, **options):
    return load_data(Config(data="plankton", root=str(folder), image_size=10, **options))


def pixels(data):
    return next(data.source.batches([np.arange(len(data.source))], workers=0))


@pytest.mark.parametrize(
    ("kind", "ending"), [(np.uint16, "png"), (np.uint16, "tif"), (">u2", "tif")]
)
def test_sixteen_bits_are_read_as_eight(folder, kind, ending):
    saved(folder / "z" / f"deep.{ending}", RAMP.astype(kind))
    data = loaded(folder, channels="grey")
    place = [file.name for file in data.source.paths].index(f"deep.{ending}")
    square = Image.fromarray(EIGHT).resize((10, 10), Image.Resampling.BILINEAR)
    assert (pixels(data)[place, 0].numpy() == np.asarray(square)).all()
    (note,) = data.notes
    assert note.startswith("1 of 19 images have 16 bits a pixel and are read as 8, with 65535 for")


@pytest.mark.parametrize(
    "values", [RAMP / np.float32(65535), RAMP.astype(np.int32), -RAMP.astype(np.int32)]
)
def test_what_has_no_white_is_no_image(folder, values):
    path = saved(folder / "z" / "odd.tif", values)
    with pytest.raises(
        FileFormatError, match="1 of them hold floats or 32 bits a pixel, so nothing"
    ):
        loaded(folder)
    (note,) = loaded(folder, on_bad_image="skip").notes
    assert "images do not decode, left out: " in note
    assert "1 of them hold floats or 32 bits a pixel, so nothing tells what is white" in note
    with pytest.raises(FileFormatError, match="odd.tif: is no readable image: its pixels are"):
        produce(f"random-cnn:small?images={folder}&size=16")
    with Image.open(path) as image, pytest.raises(OptionError, match="its pixels are floats or"):
        pixels_of(image, "data", 0, None)


def test_deep_images_of_ones_own_and_of_producers_are_read_alike(tmp_path):
    deep = Image.fromarray(RAMP)
    assert (pixels_of(deep, "data", 0, None) == torch.from_numpy(EIGHT)[None]).all()
    for name, values in (("deep", RAMP), ("flat", EIGHT)):
        saved(tmp_path / name / "a" / "0.png", values)
        saved(tmp_path / name / "b" / "0.png", values[::-1])
    deep, flat = (
        produce(f"random-cnn:small?images={tmp_path / n}&size=16") for n in ("deep", "flat")
    )
    assert (deep.vectors == flat.vectors).all()


def test_a_palette_with_transparent_colours_gives_no_warning(folder):
    with Image.open(folder / "z" / "0.png") as image:
        image.quantize(8).save(folder / "z" / "clear.png", transparency=bytes(range(8)))
    assert len(pixels(loaded(folder))) == 19


def test_links_to_folders_are_followed(folder, tmp_path, picture):
    for i in range(6):
        picture(tmp_path / "elsewhere" / f"{i}.png", seed=i)
    os.symlink(tmp_path / "elsewhere", folder / "a" / "linked")
    data = loaded(folder)
    assert data.classes == ("linked", "x", "y", "z")
    assert set(ht.ClassTree.from_folder(folder).classes) == set(data.classes)
    assert set(produce(f"random-cnn:small?images={folder}&size=16").classes) == set(data.classes)


def test_a_link_that_leads_back_is_refused(folder):
    os.symlink(folder, folder / "a" / "round")

    def produced(folder):
        return produce(f"random-cnn:small?images={folder}")

    for read in (loaded, ht.ClassTree.from_folder, produced):
        with pytest.raises(FileFormatError, match="round' leads back to a folder above it; remove"):
            read(folder)


def test_folders_that_cannot_be_read_are_told(folder, monkeypatch):
    scandir = os.scandir

    def refusing(path):
        if os.path.basename(path) == "y":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    for read in (loaded, ht.ClassTree.from_folder):
        with pytest.raises(FileFormatError, match="y' can't be read: Permission denied"):
            read(folder)


def test_parts_are_known_however_they_are_called(tmp_path, picture):
    for part, several in (("Training", 3), ("VALID", 2), ("test", 1), ("unlabelled", 9)):
        for name in ("a/x", "a/y", "z"):
            for i in range(several):
                picture(tmp_path / part / name / f"{i}.png", seed=i)
    data = loaded(tmp_path)
    assert data.classes == ("x", "y", "z")
    assert {part: len(rows) for part, rows in data.parts.items()} == {
        "train": 9, "validation": 6, "test": 3,
    }  # fmt: skip
    (note,) = data.notes
    assert note.startswith("'unlabelled' beside the parts of the data set, passed over: parts are")


def test_a_class_that_is_called_as_a_part_is(tmp_path, picture):
    for name in ("train", "bus", "car"):
        picture(tmp_path / name / "0.png")
    with pytest.raises(FileFormatError, match="train holds images outside any class folder, which"):
        loaded(tmp_path)


def test_names_of_folders_may_be_decomposed(folder, picture):
    for i in range(6):
        picture(folder / "a" / unicodedata.normalize("NFD", "é") / f"{i}.png", seed=i)
    data = loaded(folder)
    assert "é" in data.classes
    assert set(data.tree.classes) == set(data.classes)
