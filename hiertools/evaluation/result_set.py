"""`EvaluationSet`: several models, or readings of one model, on the same test samples."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hiertools._core import checks
from hiertools._core.doors import behind_doors
from hiertools._core.progress import along
from hiertools.errors import ClassMismatchError, FileFormatError
from hiertools.evaluation.design import Design
from hiertools.evaluation.finishing import Finished
from hiertools.evaluation.marks import class_marks, marked
from hiertools.evaluation.options import EvaluationOptions
from hiertools.evaluation.result import Evaluation
from hiertools.evaluation.sample_order import paired_order
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.evaluation.scoring import contributions
from hiertools.inference import holm
from hiertools.inference.contributions import Contributions
from hiertools.inference.intervals import difference_beyond_rounding
from hiertools.inference.swaps import paired_test
from hiertools.results.base import ResultSet
from hiertools.results.files import held_as
from hiertools.results.frames import differences_from_json, table_to_json
from hiertools.results.status import NOT_TESTED, OK
from hiertools.results.table import difference_frame

if TYPE_CHECKING:
    import pandas as pd

    from hiertools.evaluation.plots import EvaluationSetPlots
    from hiertools.reporting.parts import Text

__all__ = ["EvaluationSet", "paired_differences"]

TEST = "swaps of paired predictions"


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class EvaluationSet(ResultSet):
    """Several models evaluated on the same test samples.

    Attributes
    ----------
    evaluations : mapping of str to Evaluation
    differences : DataFrame
        One row a score and pair of models: ``difference`` (a less b) with its interval, the
        two-sided ``p_value`` of a permutation test that swaps the two models' predictions of each
        sample and compares the difference over its standard error, ``p_holm`` corrected for all
        hypotheses (a number that stands in several rows, as accuracy and top-1 accuracy do, counts
        once), and ``better_model``. Where nothing can be tested p is NaN, as where both models say
        the same; ``note`` says why. None of it depends on the order in which the samples came, or
        the models, or on the names of the classes.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> labels = ["lynx", "wolf", "newt", "toad"] * 5
    >>> right = ht.Predictions(labels, classes=tree.classes, ranked=labels)
    >>> wrong = ht.Predictions(labels, classes=tree.classes, ranked=labels[::-1])
    >>> found = ht.evaluate({"right": right, "wrong": wrong}, tree, k=1, n_bootstrap=199)
    >>> found
    EvaluationSet(20 samples, 4 classes; right, wrong)
    >>> row = found.differences.query("score == 'average_hierarchical_cost'").iloc[0]
    >>> float(row["difference"]), row["better_model"], bool(row["p_holm"] < 0.2)
    (-4.0, 'right', True)
    """

    kind: ClassVar[str] = "evaluation set"

    evaluations: Mapping[str, Evaluation]
    differences: pd.DataFrame

    def __getitem__(self, model: str) -> Evaluation:
        """Return a model's evaluation."""
        return self.evaluations[checks.option(model, self.evaluations, "models")]

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(self.evaluations)

    @property
    def scores(self) -> pd.DataFrame:
        """The score tables of all models below each other, with a column ``model`` in front."""
        import pandas as pd

        parts = [found.scores.assign(model=model) for model, found in self.evaluations.items()]
        frame = pd.concat(parts, ignore_index=True)
        return frame[["model", *frame.columns.drop("model")]]

    def _notes_of(self, model: str) -> tuple[str, ...]:
        return self.evaluations[model].notes

    @property
    def plot(self) -> EvaluationSetPlots:
        """Plots of the models side by side: ``result.plot.confusion()``, and so on."""
        from hiertools.evaluation.plots import EvaluationSetPlots

        return EvaluationSetPlots(self)

    def __repr__(self) -> str:
        first = self[self.models[0]]
        return (
            f"EvaluationSet({first.n_samples:,} samples, {first.n_classes:,} classes; "
            f"{', '.join(self.models)})"
        )

    def __rich__(self) -> Text:
        from hiertools.reporting.evaluations import evaluation_set_text

        return evaluation_set_text(self)

    def _repr_html_(self) -> str:
        from hiertools.reporting.evaluations import evaluation_set_html

        return evaluation_set_html(self)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a report, one self-contained HTML file."""
        from hiertools.reporting.evaluation_report import write_evaluation_set

        write_evaluation_set(self, path)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values that JSON can hold."""
        return {
            "evaluations": {model: found.to_dict() for model, found in self.evaluations.items()},
            "differences": table_to_json(self.differences),
        }

    @classmethod
    def _from_dict(cls, held: Mapping[str, Any]) -> EvaluationSet:
        listed = held_as(held, "evaluations", dict)
        if not listed:
            raise FileFormatError("it holds no models")
        return cls(
            {model: Evaluation._from_dict(found) for model, found in listed.items()},
            differences_from_json(held),
        )


