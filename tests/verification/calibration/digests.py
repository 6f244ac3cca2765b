"""Would a job's rows come out the same today? A digest of what a few of its replicates give.

Of the numbers, not of the code: what only makes it faster, or moves it, leaves all rows valid.
"""

from __future__ import annotations

import hashlib

from calibration.jobs import Job
from calibration.trial import ROUNDING

PROBED = 5
"""Replicates that stand for all: with the p-values and ends of intervals of every score."""


def digest(job: Job) -> str:
    """Return twelve letters that change with the numbers that a job gives."""
    told = " ".join(map(_digits, job.told(PROBED)))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _digits(value: float) -> str:
    """Return six digits: sums may be taken in another order."""
    return "0" if abs(value) < ROUNDING else f"{value:.6g}"
