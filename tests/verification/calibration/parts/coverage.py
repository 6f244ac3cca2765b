"""How often do intervals over classes hold what they are for?"""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from calibration.jobs import Job, Part
from calibration.parts.families import FLAT, MANTEL, WITH_INTERVALS, score_table
from calibration.populations import SHAPES, STRENGTHS, groups_of, population
from calibration.trial import Trial

WALKS = 10
FURTHER = 6
"""Draws of each walk without an interval, for a surer mean."""


def covered(
    trial: Trial,
    shape: str,
    step: float,
    scores: tuple[str, ...],
    kind: str = "normal",
    dimensions: int = 16,
    new_walks: bool = False,
) -> None:
    """Draw classes from the same groups again and again: does the interval hold the mean score?"""
    groups, n = groups_of(shape), SHAPES[shape]
    tables: dict[int, list[pd.DataFrame]] = defaultdict(list)
    for i in range(trial.replicates + FURTHER * WALKS):
        rng = trial.rng(0, i)
        walk = trial.rng(1, i if new_walks else i % WALKS)
        place = population(walk, groups, step=step, kind=kind, dimensions=dimensions)
        group = place.draw_groups(rng, n)
        frame = score_table(
            place.vectors(rng, group), place.tree(group), scores=trial.wanted(scores),
            intervals=i < trial.replicates,
        )  # fmt: skip
        # Without a signal all walks are one.
        tables[0 if new_walks or step == 0 else i % WALKS].append(frame)
    for frames in tables.values():
        expected = pd.DataFrame([frame["value"] for frame in frames]).mean()
        # The further draws come last, and have none.
        further = FURTHER * WALKS if len(tables) == 1 else FURTHER
        for frame in frames[:-further]:
            for score, row in frame.iterrows():
                low, high, truth = row["ci_low"], row["ci_high"], expected[score]
                trial.add_interval(score, low, high, truth, "held" if new_walks else "covered")
                trial.add(score, "mean", row["value"])
                trial.add(score, "width", high - low)
                trial.add_ends(score, row)


def _jobs(shape: str) -> list[Job]:
    settings: dict[str, dict[str, object]] = {
        name: {"step": step} for name, step in STRENGTHS.items()
    }
    medium = STRENGTHS["medium"]
    if shape == "ragged tree":
        settings["medium, heavy tails"] = {"step": medium, "kind": "heavy tails"}
        settings["medium, common mean"] = {"step": medium, "kind": "common mean"}
        settings["medium, 2 dimensions"] = {"step": medium, "dimensions": 2}
    settings["medium, new walks"] = {"step": medium, "new_walks": True}
    trees = tuple(name for name in WITH_INTERVALS if name not in FLAT)
    return [
        Job("coverage", shape, setting, covered,
            {"shape": shape, "scores": scores, **arguments}, family, SHAPES[shape])
        for setting, arguments in settings.items()
        for family, scores in (("distances", FLAT), ("correlations", MANTEL), ("trees", trees))
        if family != "correlations" or setting in STRENGTHS
    ]  # fmt: skip


COVERAGE = Part(
    name="coverage",
    heading="How often 95 % intervals hold the expected score",
    introduction=f"""
Walks along the tree with steps {", ".join(f"{s:g} ({name})" for name, s in STRENGTHS.items())},
where the noise of a class is 1. Classes are drawn anew each time, from the same groups in the
same places ({WALKS} walks in turn); the interval should hold the mean score of such draws. *new
walks*: the groups are put elsewhere each time too, and the interval is asked to hold the mean
over that, which it does not promise. *heavy tails*: the noise is Student's t with 2 degrees of
freedom; *common mean*: one vector, five times the noise in each dimension, is added to all.
""",
    jobs=tuple(job for shape in SHAPES for job in _jobs(shape)),
)
