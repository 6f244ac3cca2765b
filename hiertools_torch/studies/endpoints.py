"""Endpoints: the scores that a study is about, named in its file before any result is seen."""

from __future__ import annotations

from hiertools._core.checks import closest, name_list
from hiertools.errors import OptionError
from hiertools_torch.studies.long_table import KINDS, Measure

__all__ = ["read_endpoint"]


def read_endpoint(text: str) -> Measure:
    """Read ``kind/score``, ``kind/score/level`` or ``kind/score@k``.

    Raises
    ------
    OptionError
        There is no such kind or score.

    Examples
    --------
    >>> read_endpoint("prototype/map_at_r/1")
    Measure(kind='prototype', score='map_at_r', level=1, k=None)
    >>> read_endpoint("predictions/hierarchical_precision_at_k@5").k
    5
    """
    kind, _, rest = text.partition("/")
    named, _, k = rest.partition("@")
    score, _, level = named.partition("/")
    if kind not in KINDS:
        raise OptionError(
            f"the endpoint {text!r} must begin with one of {name_list(KINDS)} and '/', as in "
            "'prototype/classwise_correlation'"
        )
    scores = _scores(kind)
    if score not in scores:
        near = closest(score, scores)
        hint = f"; did you mean {near!r}?" if near else ""
        raise OptionError(f"the endpoint {text!r} names no score of {kind}{hint}")
    for number, what in ((level, "level"), (k, "k")):
        if number and not number.isdecimal():
            raise OptionError(f"the endpoint {text!r} has no whole number as its {what}")
    return Measure(kind, score, int(level) if level else None, int(k) if k else None)


def _scores(kind: str) -> list[str]:
    if kind == "predictions":
        from hiertools.evaluation.scores import EVALUATION_SCORES

        return list(EVALUATION_SCORES)
    from hiertools.comparison.scores.registry import SCORES

    return list(SCORES)
