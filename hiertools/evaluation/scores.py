"""The registry of `evaluate`: every score by name, what it means and which way is better."""

from __future__ import annotations

from dataclasses import replace

from hiertools.results.table import Score

_KIRITCHENKO = "Kiritchenko et al. (2005)"
_MUSGRAVE = "Musgrave et al. (2020), doi:10.1007/978-3-030-58595-2_41"
_BARZ = "Barz and Denzler (2019), doi:10.1109/WACV.2019.00073"
_BERTINETTO = "Bertinetto et al. (2020), doi:10.1109/CVPR42600.2020.01252"
_KUMAR = "Kumar et al. (2019), arXiv:1909.10155"
_SHI = "Shi et al. (2024), arXiv:2407.16067"
_WU = "Wu and Palmer (1994), doi:10.3115/981732.981751"
_BOKULICH = "Bokulich et al. (2018), doi:10.1186/s40168-018-0470-z"
_PYBIOCLIP = "Stevens et al. (2024), BioCLIP, arXiv:2311.18803"
_GUO = "Guo et al. (2017), eq. 3 and 5"

_ANGELOPOULOS = "Angelopoulos et al. (2021), arXiv:2110.01052"
_DENG = "Deng et al. (2012), doi:10.1109/CVPR.2012.6248086"
_BATES = "Angelopoulos and Bates (2021), arXiv:2107.07511"
_MORTIER = "Mortier et al. (2022), arXiv:2203.06676"
_GOREN = "Goren et al. (2024), arXiv:2405.11533"
_GONG = "Gong et al. (2024), CLIBD, arXiv:2405.17537"
_WALLIN = "Wallin et al. (2025), ProHOC, arXiv:2503.21397"

_HIGHER, _LOWER = "higher", "lower"
_EDGES = (0.0, float("inf"))
"""The range of scores counted in edges of the tree."""

