"""A study of equal configurations: how often does a table call any of them better or worse?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from calibration.jobs import REPLICATES, Job, Part
from calibration.trial import Trial
from hiertools_torch.studies.tables import study_table

ENDPOINTS = (
    ("proxy", "classwise_correlation", np.nan),
    ("prototype", "classwise_correlation", np.nan),
    ("prototype", "triplet", np.nan),
    ("predictions", "accuracy", np.nan),
)
ROUGH = 0.02
"""Values in steps of this size repeat, as those of scores that count few things do."""

DIFFERENT = "any called different from the reference by any endpoint"
WORSE = "any called worse than the best by one score"


def equal_configurations(
    trial: Trial,
    configurations: int,
    seeds: int,
    noise: str = "normal",
    better: float = 0.0,
) -> None:
    """Draw a study whose configurations differ by chance alone; or the last is better by so much.

    What a seed does it does to all configurations (their paired differences don't see it), and what
    happens in one run all its scores see in part.
    """
    names = [f"c{i}" for i in range(configurations)]
    for rng in trial:
        rows = []
        of_seed = rng.normal(0, 0.03, seeds)
        for name in names:
            of_run = drawn(rng, noise, seeds)
            for kind, score, level in ENDPOINTS:
                sign = -1.0 if score == "triplet" else 1.0
                moved = of_seed + 0.01 * (0.7 * of_run + 0.7 * drawn(rng, noise, seeds))
                moved += better if name == names[-1] else 0.0
                values = 0.5 + sign * moved
                if noise == "few values":
                    values = ROUGH * np.round(values / ROUGH)
                rows += [
                    {"data": "d", "configuration": name, "seed": seed, "kind": kind,
                     "score": score, "level": level, "value": value}
                    for seed, value in enumerate(values)
                ]  # fmt: skip
        found = study_table(pd.DataFrame(rows), reference=names[0])
        p = found.comparisons["p_holm"]
        trial.tell(*p)
        what = "found" if better else "rejected"
        trial.add_p_value(DIFFERENT, p.min(), what)
        of = found.summary[found.summary["kind"] == "proxy"]
        trial.add(WORSE, what, float((of["mark"] == "worse").any()))


def drawn(rng: np.random.Generator, noise: str, size: int) -> np.ndarray:
    """Return numbers of mean 0 and spread 1."""
    return rng.exponential(1.0, size) - 1.0 if noise == "skewed" else rng.normal(0.0, 1.0, size)


STUDIES = Part(
    name="studies",
    heading="Tables of studies: Holm over a family, paired by seed",
    introduction="""
How often the table of a study calls any of several equal configurations different from the
reference (Holm over 4 endpoints x the other configurations), or any worse than the best by one
score (Holm over all pairs, as each score has it). *skewed*: the noise of a run is exponential.
*few values*: scores in steps of two of its standard deviations. *one better*: the last one is, by
four standard deviations of a run's noise.
""",
    jobs=tuple(
        Job(
            "studies", f"{configurations} configurations, {seeds} seeds", noise,
            equal_configurations,
            {"configurations": configurations, "seeds": seeds,
             **({"better": 0.04} if noise == "one better" else {"noise": noise})},
            replicates=REPLICATES if configurations < 10 else REPLICATES // 4,
        )
        for configurations, seeds, noises in (
            (4, 3, ("normal", "skewed", "few values", "one better")),
            (4, 5, ("normal", "skewed", "few values", "one better")),
            (14, 3, ("normal",)),
            (14, 5, ("normal", "one better")),
        )
        for noise in noises
    ),
)  # fmt: skip
