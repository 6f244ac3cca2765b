"""What rsatoolbox says of the noise ceilings of random runs, stored for the tests.

    pip install rsatoolbox==0.3.2
    python tests/verification/peers/noise_ceilings.py

Writes ``noise_ceilings.csv``: the distances of each run over all pairs of classes, and the bounds.
"""

import csv
from importlib.metadata import version
from pathlib import Path

import numpy as np
from rsatoolbox.inference.noise_ceiling import boot_noise_ceiling
from rsatoolbox.rdm import RDMs

HERE = Path(__file__).parent
SEED, CLASSES = 4, 8
CASES = {
    "2 runs": (2, 0.5, None), "5 runs": (5, 0.5, None), "noise alone": (4, 9.0, None),
    "ties": (4, 0.5, 1), "two groups, 12 runs": (12, 0.3, None),
}  # fmt: skip
"""Number of runs, noise, and digits that are kept."""


def runs_of(case: str, rng: np.random.Generator) -> np.ndarray:
    """Return distances that follow those of two groups, or random ones, with noise."""
    count, noise, digits = CASES[case]
    first, second = np.triu_indices(CLASSES, 1)
    true = (first // 4 != second // 4) * 1.0 if "groups" in case else rng.random(first.size)
    runs = true + noise * rng.random((count, first.size))
    return np.round(runs, 4 if digits is None else digits)


def main() -> None:
    """Write the table."""
    rng = np.random.default_rng(SEED)
    with open(HERE / "noise_ceilings.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["version", "case", "method", "lower", "upper", "runs"])
        for case in CASES:
            runs = runs_of(case, rng)
            told = "; ".join(" ".join(f"{x:g}" for x in run) for run in runs)
            for method in ("spearman", "corr"):
                lower, upper = boot_noise_ceiling(RDMs(runs), method=method)
                writer.writerow(
                    [version("rsatoolbox"), case, method, repr(float(lower)), repr(float(upper)),
                     told]
                )  # fmt: skip


if __name__ == "__main__":
    main()