EVALUATION_SCORES: dict[str, Score] = {
    score.name: score
    for score in (
        Score(
            "accuracy",
            "Accuracy",
            _HIGHER,
            1.0,
            "Share of samples whose predicted class (at a level: its node there) is right; equals "
            "micro precision, recall and F1.",
            "",
            at=("", "level"),
        ),
        Score(
            "precision_macro",
            "Precision, macro",
            _HIGHER,
            1.0,
            "Mean precision of the classes, or of the nodes of a level, that occur among labels or "
            "predictions; one that is never predicted counts 0.",
            "",
            at=("", "level"),
        ),
        Score(
            "recall_macro",
            "Recall, macro",
            _HIGHER,
            1.0,
            "Mean recall, likewise; one that has no samples but is predicted counts 0.",
            "",
            at=("", "level"),
        ),
        Score("f1_macro", "F1, macro", _HIGHER, 1.0, "Mean F1, likewise.", "", at=("", "level")),
        Score(
            "top_k_accuracy",
            "Top-k accuracy",
            _HIGHER,
            1.0,
            "Share of samples whose class is among the first k predictions.",
            "",
            at=("k",),
        ),
        Score(
            "promise_kept",
            "Promises kept",
            _HIGHER,
            1.0,
            "Share of a rule's answers that are the label or an ancestor of it.",
            _ANGELOPOULOS,
        ),
        Score(
            "specificity",
            "Specificity",
            _HIGHER,
            1.0,
            "Mean information of a rule's answers: 1 for a class, 0 for the root.",
            _DENG,
        ),
        Score(
            "set_coverage",
            "Coverage of sets",
            _HIGHER,
            1.0,
            "Share of sets that hold the label (at a level: some class of its group there).",
            _BATES,
            at=("", "level"),
        ),
        Score(
            "set_size",
            "Size of sets",
            _LOWER,
            1.0,
            "Mean number of classes below the nodes of a set (at a level: of groups that they are "
            "in).",
            _BATES,
            at=("", "level"),
            span=_EDGES,
        ),
        Score(
            "set_nodes",
            "Nodes of sets",
            _LOWER,
            1.0,
            "Mean of the least number of nodes that stand for a set: one for all classes of a "
            "group.",
            _MORTIER,
            span=_EDGES,
        ),
        Score(
            "set_specificity",
            "Specificity of sets",
            _HIGHER,
            1.0,
            "Mean information of the deepest node above all of a set: 1 for a class, 0 for the "
            "root.",
            _DENG,
        ),
        Score(
            "set_depth",
            "Depth of sets",
            _HIGHER,
            float("nan"),
            "Mean depth of that node, in edges from the root.",
            "",
            span=_EDGES,
        ),
        Score(
            "selective_risk_area",
            "Area under risk over specificity",
            _LOWER,
            0.0,
            "Share of wrong answers while these back off from a class to the root, over their mean "
            "specificity; 0 where a model that is wrong about the class is unsure of it first.",
            _GOREN,
        ),
        Score(
            "node_precision",
            "Precision of answers",
            _HIGHER,
            1.0,
            "Share of the answers that say something at the level which are right there: those "
            "that stop short above it say nothing. 0 where none says anything.",
            _BOKULICH,
            at=("", "level"),
        ),
        Score(
            "node_f1",
            "F1 of answers",
            _HIGHER,
            1.0,
            "Harmonic mean of that precision and the accuracy, which is the recall.",
            _BOKULICH,
            at=("", "level"),
        ),
        Score(
            "under_classified",
            "Under-classified",
            _LOWER,
            0.0,
            "Share of answers that are a proper ancestor of the label (at a level: of its node "
            "there): right, but less specific.",
            _BOKULICH,
            at=("", "level"),
        ),
        Score(
            "over_classified",
            "Over-classified",
            _LOWER,
            0.0,
            "Share of answers below the label (at a level: its node there), which says no more.",
            _BOKULICH,
            at=("", "level"),
        ),
        Score(
            "misclassified",
            "Misclassified",
            _LOWER,
            0.0,
            "Share of answers on another branch than the label, at a level or at all.",
            _BOKULICH,
            at=("", "level"),
        ),
        Score(
            "branch_severity",
            "Severity of wrong branches",
            _LOWER,
            0.0,
            "Mean tree distance between label and answer over answers on another branch: those "
            "above or below the label are left out.",
            _BERTINETTO,
            span=_EDGES,
        ),
        Score(
            "seen_accuracy",
            "Accuracy, seen classes",
            _HIGHER,
            1.0,
            "Share of the samples of classes that the model has whose answer is in the right group "
            "of the level.",
            _GONG,
            at=("level",),
        ),
        Score(
            "unseen_accuracy",
            "Accuracy, unseen classes",
            _HIGHER,
            1.0,
            "The same over samples of classes that the model lacks, where it knows their group.",
            _GONG,
            at=("level",),
        ),
        Score(
            "harmonic_accuracy",
            "Harmonic mean of both accuracies",
            _HIGHER,
            1.0,
            "Harmonic mean of the accuracies of seen and unseen classes; 0 where one of them is.",
            _GONG,
            at=("level",),
        ),
        Score(
            "seen_balanced_distance",
            "Balanced distance, seen classes",
            _LOWER,
            0.0,
            "Mean number of edges between answer and class over the samples of each class that the "
            "model has, averaged over these.",
            _WALLIN,
            span=_EDGES,
        ),
        Score(
            "unseen_balanced_distance",
            "Balanced distance, unseen classes",
            _LOWER,
            0.0,
            "The same to the deepest ancestor that the model knows, over samples of classes that "
            "it lacks, averaged over these ancestors.",
            _WALLIN,
            span=_EDGES,
        ),
        Score(
            "mixed_balanced_distance",
            "Balanced distance, seen and unseen",
            _LOWER,
            0.0,
            "Mean of both balanced distances.",
            _WALLIN,
            span=_EDGES,
        ),
        Score(
            "average_hierarchical_cost",
            "Average hierarchical cost",
            _LOWER,
            0.0,
            "Mean tree distance between label and prediction, right ones included.",
            _BERTINETTO,
            span=_EDGES,
        ),
        Score(
            "mistake_severity",
            "Mistake severity",
            _LOWER,
            0.0,
            "Mean tree distance between label and prediction over wrong predictions only.",
            _BERTINETTO,
            span=_EDGES,
        ),
        Score(
            "mistake_lca_height",
            "Mistake severity by height",
            _LOWER,
            0.0,
            "Mean height (largest number of edges down to a class) of the lowest common ancestor "
            "of label and prediction, over wrong predictions.",
            _BERTINETTO,
            span=_EDGES,
        ),
        Score(
            "mistake_lca_depth",
            "Depth of mistakes",
            _HIGHER,
            float("nan"),
            "Mean depth (edges from the root) of that ancestor, over wrong predictions.",
            "",
            span=_EDGES,
        ),
        Score(
            "mistake_lca_information",
            "Information lost by mistakes",
            _LOWER,
            0.0,
            "Mean information in bits that tells the label from all classes below that ancestor "
            "(the logarithm of their number), over wrong predictions.",
            _SHI,
            span=_EDGES,
        ),
        Score(
            "average_lca_height",
            "Average height of the common ancestor",
            _LOWER,
            0.0,
            "Mean height of the lowest common ancestor of label and prediction, as a share of the "
            "root's, right ones included.",
            _BARZ,
        ),
        Score(
            "average_hierarchical_distance_at_k",
            "Average hierarchical distance at k",
            _LOWER,
            float("nan"),
            "Mean tree distance between the label and the first k predictions.",
            _BERTINETTO,
            at=("k",),
            span=_EDGES,
        ),
        Score(
            "hierarchical_precision_at_k",
            "Hierarchical precision at k",
            _HIGHER,
            1.0,
            "Share of the first k predictions in the smallest ball around the label that holds k "
            "classes; other variants by name.",
            "Frome et al. (2013), appendix",
            at=("k",),
        ),
        Score(
            "hierarchical_precision",
            "Hierarchical precision",
            _HIGHER,
            1.0,
            "Share of the ancestors of predictions, themselves included, that are right (micro).",
            _KIRITCHENKO,
        ),
        Score(
            "hierarchical_recall",
            "Hierarchical recall",
            _HIGHER,
            1.0,
            "Share of the ancestors of labels, themselves included, that are predicted (micro).",
            _KIRITCHENKO,
        ),
        Score(
            "hierarchical_f1",
            "Hierarchical F1",
            _HIGHER,
            1.0,
            "Harmonic mean of hierarchical precision and recall (micro).",
            _KIRITCHENKO,
        ),
        Score(
            "hierarchical_precision_macro",
            "Hierarchical precision, macro",
            _HIGHER,
            1.0,
            "Hierarchical precision of each sample, averaged over samples.",
            _KIRITCHENKO,
        ),
        Score(
            "hierarchical_recall_macro",
            "Hierarchical recall, macro",
            _HIGHER,
            1.0,
            "Hierarchical recall of each sample, averaged over samples.",
            _KIRITCHENKO,
        ),
        Score(
            "hierarchical_f1_macro",
            "Hierarchical F1, macro",
            _HIGHER,
            1.0,
            "Hierarchical F1 of each sample, averaged over samples.",
            _KIRITCHENKO,
        ),
        Score(
            "hierarchical_jaccard",
            "Jaccard index of ancestors",
            _HIGHER,
            1.0,
            "Share of the ancestors of label or prediction, themselves included, that both have; "
            "averaged over samples.",
            "Jaccard (1912), doi:10.1111/j.1469-8137.1912.tb05611.x",
        ),
        Score(
            "hierarchical_wu_palmer",
            "Wu-Palmer similarity",
            _HIGHER,
            1.0,
            "Twice the depth of the common ancestor over the sum of both depths, the root's being "
            "1; averaged over samples.",
            _WU,
        ),
        Score(
            "hierarchical_similarity_at_k",
            "Hierarchical similarity at k",
            _HIGHER,
            1.0,
            "Tree similarity of the k nearest other embeddings, as a share of the best attainable.",
            _BARZ,
            at=("k",),
        ),
        Score(
            "average_hierarchical_similarity_at_k",
            "Average hierarchical similarity at k",
            _HIGHER,
            1.0,
            "Area under the hierarchical similarity at 1 to k.",
            _BARZ,
            at=("k",),
        ),
        Score(
            "precision_at_1",
            "P@1 of samples",
            _HIGHER,
            1.0,
            "Share of samples whose nearest other embedding has their class.",
            _MUSGRAVE,
        ),
        Score(
            "r_precision",
            "R-precision of samples",
            _HIGHER,
            1.0,
            "Share of the R nearest that have the class, R the number of others that have it.",
            _MUSGRAVE,
        ),
        Score(
            "map_at_r",
            "MAP@R of samples",
            _HIGHER,
            1.0,
            "Mean over the first R places of the precision there, 0 at places with another class.",
            _MUSGRAVE,
        ),
        Score(
            "expected_calibration_error",
            "Expected calibration error",
            _LOWER,
            0.0,
            "Mean gap between confidence and accuracy over equal bins, weighted by samples; too "
            "large for a calibrated model, most of all with few samples.",
            _GUO,
            at=("", "level"),
        ),
        Score(
            "expected_calibration_error_debiased",
            "Expected calibration error, debiased",
            _LOWER,
            0.0,
            "The same, less the bias that the noise of each bin's accuracy lends it.",
            _KUMAR,
        ),
        Score(
            "maximum_calibration_error",
            "Maximum calibration error",
            _LOWER,
            0.0,
            "Largest gap between confidence and accuracy of a bin that holds samples.",
            _GUO,
        ),
        Score(
            "summed_top_k_accuracy",
            "Top-k accuracy of summed probabilities",
            _HIGHER,
            1.0,
            "Share of samples whose group is among the k of the level that are most probable, "
            "probabilities being summed over the classes of each.",
            _PYBIOCLIP,
            at=("level, k",),
        ),
        Score(
            "brier_score",
            "Brier score",
            _LOWER,
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
            _LOWER,
            0.0,
            "Mean negative logarithm of the probability of the label, or of its group, in nats; on "
            "average least for true probabilities.",
            "Good (1952), doi:10.1111/j.2517-6161.1952.tb00104.x",
            at=("", "level"),
            span=_EDGES,
        ),
        Score(
            "adaptive_calibration_error",
            "Adaptive calibration error",
            _LOWER,
            0.0,
            "Expected calibration error over bins of equally many samples.",
            "Mukhoti et al. (2020), arXiv:2002.09437",
            at=("", "level"),
        ),
        Score(
            "classwise_calibration_error",
            "Class-wise calibration error",
            _LOWER,
            0.0,
            "Calibration error of the probability of each class, or group of a level, averaged.",
            "Kull et al. (2019), arXiv:1910.12656",
            at=("", "level"),
        ),
    )
}
"""Every score of `evaluate` by name, in the order of its table."""

