"""The measured power of scores: the page tells what the file holds, for every score."""

import power

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
