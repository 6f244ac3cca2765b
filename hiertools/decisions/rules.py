"""Saved rules, whichever kind they are of."""

from __future__ import annotations

import os

from hiertools._core.doors import door
from hiertools.decisions.conformal import ConformalNodes
from hiertools.decisions.fitted import BackOff
from hiertools.decisions.saving import BACK_OFF, CONFORMAL
from hiertools.errors import FileFormatError
from hiertools.results.files import read_any

__all__ = ["read_rule"]


@door
def read_rule(source: str | os.PathLike[str], /) -> BackOff | ConformalNodes:
    """Read a rule that ``to_json`` saved, or ``hiertools fit``.

    Parameters
    ----------
    source : path or str
        A JSON file, or JSON text. Nothing in it is run.

    Returns
    -------
    BackOff or ConformalNodes

    Raises
    ------
    FileFormatError
        No file, no JSON, no saved rule, or one that was cut or changed.

    Examples
    --------
    >>> import hiertools as ht
    >>> from hiertools.decisions import BackOff, read_rule
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    >>> p = [[0.5, 0.45, 0.05], [0.95, 0.03, 0.02]]
    >>> rule = BackOff(tree, ["lynx", "wolf", "newt"], accuracy=1.0).fit(p, ["wolf", "lynx"])
    >>> read_rule(rule.to_json()).told
    "BackOff by 'confidence' at 0.51, fitted to be right for 1"
    """
    held, where = read_any(source)
    if held["hiertools"] == BACK_OFF:
        return BackOff.from_json(source)
    if held["hiertools"] == CONFORMAL:
        return ConformalNodes.from_json(source)
    raise FileFormatError(
        f"{where}: is no saved rule but a saved {held['hiertools']}; save a fitted BackOff or "
        "ConformalNodes with to_json(), or by hiertools fit."
    )
