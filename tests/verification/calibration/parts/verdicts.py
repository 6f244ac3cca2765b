"""How often does a report name a winner, or a tree that is followed, where there is none?"""

from __future__ import annotations

import html
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import hiertools as ht
from calibration.jobs import REPLICATES, Job, Part
from calibration.parts.families import seed_from
from calibration.parts.models import one_run
from calibration.populations import SHAPES, STRENGTHS, groups_of, population
from calibration.trial import Trial
from hiertools.reporting import comparison_report
from hiertools.reporting.page import Section

FIRST, SECOND = "Alphanet", "Betanet"
"""Names that no sentence holds by itself."""

_NAMED = f"(?:{FIRST}|{SECOND})"
WINNER = re.compile(
    rf"{_NAMED} (?:follows|is|does|was|fits|comes)[^.;]* (?:most|more|best|better|closer|closest)\b"
    rf"|{_NAMED} (?:is )?(?:better|closer|ahead)\b|(?:better|best|closest|most closely): {_NAMED}"
)
"""A sentence that says of a model that it is better."""

DENIED = re.compile(r"\b(?:no|not|nor|neither|none|cannot|can't|doesn't|don't)\b", re.IGNORECASE)
FOLLOWS = re.compile(r"\bfollows? the tree\b")
NO_MORE = re.compile(r"no more than chance|too few to tell|\bnot\b|\bdoesn't\b")


def models(
    trial: Trial,
    shape: str,
    runs: int,
    step: float,
    own_walks: bool,
    what: str = "named",
    noise: float = 1.0,
) -> None:
    """Two models, equally good but for noise: is one called better, at the head of the report?"""
    groups, n = groups_of(shape), SHAPES[shape]
    for rng in trial:
        place = population(rng, groups, step=step)
        group = place.draw_groups(rng, n)
        compared = ht.compare(
            {
                name: [one_run(rng, place, group, size, step, own_walks) for _ in range(runs)]
                for name, size in ((FIRST, 1.0), (SECOND, noise))
            },
            place.tree(group), permutations=99, threads=1, random_state=seed_from(rng),
        )  # fmt: skip
        text = headline(compared)
        trial.tell(zlib.crc32(text.encode()) % 999_983)
        trial.add("headline of two models", what, float(names_winner(text)))


def alone(trial: Trial, shape: str, step: float = 0.0, what: str = "named") -> None:
    """One model, random or not: is it said to follow the tree?"""
    groups, n = groups_of(shape), SHAPES[shape]
    for rng in trial:
        place = population(rng, groups, step=step)
        group = place.draw_groups(rng, n)
        compared = ht.compare(
            place.vectors(rng, group), place.tree(group), permutations=99, threads=1,
            random_state=seed_from(rng),
        )  # fmt: skip
        text = headline(compared)
        trial.tell(zlib.crc32(text.encode()) % 999_983)
        trial.add("headline of one model", what, float(says_it_follows(text)))


def names_winner(text: str) -> bool:
    """Tell whether some sentence says of a model that it is better."""
    found = [(each, WINNER.search(each)) for each in _sentences(text)]
    return any(match and not DENIED.search(each[: match.end()]) for each, match in found)


def says_it_follows(text: str) -> bool:
    """Tell whether some sentence says that a model follows the tree."""
    return any(FOLLOWS.search(each) and not NO_MORE.search(each) for each in _sentences(text))


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.;])\s+", text)


def headline(result: ht.Comparison | ht.ComparisonSet) -> str:
    """Return what stands at the head of a report, as text."""
    with tempfile.TemporaryDirectory() as folder, _no_drawings():
        path = Path(folder) / "report.html"
        result.to_html(path)
        page = path.read_text(encoding="utf-8")
    found = re.search(r'<p class="verdict">(.*?)</p>', page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""


@contextmanager
def _no_drawings() -> Iterator[None]:
    """Leave out what takes a second to draw."""
    with (
        mock.patch.object(comparison_report, "_trees", return_value=Section("")),
        mock.patch.object(comparison_report, "_pictures", return_value=[]),
    ):
        yield


_SETTINGS = {
    "1 run each, random models": {"runs": 1, "step": 0.0, "own_walks": False},
    "1 run each, same walk": {"runs": 1, "step": STRENGTHS["medium"], "own_walks": False},
    "3 runs each, random models": {"runs": 3, "step": 0.0, "own_walks": False},
    "3 runs each, a walk a run": {"runs": 3, "step": STRENGTHS["medium"], "own_walks": True},
    "5 runs each, a walk a run": {"runs": 5, "step": STRENGTHS["medium"], "own_walks": True},
    "1 run each, a walk each": {"runs": 1, "step": STRENGTHS["medium"], "own_walks": True,
                                "what": "found"},
    "5 runs each, noise 1 against 3": {"runs": 5, "step": STRENGTHS["medium"], "own_walks": False,
                                       "noise": 3.0, "what": "found"},
}  # fmt: skip

VERDICTS = Part(
    name="verdicts",
    heading="Verdicts at the head of a report",
    introduction="""
How often the head of a report says of one of two equally good models that it is better, or of a
random model that it follows the tree. *a walk each*, one run: these two models do differ, and the
sentence is about *these two runs*; it is told without a bound. *noise 1 against 3* and *strong
signal* show that a difference, or a tree that is followed, is told where there is one.
""",
    jobs=(
        *(
            Job("verdicts", "ragged tree", setting, models, {"shape": "ragged tree", **arguments},
                classes=SHAPES["ragged tree"],
                replicates=REPLICATES if arguments["runs"] == 1 else REPLICATES // 2)
            for setting, arguments in _SETTINGS.items()
        ),
        *(
            Job("verdicts", "ragged tree", setting, alone, {"shape": "ragged tree", **arguments},
                classes=SHAPES["ragged tree"])
            for setting, arguments in {
                "1 random model": {},
                "1 model, strong signal": {"step": STRENGTHS["strong"], "what": "found"},
            }.items()
        ),
    ),
)  # fmt: skip