OPEN_WORLD = ("seen_accuracy", "unseen_accuracy", "harmonic_accuracy", "seen_balanced_distance",
              "unseen_balanced_distance", "mixed_balanced_distance")  # fmt: skip
"""Scores that ``unknown="ancestor"`` adds."""

RULES = ("promise_kept", "specificity")
"""Scores that ``rule=`` adds."""

SETS = ("set_coverage", "set_size", "set_nodes", "set_specificity", "set_depth")
"""Scores that sets of answers add: those of predictions, or of a rule that answers with them."""

SELECTIVE = ("selective_risk_area",)
"""Scores that ``selective=`` adds."""

SUMMED = ("summed_top_k_accuracy", "brier_score", "log_loss", "adaptive_calibration_error",
          "classwise_calibration_error")  # fmt: skip
"""Scores that ``summed=True`` adds."""


def scores_with(
    *,
    unknown: str = "error",
    summed: bool = False,
    rule: bool = False,
    selective: str | None = None,
) -> dict[str, Score]:
    """Return the scores that options ask for.

    Examples
    --------
    >>> "log_loss" in scores_with(), "log_loss" in scores_with(summed=True)
    (False, True)
    """
    left_out = (
        (OPEN_WORLD, unknown == "error"), (SUMMED, not summed), (RULES, not rule),
        (SELECTIVE, selective is None),
    )  # fmt: skip
    without = {name for names, is_left_out in left_out if is_left_out for name in names}
    found = {name: each for name, each in EVALUATION_SCORES.items() if name not in without}
    if not summed:
        error = found["expected_calibration_error"]
        found["expected_calibration_error"] = replace(error, at=("",))
    return found
