"""A job: some cells of the page, with a seed that follows from its name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from calibration.trial import Measured, Trial

REPLICATES = 1000
AGAIN = 4
"""A cell beyond its bound is run once more, with so many times the replicates."""


@dataclass(frozen=True)
class Job:
    """One situation, simulated with some of the scores.

    Attributes
    ----------
    part : str
        The file of its rows.
    shape : str
        What it is simulated on; names its table on the page.
    setting : str
        What is the case; names its columns there.
    simulate : function of a Trial and `arguments`
    arguments : mapping
    scores : str
        Which of the scores, where several jobs share a table and a column.
    classes, samples : int
        Size of the problem; 0 samples where there are none.
    replicates : int
    """

    part: str
    shape: str
    setting: str
    simulate: Callable[..., None]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    scores: str = ""
    classes: int = 0
    samples: int = 0
    replicates: int = REPLICATES

    @property
    def name(self) -> str:
        """What identifies it."""
        return "/".join((self.part, self.shape, self.setting, self.scores)).rstrip("/")

    def seed(self, attempt: int) -> int:
        """Return the seed of its first or second attempt."""
        text = f"{self.name} {attempt}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big")

    def replicates_of(self, attempt: int) -> int:
        """Return the replicates of an attempt."""
        return self.replicates * (1 if attempt == 1 else AGAIN)

    def run(
        self, attempt: int, only: Iterable[str] | None = None, replicates: int | None = None
    ) -> list[Measured]:
        """Simulate; `only` names the scores that are wanted."""
        return self._trial(attempt, only, replicates).measured()

    def told(self, replicates: int) -> list[float]:
        """Return all that a few replicates give, p-values and ends of intervals as they are."""
        return self._trial(1, None, replicates).told

    def _trial(self, attempt: int, only: Iterable[str] | None, replicates: int | None) -> Trial:
        trial = Trial(self.seed(attempt), replicates or self.replicates_of(attempt), only)
        self.simulate(trial, **self.arguments)
        return trial


@dataclass(frozen=True)
class Part:
    """Jobs that belong together: a section of the page, a file of rows."""

    name: str
    heading: str
    introduction: str
    jobs: tuple[Job, ...]
