"""`tree_likeness`: is there any tree in a model's distances, whichever it be?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hiertools._core import checks
from hiertools._core.arrays import Floats
from hiertools._core.doors import behind_doors, door
from hiertools._core.own_names import ClassNames
from hiertools.comparison.compare import distances_of
from hiertools.comparison.options import Options
from hiertools.comparison.problem import refuse_nothing_to_compare
from hiertools.comparison.sources import as_source, taken
from hiertools.errors import RepresentativesError
from hiertools.measures.four_points import all_quartets, sampled_quartets
from hiertools.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

MOST_EXACT = 400
"""Up to so many classes all quartets are looked at: a thousand million."""

SAMPLED = 10_000
"""Quartets drawn with each class of more."""


@behind_doors
@dataclass(frozen=True, eq=False, repr=False)
class TreeLikeness:
    """How nearly distances are those of a tree, without one to hold them against.

    Attributes
    ----------
    delta : float
        Mean delta of all quartets of classes: 0 for the distances of any tree, 1 at most.
    standard_error : float
        Of `delta`, from the quartets that were drawn; 0 where all were looked at.
    hyperbolicity : float
        Gromov's: half the largest difference of the two largest sums of any quartet, in the unit of
        the distances; of drawn quartets it is a lower bound.
    relative_hyperbolicity : float
        Twice the same by the largest distance: 0 for a tree, 1 at most.
    per_class : DataFrame
        ``class``, mean ``delta`` of the quartets with it, and its ``standard_error``, in the order
        of the names: classes of large delta are those that fit no tree.
    exact : bool
        Whether all quartets were looked at.
    n_quartets, n_classes : int
    metric : str
    classes : tuple of str
    class_delta, class_error : ndarray of float, shape (C,)
        What `per_class` holds.
    """

    classes: tuple[str, ...]
    class_delta: Floats
    class_error: Floats
    hyperbolicity: float
    relative_hyperbolicity: float
    exact: bool
    n_quartets: int
    metric: str

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)

    @property
    def delta(self) -> float:
        """Mean delta: each quartet is in that of four classes, so it is the mean over classes."""
        return float(self.class_delta.mean())

    @property
    def standard_error(self) -> float:
        """Standard error of the mean delta."""
        return float(np.sqrt((self.class_error**2).sum()) / self.n_classes)

    @property
    def per_class(self) -> pd.DataFrame:
        """One row a class."""
        import pandas as pd

        return pd.DataFrame(
            {
                "class": self.classes,
                "delta": self.class_delta,
                "standard_error": self.class_error,
            }
        )

    def __repr__(self) -> str:
        told = "" if self.exact else f" +- {self.standard_error:.4f}"
        bound = "" if self.exact else ">= "
        return (
            f"TreeLikeness({self.n_classes:,} classes, {self.n_quartets:,} quartets: delta "
            f"{self.delta:.3f}{told}, relative hyperbolicity "
            f"{bound}{self.relative_hyperbolicity:.3f})"
        )


@door
def tree_likeness(
    proxies: Any,
    /,
    *,
    classes: ClassNames | None = None,
    metric: str | None = None,
    center: bool = False,
    quartets: int | None = None,
    random_state: int = 0,
    settings: str | Settings = "default",
    threads: int | None = None,  # noqa: ARG001  (the door's)
) -> TreeLikeness:
    r"""Tell how nearly a model's distances are those of some tree, whichever it be.

    Parameters
    ----------
    proxies : ClassRepresentatives, DistanceMatrix, ClassTree or anything `as_representatives` takes
        Four classes at least.
    classes, metric, center, settings
        As for `compare`.
    quartets : int, optional
        So many quartets of each class are drawn, at least two; default all of them up to 400
        classes, else 10,000 with each class.
    random_state : int
        Seed of what is drawn.
    threads : int, optional
        At most this many threads; default as many as there are cores.

    Returns
    -------
    TreeLikeness

    Notes
    -----
    Of four classes there are three sums of two distances, each class in one of both. On a tree the
    two largest are equal (the four-point condition). With :math:`s_1 \ge s_2 \ge s_3`

    .. math:: \delta = \frac{s_1 - s_2}{s_1 - s_3}, \qquad
              \mathrm{hyperbolicity} = \max \frac{s_1 - s_2}{2}

    and :math:`\delta = 0` where all three are equal, so star-like distances are a tree's, too.
    Delta looks at the shape of each quartet whatever its size, hyperbolicity at the worst one.
    Holland, Huber, Dress and Moulton 2002, "Delta plots: a tool for analyzing phylogenetic distance
    data", Molecular Biology and Evolution 19, 2051-2059; Gromov 1987, "Hyperbolic groups".

    There is no test: what distances of no structure give depends on their dimension. Independent
    normal vectors are the ones to look at beside (last example).

    Examples
    --------
    >>> import numpy as np
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx:1,wolf:2):1,(newt:1,toad:3):2,pike:4);")
    >>> ht.tree_likeness(tree)
    TreeLikeness(5 classes, 5 quartets: delta 0.000, relative hyperbolicity 0.000)
    >>> noise = np.random.default_rng(0).normal(size=(40, 64))
    >>> ht.tree_likeness(noise, classes=[f"c{i}" for i in range(40)])
    TreeLikeness(40 classes, 91,390 quartets: delta 0.470, relative hyperbolicity 0.306)
    """
    options = Options.checked(
        settings=settings,
        metric=metric,
        linkage=None,
        levels=(),
        scores="core",
        permutations=0,
        intervals=False,
        center=center,
        random_state=random_state,
        on_missing="error",
    )
    source = as_source(proxies, classes)
    if len(source.classes) < 4:
        raise RepresentativesError(
            f"whether distances are a tree's shows in four classes at least; got "
            f"{len(source.classes)}."
        )
    distance = distances_of(taken(source, sorted(source.classes)), options)
    refuse_nothing_to_compare(distance)
    square = distance.square()
    n = distance.n_classes
    exact = quartets is None and n <= MOST_EXACT
    if exact:
        found = all_quartets(square)
    else:
        count = SAMPLED if quartets is None else quartets
        found = sampled_quartets(
            square, checks.whole_number(count, "quartets", least=2), options.seed
        )
    return TreeLikeness(
        classes=distance.classes,
        class_delta=found.delta,
        class_error=found.error,
        hyperbolicity=found.gap / 2,
        relative_hyperbolicity=found.gap / float(square.max()),
        exact=exact,
        n_quartets=found.n_quartets,
        metric=distance.metric,
    )
