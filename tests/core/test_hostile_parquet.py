"""Parquet that is damaged, or says of itself what isn't so: one sentence, and no process ends."""

import subprocess
import sys
import types

import numpy as np
import pandas as pd
import pytest

import hiertools as ht
from hiertools._core.parquet import parts_of, reading_parquet
from hiertools.errors import FileFormatError, TooLargeError

NAMES = ["lynx", "puma", "wolf", "fox"]
TREE = ht.ClassTree.from_newick("((lynx,puma),(wolf,fox));")
VECTORS = np.random.default_rng(0).normal(size=(4, 3))


FLIP = """
import resource, struct, sys
import hiertools as ht
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
path = sys.argv[1]
with open(path, "rb") as file:
    good = file.read()
footer = len(good) - 8 - struct.unpack("<I", good[-8:-4])[0]
refused = 0
for place in range(footer, footer + 100):
    for bit in range(8):
        damaged = bytearray(good)
        damaged[place] ^= 1 << bit
        with open(path, "wb") as file:
            file.write(damaged)
        try:
            ht.read_representatives(path)
        except ht.FileFormatError:
            refused += 1
        except ht.HiertoolsError:
            pass
print("whole", refused)
"""
"""Every bit of what a footer says of its columns is flipped, one by one."""


@pytest.mark.needs("pyarrow")
@pytest.mark.skipif(sys.platform != "linux", reason="limits of addresses are those of Linux")
def test_no_bit_of_parquet_ends_the_process(tmp_path):
    """Where counts of a column were at odds, pyarrow ended it, and nothing could catch that."""
    path = tmp_path / "v.parquet"
    pd.DataFrame({"class": NAMES, "x": VECTORS[:, 0], "y": VECTORS[:, 1]}).to_parquet(path)
    done = subprocess.run([sys.executable, "-c", FLIP, path], capture_output=True, text=True)
    assert done.returncode == 0, done
    whole, refused = done.stdout.split()
    assert whole == "whole"
    assert int(refused) > 100


def test_parquet_that_says_it_has_other_rows_than_it_has():
    """It may say billions: rows are read some at a time, and counted."""

    class Held:
        def __init__(self, says, *parts):
            self.metadata = types.SimpleNamespace(num_rows=says, num_columns=2)
            self.parts, self.asked = parts, 0

        def iter_batches(self, batch_size):
            self.asked = batch_size
            return (types.SimpleNamespace(num_rows=rows) for rows in self.parts)

    whole = Held(5, 2, 3)
    assert [part.num_rows for part in parts_of(whole)] == [2, 3]
    assert whole.asked * 2 * 8 <= 1 << 26
    for says in (71514912379, 4):
        with pytest.raises(ValueError, match=f"it has {says:,} rows, and has 5"):
            list(parts_of(Held(says, 2, 3)))


def test_parquet_that_asks_for_more_memory_than_there_is_may_be_damaged():
    told = r"malloc of size 8 failed.*: if it can.t be, the file is damaged"
    with pytest.raises(TooLargeError, match=told), reading_parquet("x.parquet"):
        raise MemoryError("malloc of size 8 failed")
    with pytest.raises(TooLargeError, match=r"^too large$"), reading_parquet("x.parquet"):
        raise TooLargeError("too large")


@pytest.mark.needs("pyarrow")
def test_parquet_is_held_against_memory_before_it_is_read(tmp_path, monkeypatch):
    frame = pd.DataFrame({"class": ["a", "b"], "x": [1.0, 2.0]})
    frame.to_parquet(tmp_path / "v.parquet")
    monkeypatch.setattr("hiertools._core.memory._SMALL", 0)
    monkeypatch.setattr("hiertools._core.memory.available", lambda: 40)
    with pytest.raises(TooLargeError, match="v.parquet: reading it would take 0.0 GB of memory"):
        ht.read_representatives(tmp_path / "v.parquet")
    monkeypatch.setattr("hiertools._core.memory.available", lambda: 400)
    assert ht.read_representatives(tmp_path / "v.parquet").classes == ("a", "b")


@pytest.mark.needs("pyarrow")
def test_parquet_whose_text_is_none(tmp_path):
    """Text is decoded late by pandas, and pyarrow ends in an exception of its own."""
    import pyarrow as pa
    from pyarrow import parquet

    offsets = pa.py_buffer(np.array([0, 3, 7], dtype=np.int32).tobytes())
    text = pa.Array.from_buffers(pa.utf8(), 2, [None, offsets, pa.py_buffer(b"pum\xfflynx"[:7])])
    path = tmp_path / "given.parquet"
    numbers = pa.array([1.0, 2.0])
    for named in ("class", "label"):
        parquet.write_table(pa.table({named: text, "x": numbers, "prediction": text}), path)
        for read in (ht.read_representatives, ht.read_predictions, lambda p: ht.evaluate(p, TREE)):
            # Older pandas decodes it at once, and pyarrow's own words are all there is.
            told = f"'{named}' holds text that is not UTF-8|is not a readable .parquet file"
            with pytest.raises(FileFormatError, match=told):
                read(path)
