"""The measured power of scores: the page tells what the file holds, for every score."""

import power
import pytest
from scipy.stats import binom

import hiertools as ht


def test_the_table_of_the_page_is_what_the_file_gives():
    text = power.PAGE.read_text(encoding="utf-8")
    assert text == power.renewed(text), "write it anew: python tests/verification/power.py --page"


def test_every_score_was_measured():
    assert {row["score"] for row in power.rows()} == set(ht.SCORES)


def test_a_share_is_that_of_models_with_a_small_p():
    found = power.measure("weak", 2)
    assert [(row["score"], row["at"]) for row in power.rows()] == list(found)
    assert set(found.values()) <= {0.0, 0.5, 1.0}


def test_models_that_know_nothing_are_not_found_too_often():
    """By no more than two errors, or, measured again on more of them, no longer."""
    more = power.again()
    for row in power.rows():
        count, share = more.get((row["score"], row["at"]), (row["replicates"], row["none"]))
        found = round(float(share) * int(count))
        assert binom.sf(found - 1, int(count), 0.05) > 0.0228, row


def test_a_cell_is_measured_again(tmp_path, monkeypatch):
    monkeypatch.setattr(power, "AGAIN", tmp_path / "again.csv")
    power.AGAIN.write_text("score,at,replicates,none\ntriplet,,7,0.143\n")
    power.measure_again("r_precision", "level 0", 2)
    assert power.again().keys() == {("triplet", ""), ("r_precision", "level 0")}
    count, share = power.again()["r_precision", "level 0"]
    wanted = power.measure("none", 2)["r_precision", "level 0"]
    assert (count, float(share)) == (2, pytest.approx(wanted))