def paired_differences(models: Mapping[str, Finished], options: EvaluationOptions) -> pd.DataFrame:
    """Test every score's difference between every two models on the same samples.

    Where one model of a pair lacks something (embeddings, confidences, sets, a rule, a k-th
    prediction), the scores that need it are compared for neither. With ``intervals=False`` nothing
    is tested.
    """
    rows: list[dict[str, Any]] = []
    pairs = list(itertools.combinations(models.items(), 2))
    for (name_a, a), (name_b, b) in along(pairs):
        if a.problem.classes != b.problem.classes:
            odd = sorted(set(a.problem.classes) ^ set(b.problem.classes))
            raise ClassMismatchError(
                f"models can be compared only if they know the same classes, but "
                f"{checks.name_list(odd)} are known to one of {name_a!r} and {name_b!r} only; "
                "where these are but what predictions happen to name, list all by classes=."
            )
        rows += _pair(name_a, a, name_b, b, options)
    ranks = next(iter(models.values())).problem.ranks
    frame = difference_frame(rows, ranks)
    if "hypothesis" not in frame:  # one model alone
        return frame
    # Accuracy and top-1 accuracy are one hypothesis under two names: it is corrected for once.
    once = frame.drop_duplicates(["model_a", "model_b", "hypothesis"]).copy()
    once["p_holm"] = holm(once["p_value"].to_numpy(dtype=np.float64))
    keys = ["model_a", "model_b", "hypothesis"]
    frame["p_holm"] = frame[keys].merge(once[[*keys, "p_holm"]], on=keys, how="left")["p_holm"]
    return frame.drop(columns="hypothesis")


def _pair(
    name_a: str,
    a: Finished,
    name_b: str,
    b: Finished,
    options: EvaluationOptions,
) -> list[dict[str, Any]]:
    left, right = _alike(a, b)
    if options.intervals:
        # Draws go by position: the same samples in another order must draw alike.
        marks = class_marks(a.problem.hierarchy, a.problem.classes, a.samples, b.samples)
        drawn = marked(a.samples, marks), marked(b.samples, marks)
        design = Design.of(paired_order(*drawn), options.balanced, *drawn)
        difference, low, high, p_value, hypothesis, notes = paired_test(
            design.samples(left).together(design.groups),
            design.samples(right).together(design.groups),
            options.permutations,
            options.random_state,
            options.confidence_level,
        )
    else:
        design = Design.of(np.arange(a.samples.n), options.balanced, a.samples)
        values = (design.samples(each).values() for each in (left, right))
        difference = difference_beyond_rounding(*values)
        low = high = p_value = np.full(difference.shape, np.nan)
        hypothesis = np.arange(difference.size)
        notes = ("no test: intervals=False",) * difference.size
    rows = []
    for place, statistic in enumerate(left.statistics):
        if np.isnan(difference[place]):
            continue
        sign = 1.0 if EVALUATION_SCORES[statistic.score].better == "higher" else -1.0
        ahead = name_a if sign * difference[place] > 0 else name_b
        rows.append(
            {
                "score": statistic.score,
                "level": statistic.level,
                "k": statistic.k,
                "model_a": name_a,
                "model_b": name_b,
                "difference": float(difference[place]),
                "ci_low": float(low[place]),
                "ci_high": float(high[place]),
                "p_value": float(p_value[place]),
                "p_holm": np.nan,
                "test": "" if np.isnan(p_value[place]) else TEST,
                "hypothesis": int(hypothesis[place]),
                "better_model": "" if difference[place] == 0 else ahead,
                "status": NOT_TESTED if np.isnan(p_value[place]) else OK,
                "note": notes[place],
            }
        )
    return rows


def _alike(a: Finished, b: Finished) -> tuple[Contributions, Contributions]:
    """Return both models' contributions with the same columns."""

    def layout(found: Contributions) -> list[object]:
        return [(each.key, each.formula is None) for each in found.statistics]

    if layout(a.contributed) == layout(b.contributed):
        return a.contributed, b.contributed
    width = min(a.samples.ranked.shape[1], b.samples.ranked.shape[1])
    unsure = a.samples.confidence is None or b.samples.confidence is None
    alone = a.samples.sets is None or b.samples.sets is None
    blind = a.samples.embeddings is None or b.samples.embeddings is None
    unruled = a.samples.specificity is None or b.samples.specificity is None
    reduced = []
    for found in (a, b):
        less = found.samples.best(width)
        less = replace(less, confidence=None) if unsure else less
        less = replace(less, sets=None) if alone else less
        less = replace(less, embeddings=None) if blind else less
        less = replace(less, specificity=None) if unruled else less
        curves = found.curves._replace(neighbours=None) if blind else found.curves
        reduced.append(contributions(less, found.problem, curves))
    return reduced[0], reduced[1]
