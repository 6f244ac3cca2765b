"""How a model is read: by its scores, by the nearest representative, or by a rule's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hiertools.evaluation.options import EvaluationOptions
from hiertools.evaluation.rules import Rule
from hiertools.representatives.representatives import ClassRepresentatives

__all__ = ["Reading"]


@dataclass(frozen=True, eq=False)
class Reading:
    """What says which class, or node, is predicted; without either, the scores do."""

    representatives: ClassRepresentatives | None = None
    """The nearest one to each embedding."""
    rule: Rule | None = None

    def settings(self, options: EvaluationOptions) -> Mapping[str, Any]:
        """Return the options and this reading as plain values."""
        told: dict[str, Any] = options.to_dict()
        if self.representatives is None:
            del told["metric"]  # nothing was measured by it
            told["reading"] = "scores"
        else:
            told["reading"] = "nearest representative"
            told["representatives"] = self.representatives.kind
        if self.rule is not None:
            told["rule"] = self.rule.told
        return told
