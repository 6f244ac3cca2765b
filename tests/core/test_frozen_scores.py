"""No number moves unnoticed: every score on a dozen fixed inputs, held against frozen values."""

import json

from frozen_scores import FROZEN, compute, differences


def test_no_number_has_moved():
    lines = differences(compute(), json.loads(FROZEN.read_text(encoding="utf-8")))
    told = "\n".join(lines[:20])
    assert not lines, f"{len(lines)} numbers differ from the frozen ones:\n{told}"
