"""Rules that answer with nodes, fitted to keep a promise: their answers, and how these fare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats, Ints
from hiertools.errors import ClassMismatchError, OptionError
from hiertools.evaluation.predictions import Predictions
from hiertools.evaluation.probabilities import need_probabilities, probability_blocks
from hiertools.evaluation.problem import EvaluationProblem
from hiertools.evaluation.samples import Samples, columns_of_classes
from hiertools.evaluation.set_answers import AnswerSets
from hiertools.inference.contributions import SHARE, Collector
from hiertools.measures.branches import relations
from hiertools.trees.known_nodes import same_nodes
from hiertools.trees.tree import ClassTree

__all__ = [
    "Answers",
    "Rule",
    "answers_of",
    "answers_with_sets",
    "as_rule",
    "as_rules",
    "rule_scores",
    "same_rule",
]


@runtime_checkable
class Rule(Protocol):
    """`hiertools.decisions.BackOff`, `hiertools.decisions.ConformalNodes`, and what is like them.

    ``told`` says in a few words what was fitted and is promised.
    """

    def predict(self, probabilities: Any, /) -> Any:
        """Return the answer for each sample."""

    def to_json(self) -> str:
        """Return what was fitted, as JSON."""

    @property
    def told(self) -> str:
        """What was fitted, and is promised."""


class Answers(NamedTuple):
    """The node that answers for each sample of a batch."""

    number: Ints
    """Of the class or, behind these, of the node."""
    specificity: Floats


def as_rule(given: Any) -> Rule | None:
    """Return a rule, or None, and refuse anything else."""
    if given is None:
        return None
    # A class has all that its objects have, but is none of them.
    if isinstance(given, type) or not isinstance(given, Rule):
        got = f"the class {given.__name__}" if isinstance(given, type) else type(given).__name__
        raise OptionError(
            f"rule= must be a fitted BackOff or ConformalNodes of hiertools.decisions; got {got}."
        )
    return given


def as_rules(given: Any, models: Mapping[str, Any]) -> dict[str, Rule | None]:
    """Return the rule of each model, or several of one model, by name; "" where there is one."""
    if not isinstance(given, Mapping):
        return {"": as_rule(given)}
    named = checks.text_keys(given, "rules")
    if not named:
        raise OptionError("there are no rules: the mapping of rule= is empty.")
    rules = {name: as_rule(each) for name, each in named.items()}
    kinds = {answers_with_sets(each) for each in rules.values() if each is not None}
    if len(kinds) > 1:
        raise OptionError(
            "some of the rules answer with one node a sample and others with sets of nodes, and "
            "the two have no score in common; compare rules of one kind (ConformalNodes(answer=))."
        )
    if [*models] != [""] and {*rules} != {*models}:
        raise OptionError(
            f"rule= must name each model, {checks.name_list(models)}, and no other; got "
            f"{checks.name_list(rules)}."
        )
    return rules


def same_rule(one: Rule | None, other: Rule | None) -> bool:
    """Tell whether two rules decide alike."""
    if one is None or other is None:
        return one is other
    return one.to_json() == other.to_json()


def answers_of(
    rule: Rule, batch: Predictions, problem: EvaluationProblem, temperature: float | None
) -> Answers | AnswerSets:
    """Return what a rule answers to each sample of a batch: a node, or a set of them."""
    import pandas as pd

    need_probabilities(batch, "rule=")
    names = problem.classes
    own = getattr(rule, "classes", None)
    if own is not None and {*own} == {*names}:
        names = tuple(own)  # it may take its columns in no other order
    order = columns_of_classes(batch, names)
    blocks = probability_blocks(batch, order, temperature)
    stated = pd.DataFrame(np.concatenate([block for _, block in blocks]), columns=names)
    decided = rule.predict(stated, *_groups(rule, batch))
    if not hasattr(decided, "nodes"):
        raise OptionError(
            "rule= must answer with NodeDecisions or NodeSets of hiertools.decisions; this one "
            f"answers with {type(decided).__name__}."
        )
    if isinstance(decided.nodes, tuple):
        sizes = [each.size for each in decided.nodes]
        flat = np.concatenate([np.empty(0, dtype=np.int64), *decided.nodes])
        number = _numbers(decided.tree, np.unique(flat), problem)[flat]
        row = np.repeat(np.arange(len(sizes)), sizes)
        return AnswerSets(row, problem.nodes_of(number))
    number = _numbers(decided.tree, np.unique(decided.nodes), problem)
    return Answers(number[decided.nodes], np.asarray(decided.specificity, dtype=np.float64))


def answers_with_sets(rule: Any) -> bool:
    """Tell whether a rule, or each of several, answers with sets of nodes."""
    each = rule.values() if isinstance(rule, Mapping) else [rule]
    return any(getattr(one, "answer", "node") == "set" for one in each)


def _groups(rule: Rule, batch: Predictions) -> tuple[Any, ...]:
    """Return the groups of samples where the promise is for each of them."""
    if not getattr(rule, "needs_groups", False):
        return ()
    if batch.groups is None:
        raise OptionError(
            "rule= promises for each group by itself, and the samples have none; give groups=."
        )
    return (batch.groups,)


def _numbers(tree: ClassTree, nodes: Ints, problem: EvaluationProblem) -> Ints:
    """Return the number of each of some nodes: of a class, or behind these of a node."""
    own, n_classes = problem.tree, len(problem.classes)
    if {*tree.classes} != {*own.classes}:
        raise ClassMismatchError("rule= answers with other classes than the model has.")
    number = np.full(tree.n_nodes, -1, dtype=np.int64)
    number[tree.class_node] = [own.class_index[name] for name in tree.classes]
    inner = nodes[number[nodes] < 0]
    number[inner] = same_nodes(tree, own, inner) + n_classes
    for node in inner.tolist():
        if _below(tree, node) != _below(own, int(number[node]) - n_classes):
            raise ClassMismatchError(
                "rule= was fitted with another tree: a node that it answers with has other classes "
                "in this one; fit it with the tree of the evaluation."
            )
    return number


def _below(tree: ClassTree, node: int) -> set[str]:
    places = tree.class_order[tree.clade_start[node] : tree.clade_stop[node]]
    return {tree.classes[i] for i in places.tolist()}


def rule_scores(collect: Collector, samples: Samples, problem: EvaluationProblem) -> None:
    """Define how often answers hold the label, and how much they say."""
    if samples.specificity is None:
        return
    nodes, n_classes = problem.pairs.class_node, np.unique(samples.labels).size
    found = relations(problem.tree, nodes[samples.labels], nodes[samples.ranked[:, 0]])
    kept = (found.match | found.under).astype(np.float64)
    collect.add_mean("promise_kept", n_classes, kept, bounds=SHARE)
    collect.add_mean("specificity", n_classes, samples.specificity, bounds=SHARE)
