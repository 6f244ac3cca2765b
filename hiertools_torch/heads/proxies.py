"""Where a head's proxies come from: learned, moving averages of features, or fixed by a tree."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike
from torch import Tensor, nn

from hiertools._core.doors import behind_doors
from hiertools.errors import OptionError
from hiertools_torch._core.buffers import ExactBuffers
from hiertools_torch._core.sync import sum_over_ranks
from hiertools_torch.heads.mds import MDSResult, fit_sphere, target_distances
from hiertools_torch.heads.plain import can_look
from hiertools_torch.heads.unit_rows import unit
from hiertools_torch.heads.unit_sphere import exact_embedding

if TYPE_CHECKING:
    from hiertools import ClassTree


class Proxies(ExactBuffers):
    """Proxies as a part of a head; calling it gives unit rows (C, D)."""

    wants_batches = False
    """Whether `record` wants the batches of training."""

    @property
    def rows(self) -> Tensor:
        """The proxies (C, D): unit rows, or a parameter with rows of any length."""
        raise NotImplementedError

    def forward(self) -> Tensor:
        """Return the proxies, unit rows (C, D)."""
        return self.rows

    def record(self, features: Tensor, labels: Tensor) -> None:
        """Take note of a training batch: unit features (B, D) and labels (B,), or shares (B, C)."""

    def update(self) -> None:
        """Move by what was recorded since the last call."""


class LearnedProxies(Proxies):
    """Proxies that the optimiser moves: directions of the parameter `weight`."""

    def __init__(self, n_classes: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(unit(torch.randn(n_classes, dim)))

    @property
    def rows(self) -> Tensor:
        """The parameter, in float32 at least."""
        weight = self.weight
        if weight.dtype == torch.float32:
            return weight
        return weight.to(torch.promote_types(weight.dtype, torch.float32))

    def forward(self) -> Tensor:
        """Return the proxies, unit rows (C, D)."""
        return unit(self.rows)


class EMAProxies(Proxies):
    """Proxies that follow the mean features of their classes."""

    vectors: Tensor
    visited: Tensor
    wants_batches = True

    def __init__(self, n_classes: int, dim: int, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha
        self.register_buffer("vectors", unit(torch.randn(n_classes, dim)))
        self.register_buffer("visited", torch.zeros(n_classes, dtype=torch.bool))
        self._sums: Tensor | None = None

    def extra_repr(self) -> str:
        """Return the settings, for printing the module."""
        return f"alpha={self.alpha}"

    @property
    def rows(self) -> Tensor:
        """The proxies (C, D), unit rows."""
        return self.vectors

    @torch.no_grad()
    def record(self, features: Tensor, labels: Tensor) -> None:
        """Add a training batch's unit features to the sums of their classes."""
        if self._sums is None:
            self._sums = torch.zeros_like(self.vectors)
        features = features.detach().to(self._sums.dtype)
        if labels.ndim == 2:
            self._sums.addmm_(labels.T.to(features), features)
        else:
            self._sums.index_add_(0, labels, features)

    @torch.no_grad()
    def update(self) -> None:
        """Move the proxy of every class that was recorded towards its mean feature."""
        if self._sums is None:
            return
        sums, self._sums = sum_over_ranks(self._sums), None
        # A class that wasn't in the batch has the sum 0, as has one whose features cancel: no
        # direction, no move. NaN features, whose loss is NaN too, move nothing either.
        norms = torch.linalg.vector_norm(sums, dim=1)
        moves = (norms > 1e-6) & norms.isfinite()
        # Those classes alone; but to list them would make a GPU wait, so there it is all of them.
        which: Tensor | slice = torch.nonzero(moves)[:, 0] if can_look(moves) else slice(None)
        mean, old = unit(sums[which]), self.vectors[which]
        moved = unit(torch.lerp(old, mean, self.alpha))
        moved = torch.where(self.visited[which].unsqueeze(1), moved, mean)
        self.vectors[which] = torch.where(moves[which].unsqueeze(1), moved, old)
        self.visited |= moves


class FixedProxies(Proxies):
    """Proxies that nothing moves."""

    vectors: Tensor
    stress: Tensor

    def __init__(self, vectors: Tensor, stress: float) -> None:
        super().__init__()
        self.register_buffer("vectors", vectors)
        self.register_buffer("stress", torch.tensor(stress, dtype=torch.float64))

    def extra_repr(self) -> str:
        """Return the settings, for printing the module."""
        return f"stress={float(self.stress):.4f}"

    @property
    def rows(self) -> Tensor:
        """The proxies (C, D), unit rows."""
        return self.vectors


@behind_doors
@dataclass(frozen=True)
class Learned:
    """Proxies learned by the optimiser, from random directions.

    Examples
    --------
    >>> Learned().build(10, 4, "euclidean", None)
    LearnedProxies()
    """

    def build(
        self, n_classes: int, dim: int, form: str, classes: Sequence[str] | None
    ) -> LearnedProxies:
        """Return the module."""
        return LearnedProxies(n_classes, dim)


