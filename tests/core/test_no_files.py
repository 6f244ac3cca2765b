"""What is no file where one is asked for: told as what it is, or read, if it is a pipe."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import hiertools as ht
from hiertools.errors import FileFormatError, OptionError

NAMES = ["lynx", "puma", "wolf", "fox"]
TREE = ht.ClassTree.from_newick("((lynx,puma),(wolf,fox));")
VECTORS = np.random.default_rng(0).normal(size=(4, 3))


def test_devices_are_no_files(tmp_path):
    for name in ("tree.csv", "tree.nwk", "result.json"):
        link = tmp_path / name
        link.symlink_to("/dev/zero")
        read = ht.read_result if name == "result.json" else ht.read_tree
        with pytest.raises(FileFormatError, match="is a device, not a file"):
            read(link)


def of_names(path):
    return ht.ClassRepresentatives(VECTORS, classes=str(path))


@pytest.mark.parametrize(
    ("read", "ending"),
    [
        (ht.read_representatives, ".npz"),
        (ht.read_predictions, ".npz"),
        (ht.read_distances, ".npz"),
        (lambda path: ht.as_representatives(f"prototypes:{path}"), ".npz"),
        pytest.param(ht.read_representatives, ".parquet", marks=pytest.mark.needs("pyarrow")),
        pytest.param(ht.read_predictions, ".parquet", marks=pytest.mark.needs("pyarrow")),
        pytest.param(ht.as_representatives, ".safetensors", marks=pytest.mark.needs("safetensors")),
        pytest.param(ht.as_representatives, ".onnx", marks=pytest.mark.needs("onnx")),
        pytest.param(ht.as_representatives, ".pt", marks=pytest.mark.needs("torch")),
    ],
)
def test_what_is_there_but_no_file_is_told_as_that(read, ending, tmp_path):
    path = tmp_path / f"x{ending}"
    with pytest.raises(FileFormatError, match=r"x\.\w+: there is no such file\.$"):
        read(path)
    path.symlink_to("gone")
    with pytest.raises(FileFormatError, match="is a link to 'gone', and there is no such file"):
        read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(FileFormatError, match=r"is a folder; name a file in it\."):
        read(path)
    path.rmdir()
    path.symlink_to(path.name)
    with pytest.raises(FileFormatError, match=r"can't be read: Too many levels of symbolic links"):
        read(path)
    for target in ("/dev/zero", "pipe"):  # which would never end, or never begin
        path.unlink()
        path.symlink_to(target)
        if target == "pipe":
            os.mkfifo(tmp_path / "pipe")
        with pytest.raises(
            FileFormatError, match="is a device or pipe, .* write it to a file first"
        ):
            read(path)


def test_names_and_tables_come_through_pipes_too(tmp_path):
    """As a shell hands on ``<(command)``: what is read from start to end needs no file."""
    shown = {
        "classes": (of_names, "lynx\npuma\nwolf\nfox\n"),
        "reps.csv": (ht.read_representatives, "class,x,y\nlynx,0,1\npuma,1,0\n"),
        "distances.csv": (ht.read_distances, ",lynx,puma\nlynx,0,1\npuma,1,0\n"),
        "predictions.csv": (ht.read_predictions, "label,prediction\nlynx,puma\n"),
    }
    for name, (read, text) in shown.items():
        pipe, file = tmp_path / name, tmp_path / "kept" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(text,))
        writer.start()
        piped = read(pipe)
        assert repr(piped) == repr(read(file))
        assert list(piped.classes) == list(read(file).classes)
        writer.join()


def test_names_in_a_folder_or_device_are_told_as_that(tmp_path):
    with pytest.raises(OptionError, match="is a folder; give a list of names"):
        of_names(tmp_path)
    with pytest.raises(FileFormatError, match="is a device, not a file"):
        of_names("/dev/zero")


def test_a_pipe_is_read_to_its_end():
    code = "import hiertools as ht; print(ht.read_tree('/dev/stdin', format='newick'))"
    done = subprocess.run(
        [sys.executable, "-c", code], input="((lynx,puma),wolf);", capture_output=True, text=True
    )
    assert done.stdout == "ClassTree(3 classes, 5 nodes, 2 levels)\n"
