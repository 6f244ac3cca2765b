"""Saved results, whatever kind they are of."""

from __future__ import annotations

import os

import hiertools as ht
from hiertools._core import checks
from hiertools._core.doors import door
from hiertools.errors import FileFormatError
from hiertools.results.base import Result
from hiertools.results.files import read_any

__all__ = ["read_result"]

KINDS = {
    "comparison": "Comparison",
    "comparison set": "ComparisonSet",
    "tree comparison set": "TreeComparisonSet",
    "evaluation": "Evaluation",
    "evaluation set": "EvaluationSet",
    "retrieval": "Retrieval",
    "retrieval set": "RetrievalSet",
    "consensus": "Consensus",
}
"""The class of each kind, by its public name: only the one that is read is loaded."""

FITTED = {
    "temperature": "Temperature",
    "back-off rule": "BackOff",
    "conformal rule": "ConformalNodes",
}
"""What is saved likewise, and is no result."""


@door
def read_result(source: str | os.PathLike[str], /) -> Result:
    """Read any result that ``to_json`` or ``--save`` wrote.

    Parameters
    ----------
    source : path or str
        A JSON file, or JSON text. Nothing in it is run.

    Returns
    -------
    Comparison, ComparisonSet, TreeComparisonSet, Evaluation, EvaluationSet, Retrieval, RetrievalSet
    or Consensus

    Raises
    ------
    FileFormatError
        No file, no JSON, no saved result, or one that was cut or changed.

    Examples
    --------
    >>> import hiertools as ht
    >>> runs = [ht.ClassTree.from_newick("((a,b),c);")] * 2
    >>> ht.read_result(ht.consensus(runs).to_json())
    Consensus(3 classes, 2 trees: 1 clade, mean support 1.00)
    """
    held, where = read_any(source)
    kind = held["hiertools"]
    if kind in FITTED:
        raise FileFormatError(
            f"{where}: holds a saved {kind}; read it with "
            f"hiertools.decisions.{FITTED[kind]}.from_json()."
        )
    if kind not in KINDS:
        raise FileFormatError(
            f"{where}: holds a saved {kind!r}, which this version does not know; it reads "
            f"{checks.name_list(KINDS)}."
        )
    of_kind: type[Result] = getattr(ht, KINDS[kind])
    return of_kind.from_dict(held, where)