@behind_doors
@dataclass(frozen=True)
class EMA:
    """Proxies that follow their classes' features, outside the gradient.

    After each step, for every class y of the batch,
    ``p_y <- normalise(alpha m_y + (1 - alpha) p_y)``, where m_y is the normalised mean of the
    normalised features of the step's forward pass; at the first visit, ``p_y <- m_y``.

    Parameters
    ----------
    alpha : float
        Weight of the batch, above 0 and at most 1.

    Examples
    --------
    >>> EMA().build(10, 4, "euclidean", None)
    EMAProxies(alpha=0.01)
    """

    alpha: float = 0.01

    def __post_init__(self) -> None:
        """Check alpha."""
        if not (isinstance(self.alpha, int | float) and 0 < self.alpha <= 1):
            raise OptionError(
                f"proxies=EMA(alpha=...) must be above 0 and at most 1; got {self.alpha!r}."
            )

    def build(
        self, n_classes: int, dim: int, form: str, classes: Sequence[str] | None
    ) -> EMAProxies:
        """Return the module."""
        return EMAProxies(n_classes, dim, float(self.alpha))


@behind_doors
@dataclass(frozen=True, eq=False)
class MDSFixed:
    """Proxies fixed so that their distances follow a class tree's; see `hiertools_torch.heads.mds`.

    Parameters
    ----------
    source : ClassTree, path, array (C, C) or MDSResult
        The tree or its file (its classes matched by name with the head's ``classes``), path
        distances in the order of the labels, or vectors fitted before.
    beta : float
        T(t) = sqrt(2) t / (beta + t) (euclidean form) or (pi/2) t / (beta + t) (angular form).
    seed : int
        Of the fit.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> MDSFixed(tree).build(3, 4, "euclidean", ["newt", "lynx", "wolf"])
    FixedProxies(stress=0.0000)
    """

    source: ClassTree | str | os.PathLike[str] | ArrayLike | MDSResult
    beta: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Read a tree that is given by its path."""
        if isinstance(self.source, str | os.PathLike):
            from hiertools.trees.sources import as_tree

            object.__setattr__(self, "source", as_tree(self.source))

    def build(
        self, n_classes: int, dim: int, form: str, classes: Sequence[str] | None
    ) -> FixedProxies:
        """Return the module."""
        result: Any = self.source
        if not isinstance(result, MDSResult):
            targets = target_distances(result, beta=self.beta, form=form, classes=classes)
            result = fit_sphere(targets, dim, form=form, seed=self.seed)
        if result.vectors.shape != (n_classes, dim):
            found, wanted = tuple(result.vectors.shape), (n_classes, dim)
            raise OptionError(
                f"proxies=MDSFixed(...) gives vectors of shape {found}, but n_classes and dim "
                f"ask for {wanted}."
            )
        return FixedProxies(F.normalize(torch.tensor(result.vectors)).float(), result.stress)


@behind_doors
@dataclass(frozen=True, eq=False)
class UnitSphere:
    """Proxies fixed where their dot products are exactly the classes' similarities in a tree.

    The embedding of Barz and Denzler, in closed form; see `hiertools_torch.heads.unit_sphere`. It
    takes as many dimensions as there are classes; `MDSFixed` makes the best of fewer.

    Parameters
    ----------
    source : ClassTree, path or array (C, C)
        The tree or its file (its classes matched by name with the head's ``classes``), whose
        similarity is 1 - height(LCA) / height(root); or similarities in the order of the labels.

    References
    ----------
    Barz and Denzler 2019, DOI 10.1109/WACV.2019.00073.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> proxies = UnitSphere(tree).build(3, 4, "euclidean", ["newt", "lynx", "wolf"])()
    >>> proxies @ proxies.T
    tensor([[1.0000, 0.0000, 0.0000],
            [0.0000, 1.0000, 0.5000],
            [0.0000, 0.5000, 1.0000]])
    """

    source: ClassTree | str | os.PathLike[str] | ArrayLike

    def __post_init__(self) -> None:
        """Read a tree that is given by its path."""
        if isinstance(self.source, str | os.PathLike):
            from hiertools.trees.sources import as_tree

            object.__setattr__(self, "source", as_tree(self.source))

    def build(
        self, n_classes: int, dim: int, form: str, classes: Sequence[str] | None
    ) -> FixedProxies:
        """Return the module."""
        vectors = exact_embedding(self.source, classes=classes)  # type: ignore[arg-type]
        if len(vectors) != n_classes:
            raise OptionError(
                f"proxies=UnitSphere(...) gives {len(vectors)} vectors, but n_classes={n_classes}."
            )
        if dim < n_classes:
            raise OptionError(
                f"proxies=UnitSphere(...) places {n_classes} classes exactly in {n_classes} "
                f"dimensions, and dim={dim} has fewer; give dim={n_classes} or more, or MDSFixed, "
                "which makes the best of fewer."
            )
        padded = torch.zeros(n_classes, dim, dtype=torch.float64)
        padded[:, :n_classes] = torch.tensor(vectors)
        return FixedProxies(padded.float(), 0.0)


FIXED = (MDSFixed, UnitSphere)
"""Proxies that nothing moves."""
