"""How the class tree shows in the class vectors of a model in training: one flat row of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from hiertools._core.doors import door
from hiertools.errors import OptionError
from hiertools_torch.heads.head import ProxyHead

if TYPE_CHECKING:
    from hiertools import ClassRepresentatives, ClassTree

__all__ = ["SCORES", "class_vectors", "hierarchy_scores"]

SCORES = ("classwise_correlation", "map_at_r", "triplet")
"""Class-wise correlation, retrieval at each level, and distance of the inferred hierarchy."""


@door(own_check=("model", "classes"))
def hierarchy_scores(
    model: Any,
    tree: ClassTree,
    /,
    *,
    classes: Sequence[str] | None = None,
    part: str | None = None,
    scores: Sequence[str] = SCORES,
    prefix: str = "",
) -> dict[str, float]:
    """Return scores of the present class vectors against a tree, as loggers take them.

    Parameters
    ----------
    model : nn.Module, Tensor (C, D) or ClassRepresentatives
        A module with one `ProxyHead` in it, or else with one last linear layer of as many outputs
        as there are classes; or the vectors.
    tree : ClassTree
        The predefined tree.
    classes : sequence of str, optional
        The classes in the order of the vectors; by default those of the head, else the tree's.
    part : str, optional
        Name of the submodule to look at ("model.classifier"), where a model has several.
    scores : sequence of str
        Scores of `hiertools.compare`; those without chance levels and intervals are quick.
    prefix : str
        Put before each name.

    Returns
    -------
    dict of str to float
        ``classwise_correlation``, ``map_at_r_level_0``, ..., ``triplet``; without those that are
        undefined.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    >>> vectors = torch.tensor([[1.0, 0.0], [1.0, 0.2], [0.0, 1.0], [0.2, 1.0]])
    >>> hierarchy_scores(vectors, tree, prefix="proxies/")
    {'proxies/classwise_correlation': ..., 'proxies/map_at_r_level_0': 1.0, 'proxies/triplet': 0.0}
    """
    import hiertools as ht

    found = class_vectors(model, tree, classes=classes, part=part)
    result = ht.compare(found, tree, scores=list(scores), permutations=0, intervals=False)
    row: dict[str, float] = {}
    for score in result.scores.to_dict("records"):
        name = prefix + score["score"]
        for extra in ("level", "k"):
            if not _missing(score[extra]):
                name += f"_{extra}_{score[extra]}"
        if math.isfinite(score["value"]):
            row[name] = float(score["value"])
    return row


def _missing(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


@torch.no_grad()
def class_vectors(
    model: Any, tree: ClassTree, *, classes: Sequence[str] | None = None, part: str | None = None
) -> ClassRepresentatives:
    """Return the class vectors of a model (see `hierarchy_scores`)."""
    import hiertools as ht

    if isinstance(model, ht.ClassRepresentatives):
        return model
    if isinstance(model, Tensor):
        return _named(model, tree, classes)
    if not isinstance(model, nn.Module):
        raise OptionError(
            "hierarchy_scores(): model must be a module, a tensor (classes, dimensions) or "
            f"ClassRepresentatives; got {type(model).__name__}."
        )
    if part is not None:
        try:
            model = model.get_submodule(part)
        except AttributeError as cause:
            raise OptionError(f"part={part!r}: the model has none ({cause}).") from None
    heads = [module for module in model.modules() if isinstance(module, ProxyHead)]
    if len(heads) == 1:
        if classes is None:
            return heads[0].representatives()
        return _named(ht.as_representatives(heads[0].representatives()).as_given, tree, classes)
    if heads:
        raise OptionError(f"the model has {len(heads)} heads; say which by part=.")
    n = len(tree.classes if classes is None else classes)
    layers = [m for m in model.modules() if isinstance(m, nn.Linear) and m.out_features == n]
    if not layers:
        raise OptionError(
            f"the model has neither a ProxyHead nor a linear layer of {n} outputs; pass the class "
            "vectors themselves, or classes= as many as there are outputs."
        )
    return _named(layers[-1].weight, tree, classes)


def _named(vectors: Any, tree: ClassTree, classes: Sequence[str] | None) -> ClassRepresentatives:
    import hiertools as ht

    if isinstance(vectors, Tensor):
        vectors = vectors.detach().float().cpu().numpy()
    return ht.ClassRepresentatives(vectors, tree.classes if classes is None else classes)
