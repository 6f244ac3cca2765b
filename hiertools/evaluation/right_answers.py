"""Several right answers a sample: which of them an answer is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.keyed import keyed_ranks
from hiertools._core.labels import label_array
from hiertools.errors import PredictionsError
from hiertools.evaluation.any_node import named_nodes
from hiertools.trees.paths import lca
from hiertools.trees.sources import as_tree

__all__ = ["nearest_labels"]


@door
def nearest_labels(
    labels: Sequence[str | Iterable[str]],
    answers: ArrayLike,
    tree: Any,
    /,
    *,
    random_state: int = 0,
) -> list[str]:
    """Return, of several right labels a sample, the one that is nearest to the answer.

    An image shows a lynx and a tree; a sequence fits two species. Evaluated with these labels, an
    answer is right if it is any of them, and costs its distance to the nearest.

    Parameters
    ----------
    labels : sequence of sequence of str, length N
        The right classes of each sample, or nodes, as `hiertools.evaluate` takes them; a text is a
        single one.
    answers : array_like of str, shape (N,)
        What the model says; its first predictions.
    tree : ClassTree or what `hiertools.as_tree` reads
    random_state : int
        Key of a hash of the names, which draws from labels that are equally near.

    Returns
    -------
    list of str
        One label a sample.

    Raises
    ------
    PredictionsError
        A sample without labels; names that are no class or node of the tree.

    Notes
    -----
    Labels depend on the answers: two models are then judged by labels of their own, and
    `hiertools.evaluate` can't compare them sample by sample.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,(newt,toad)amphibian);")
    >>> ht.nearest_labels([["lynx", "newt"], "wolf"], ["toad", "lynx"], tree)
    ['newt', 'wolf']
    """
    seed = checks.whole_number(random_state, "random_state", most=None)
    given = label_array(answers, "answers").ravel().tolist()
    sets = [[each] if isinstance(each, str) else sorted({*each}) for each in labels]
    if len(sets) != len(given):
        raise PredictionsError(f"{len(sets)} sets of labels and {len(given)} answers.")
    empty = [row for row, each in enumerate(sets) if not each]
    if empty:
        raise PredictionsError(
            f"{len(empty)} samples have no label, the first at row {empty[0]}; leave them out."
        )
    names = sorted({name for each in sets for name in each} | set(map(str, given)))
    named = named_nodes(as_tree(tree), names)
    index = named.tree.class_index
    classes = dict(zip(names, named.classes(names)))
    odd = [name for name in names if classes[name] not in index]
    if odd:
        raise PredictionsError(
            f"{len(odd)} names are no class or node of the tree: {checks.name_list(odd)}."
        )
    node = {name: int(named.tree.class_node[index[classes[name]]]) for name in names}
    drawn = dict(zip(names, keyed_ranks(names, seed).tolist()))
    sizes = np.array([len(each) for each in sets])
    own = np.array([node[name] for each in sets for name in each])
    said = np.repeat([node[str(name)] for name in given], sizes)
    depth = named.tree.root_distance
    far = depth[own] + depth[said] - 2.0 * depth[lca(named.tree, own, said)]
    rounding = 1e-12 * float(depth.max())
    chosen = []
    start = 0
    for each in sets:
        here = far[start : start + len(each)].tolist()
        start += len(each)
        least = min(here)
        near = [name for name, x in zip(each, here) if x <= least + rounding]
        chosen.append(min(near, key=drawn.__getitem__))
    return chosen
