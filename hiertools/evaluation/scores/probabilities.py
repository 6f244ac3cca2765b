"""Scores of probabilities: whether they hold what they say."""

from __future__ import annotations

from hiertools.evaluation.scores.ways import EDGES, HIGHER, LOWER
from hiertools.results.table import Score

_KUMAR = "Kumar et al. (2019), arXiv:1909.10155"
_PYBIOCLIP = "Stevens et al. (2024), BioCLIP, arXiv:2311.18803"
_GUO = "Guo et al. (2017), eq. 3 and 5"

CALIBRATION = (
    Score(
        "expected_calibration_error",
        "Expected calibration error",
        LOWER,
        0.0,
        "Mean gap between confidence and accuracy over equal bins, weighted by samples; too "
        "large for a calibrated model, most of all with few samples.",
        _GUO,
        at=("", "level"),
    ),
    Score(
        "expected_calibration_error_debiased",
        "Expected calibration error, debiased",
        LOWER,
        0.0,
        "The same, less the bias that the noise of each bin's accuracy lends it.",
        _KUMAR,
    ),
    Score(
        "maximum_calibration_error",
        "Maximum calibration error",
        LOWER,
        0.0,
        "Largest gap between confidence and accuracy of a bin that holds samples.",
        _GUO,
    ),
)
"""Of the first prediction's."""

SUMMED = (
    Score(
        "summed_top_k_accuracy",
        "Top-k accuracy of summed probabilities",
        HIGHER,
        1.0,
        "Share of samples whose group is among the k of the level that are most probable, "
        "probabilities being summed over the classes of each.",
        _PYBIOCLIP,
        at=("level, k",),
    ),
    Score(
        "brier_score",
        "Brier score",
        LOWER,
        0.0,
        "Mean squared distance of the probabilities of all classes, or groups of a level, from "
        "1 for the label's and 0 for the others; on average least for true probabilities.",
        "Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2",
        at=("", "level"),
        span=(0.0, 2.0),
    ),
    Score(
        "log_loss",
        "Log loss",
        LOWER,
        0.0,
        "Mean negative logarithm of the probability of the label, or of its group, in nats; on "
        "average least for true probabilities.",
        "Good (1952), doi:10.1111/j.2517-6161.1952.tb00104.x",
        at=("", "level"),
        span=EDGES,
    ),
    Score(
        "adaptive_calibration_error",
        "Adaptive calibration error",
        LOWER,
        0.0,
        "Expected calibration error over bins of equally many samples.",
        "Mukhoti et al. (2020), arXiv:2002.09437",
        at=("", "level"),
    ),
    Score(
        "classwise_calibration_error",
        "Class-wise calibration error",
        LOWER,
        0.0,
        "Calibration error of the probability of each class, or group of a level, averaged.",
        "Kull et al. (2019), arXiv:1910.12656",
        at=("", "level"),
    ),
)
"""Scores that ``summed=True`` adds."""
