"""Distances as PHYLIP has them: each form gives the same matrix, and what is none is told."""

import gzip

import pytest

import hiertools as ht
from hiertools.representatives.sources import as_model

MATRIX = ht.DistanceMatrix([1.5, 2, 3, 0.25, 4e-1, 6], ["lynx", "wolf", "newt", "toad"])

FORMS = {
    "square": "4\nlynx 0 1.5 2 3\nwolf 1.5 0 .25 0.4\nnewt 2 0.25 0 6\ntoad 3 .4 6 0\n",
    "lower": "    4\nlynx\nwolf  1.5\nnewt\t2 0.25\n\ntoad 3 .4 6",
    "diagonal": "4\r\nlynx 0\r\nwolf 1.5 0\r\nnewt 2 0.25 0\r\ntoad 3 .4 6 0\r\n",
    "upper": "4\nlynx 1.5 2 3\nwolf 0.25 .4\nnewt 6\ntoad\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("ending", [".phy", ".phylip", ".dist"])
def test_each_form_is_the_same_matrix(form, ending, tmp_path):
    path = tmp_path / f"d{ending}"
    path.write_text(FORMS[form], newline="")
    assert ht.read_distances(path) == MATRIX
    assert as_model(path) == MATRIX  # as compare and the command line read it
    packed = tmp_path / f"d{ending}.gz"
    packed.write_bytes(gzip.compress(FORMS[form].encode()))
    assert ht.read_distances(packed) == MATRIX


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lynx 0 1\nwolf 1 0\n", "must begin with a line of the number of classes alone"),
        ("3\na\nb 1\n", "line 1 says 3 classes, and 2 lines follow"),
        ("3\na\nb 1 2\nc 1 2\n", "line 3 holds 2 distances of 'b', not 1; lines hold all 3"),
        ("3\na 0 1 2\ngrey wolf 1 0 2\nc 2 2 0\n", "line 3 holds 4 distances of 'grey', not 3"),
        ("2\na\nb x\n", "line 3 holds 'x', which is no number"),
        ("2\na 1\nb 1 1\n", "a class is at distance 0 from itself"),
        ("2\na 0 1\nb 2 0\n", "symmetric"),
        ("2\na\na 1\n", "'a'"),
    ],
)
def test_what_is_no_matrix_is_told(text, message, tmp_path):
    path = tmp_path / "d.phy"
    path.write_text(text)
    with pytest.raises(ht.HiertoolsError, match=message):
        ht.read_distances(path)


def test_distances_are_not_written_so(tmp_path):
    with pytest.raises(ht.HiertoolsError, match="distances are kept in .npz or .csv"):
        MATRIX.save(tmp_path / "d.phy")
