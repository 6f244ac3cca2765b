"""Proxies on the unit sphere whose distances follow a class tree's: metric scaling.

The vectors minimise the normalised stress ``||T(t) - dist||_F / ||T(t)||_F``, where t are the
tree's path distances, T squeezes them into the sphere's range, and dist are the vectors' distances:

- euclidean form: ``T(t) = sqrt(2) t / (beta + t)``, ``dist = sqrt(2 - 2cos)``,
- angular form: ``T(t) = (pi/2) t / (beta + t)``, ``dist = arccos(cos)``.

No pair of classes is asked to be more than a right angle apart (Kim et al. 2023, arXiv:2301.11065).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from hiertools._core.checks import finite, numeric, option, read_only, whole_number
from hiertools._core.doors import behind_doors
from hiertools._core.frozen import ReadOnlyArrays
from hiertools._core.own_names import agreed_names, square_frame
from hiertools._core.tables import is_frame
from hiertools.errors import OptionError
from hiertools_torch.heads.logits import FORMS

if TYPE_CHECKING:
    from hiertools import ClassTree

Floats = NDArray[np.floating[Any]]

EXACT_CLASSES = 300
"""Up to so many classes, all is done in float64 with the full eigendecomposition."""

WIDE_CLASSES = 4096
"""Above so many classes, the targets are kept in float32."""


SOLVED = 1e-13
"""Squared stress that counts as none."""


@behind_doors
@dataclass(frozen=True, eq=False)
class MDSResult(ReadOnlyArrays):
    """What `fit_sphere` found.

    Parameters
    ----------
    vectors : array (C, D)
        Unit rows.
    stress : float
        Normalised stress, 0 at best.
    steps : int
        Steps that the optimiser took.
    """

    vectors: Floats
    stress: float
    steps: int

    def __eq__(self, other: object) -> bool:
        """Tell whether both hold the same vectors, found alike."""
        if not isinstance(other, MDSResult):
            return NotImplemented
        alike = (self.stress, self.steps) == (other.stress, other.steps)
        return alike and np.array_equal(self.vectors, other.vectors)

    __hash__ = None  # type: ignore[assignment]


def squeeze(distances: Floats, beta: float, form: str) -> Floats:
    """Return T(t), the distances on the sphere that the path distances t ask for.

    Examples
    --------
    >>> squeeze(np.array([0.0, 1.0, 3.0]), 1.0, "angular") / np.pi
    array([0.   , 0.25 , 0.375])
    """
    most = math.sqrt(2) if form == "euclidean" else math.pi / 2
    return most * (distances / (beta + distances))


def target_distances(
    source: ClassTree | ArrayLike,
    *,
    beta: float = 1.0,
    form: str = "euclidean",
    classes: Sequence[str] | None = None,
) -> Floats:
    """Return T(t) for all pairs of classes.

    Parameters
    ----------
    source : ClassTree or array (C, C)
        A tree, or path distances t: symmetric, not negative, with a zero diagonal.
    beta : float
        The path distance that is halfway to a right angle, above 0.
    form : {"euclidean", "angular"}
        Which distance on the sphere.
    classes : sequence of str, optional
        The tree's classes in the order wanted; by default its own order.

    Returns
    -------
    array (C, C)
        Targets between 0 and sqrt(2) or pi/2; float32 above 4,096 classes, to save memory.

    Examples
    --------
    >>> target_distances([[0, 2], [2, 0]]).round(3)
    array([[0.   , 0.943],
           [0.943, 0.   ]])
    """
    option(form, FORMS, "form")
    if not (isinstance(beta, int | float) and 0 < beta < math.inf):
        raise OptionError(f"beta must be a finite number above 0; got {beta!r}.")
    from hiertools.trees.paths import iter_path_distances
    from hiertools.trees.tree import ClassTree

    if isinstance(source, ClassTree):
        n = source.n_classes if classes is None else len(classes)
        targets: Floats = np.empty((n, n), dtype=np.float64 if n <= WIDE_CLASSES else np.float32)
        for rows, block in iter_path_distances(source, classes):
            targets[rows] = squeeze(block, beta, form)
        return targets
    what = "the distances of MDSFixed(...)"
    if is_frame(source):
        own, source = square_frame(source, what, OptionError)
        agreed_names(classes, own, what, advice="pass frame.loc[classes, classes]")
    t = numeric(source, what, OptionError)
    if t.ndim != 2 or t.shape[0] != t.shape[1]:
        raise OptionError(f"MDSFixed(...) takes a square array of distances; got shape {t.shape}.")
    finite(t, what, OptionError)
    if (t < 0).any() or not np.array_equal(t, t.T) or np.diagonal(t).any():
        raise OptionError(
            "MDSFixed(...) takes distances that are symmetric and not negative, with a zero "
            "diagonal; symmetrise them first, e.g. (t + t.T) / 2."
        )
    return squeeze(t, beta, form)


def normalised_stress(vectors: ArrayLike, targets: Floats, form: str = "euclidean") -> float:
    """Return ``||targets - dist||_F / ||targets||_F``: 0 at best, lower is better.

    Parameters
    ----------
    vectors : array (C, D)
        Unit rows.
    targets : array (C, C)
        Wanted distances.
    form : {"euclidean", "angular"}
        Which distance.

    Examples
    --------
    >>> round(normalised_stress(np.eye(2), np.array([[0, 1], [1, 0]])), 4)   # sqrt(2) - 1
    0.4142
    """
    x = np.asarray(vectors, dtype=np.float64)
    off = total = 0.0
    for rows in _slices(len(x), 1024):
        cos = (x[rows] @ x.T).clip(-1, 1)
        distance = np.sqrt(2 - 2 * cos) if form == "euclidean" else np.arccos(cos)
        np.fill_diagonal(distance[:, rows], 0.0)
        off += float(np.square(distance - targets[rows]).sum())
        total += float(np.square(targets[rows], dtype=np.float64).sum())
    return math.sqrt(off / total)


def fit_sphere(
    targets: Floats, dim: int, *, form: str = "euclidean", seed: int = 0, steps: int | None = None
) -> MDSResult:
    """Find unit vectors whose distances are as near to the targets as `dim` dimensions allow.

    Parameters
    ----------
    targets : array (C, C)
        Wanted distances, from `target_distances`.
    dim : int
        Dimension of the vectors.
    form : {"euclidean", "angular"}
        Which distance.
    seed : int
        Of the random part of the start; same seed, same result.
    steps : int, optional
        Most steps to take; fewer are taken when nothing is gained any more. By default 70, or 200
        with up to 300 classes.

    Returns
    -------
    MDSResult
        Vectors, stress, and the number of steps.

    Notes
    -----
    The start is classical scaling: the targets ask for the cosines 1 - T^2/2 (or cos T), whose
    leading eigenvectors are the best `dim` dimensions. Where these leave rows shorter than 1 (more
    classes than dimensions), random directions make up for the rest: nearly orthogonal, as it ought
    to be. From there, L-BFGS. An exact solution is found where there is one (few classes); else the
    stress is below that of 1,000 Adam steps, in a small part of the time. With up to 300 classes,
    three entirely random starts are tried as well, and the best result is taken: in two or three
    dimensions, starts differ by some percent; in more, or with more classes, hardly at all.

    Memory: the targets, in float32 above 300 classes, and little else: 1.6 GB for 20,000 classes.
    Time per step grows with C^2 D.

    Examples
    --------
    >>> path = np.array([[0, 2, 4], [2, 0, 4], [4, 4, 0]])
    >>> result = fit_sphere(target_distances(path), dim=3)
    >>> result.stress < 1e-6
    True
    >>> 1 - (result.vectors @ result.vectors.T).round(4)   # 1 - cos = T^2 / 2
    array([[0.    , 0.4444, 0.64  ],
           [0.4444, 0.    , 0.64  ],
           [0.64  , 0.64  , 0.    ]])
    """
    option(form, FORMS, "form")
    whole_number(dim, "dim", least=1)
    if not np.any(targets):
        raise OptionError(
            "MDSFixed(...): all distances are 0, so there is nothing that proxies could follow; "
            "give edge lengths above 0 or leave them out."
        )
    dtype = torch.float64 if len(targets) <= EXACT_CLASSES else torch.float32
    wanted = torch.as_tensor(np.array(targets, copy=not targets.flags.writeable), dtype=dtype)
    with torch.no_grad():
        evaluate = _objective(wanted, form)
        few = len(targets) <= EXACT_CLASSES
        steps = (200 if few else 70) if steps is None else steps
        best = _descend(evaluate, _start(wanted, dim, form, seed), steps)
        for other in range(3 if few and best[0] > SOLVED else 0):
            generator = torch.Generator().manual_seed(seed + 1 + other)
            start = torch.randn(best[1].shape, generator=generator, dtype=dtype)
            rival = _descend(evaluate, torch.nn.functional.normalize(start), steps)
            best = min(best, rival, key=lambda result: result[0])
    _, vectors, taken = best
    found = vectors.double().numpy()
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return MDSResult(read_only(found), normalised_stress(found, targets, form), taken)


def _slices(n: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def _start(targets: Tensor, dim: int, form: str, seed: int) -> Tensor:
    """Return classical scaling's rows, made up to length 1 by random directions."""
    n = len(targets)
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(n, dim, generator=generator, dtype=targets.dtype)
    kept = min(dim, n)
    if n <= EXACT_CLASSES or 2 * dim >= n:
        values, vectors = torch.linalg.eigh(_cosines(targets, form))
        values, vectors = values[-kept:], vectors[:, -kept:]
    else:
        # Subspace iteration. The tail of the spectrum is flat, so which of its directions are
        # taken matters little: few rounds do.
        basis = torch.randn(n, kept + 16, generator=generator, dtype=targets.dtype)
        for _ in range(3):
            basis = torch.linalg.qr(_cosines_times(basis, targets, form))[0]
        small = basis.T @ _cosines_times(basis, targets, form)
        values, turn = torch.linalg.eigh((small + small.T) / 2)
        values, vectors = values[-kept:], basis @ turn[:, -kept:]
    start = torch.zeros_like(random)
    start[:, :kept] = vectors * values.clamp(min=0).sqrt()
    missing = (1 - start.square().sum(1, keepdim=True)).clamp(min=0).sqrt()
    # Classes at distance 0 start, and so stay, on one spot.
    slices = _slices(n, 1024)
    first = torch.cat([(targets[rows] == 0).to(torch.uint8).argmax(1) for rows in slices])
    random = torch.nn.functional.normalize(random)[first]
    return torch.nn.functional.normalize(start + missing * random)


def _cosines(targets: Tensor, form: str) -> Tensor:
    return torch.cos(targets) if form == "angular" else targets.square().mul_(-0.5).add_(1)


def _cosines_times(matrix: Tensor, targets: Tensor, form: str) -> Tensor:
    """Return the product of the wanted cosines and a matrix, in blocks: no second (C, C) array."""
    slices = _slices(len(targets), 1024)
    return torch.cat([_cosines(targets[rows], form) @ matrix for rows in slices])


def _objective(targets: Tensor, form: str) -> Callable[[Tensor], tuple[float, Tensor]]:
    """Return a function from unit rows to the squared stress and its gradient along the sphere."""
    total = sum(
        float(targets[rows].square().sum(dtype=torch.float64))
        for rows in _slices(len(targets), 1024)
    )
    size = 256 if len(targets) <= WIDE_CLASSES else 1024
    blocks = list(_slices(len(targets), size))
    one, two = (torch.empty(size, size, dtype=targets.dtype) for _ in range(2))

    def evaluate(x: Tensor) -> tuple[float, Tensor]:
        value, gradient = 0.0, torch.zeros_like(x)
        # Symmetric, so the blocks above the diagonal do, each one in the cache until done with.
        for i, rows in enumerate(blocks):
            for columns in blocks[i:]:
                a, b, wanted = x[rows], x[columns], targets[rows, columns]
                off, slope = one[: len(a), : len(b)], two[: len(a), : len(b)]
                torch.mm(a, b.T, out=off)
                if form == "euclidean":
                    off.mul_(-2).add_(2).clamp_(min=1e-10).sqrt_()
                    torch.div(wanted, off, out=slope)
                    off.sub_(wanted)
                    slope.sub_(1)  # -(d - T) / d
                else:
                    off.clamp_(-1 + 1e-7, 1 - 1e-7)
                    torch.mul(off, off, out=slope).neg_().add_(1).rsqrt_()  # 1 / sin
                    off.acos_().sub_(wanted)
                    slope.mul_(off).neg_()  # -(theta - T) / sin(theta)
                times = 2.0
                if rows == columns:
                    times = 1.0
                    off.fill_diagonal_(0)
                    slope.fill_diagonal_(0)
                else:
                    gradient[columns].addmm_(slope.T, a)
                gradient[rows].addmm_(slope, b)
                value += times * float(torch.linalg.vector_norm(off)) ** 2
        gradient.mul_(4 / total)
        radial = (gradient * x).sum(1, keepdim=True)
        return value / total, gradient.addcmul_(radial, x, value=-1.0)

    return evaluate


def _descend(
    evaluate: Callable[[Tensor], tuple[float, Tensor]], x: Tensor, steps: int
) -> tuple[float, Tensor, int]:
    """Minimise over unit rows by L-BFGS, projecting each step back onto the sphere."""
    value, gradient = evaluate(x)
    moves: list[tuple[Tensor, Tensor, float]] = []
    history = [value]
    for step in range(steps):
        # Nothing to gain: an exact solution, or the last ten steps together gained 0.05 %.
        if value < SOLVED or (step > 10 and history[-11] - value < 5e-4 * value):
            return value, x, step
        direction = _two_loops(gradient, moves)
        if not moves:
            direction *= 0.1 * math.sqrt(len(x)) / max(float(direction.norm()), 1e-30)
        slope = float((gradient * direction).sum())
        length = 1.0
        while True:
            new = torch.nn.functional.normalize(x - length * direction)
            new_value, new_gradient = evaluate(new)
            if new_value <= value - 1e-4 * length * slope:
                break
            length /= 2
            if length < 1e-6:
                return value, x, step
        move, turn = new - x, new_gradient - gradient
        curvature = float((move * turn).sum())
        if curvature > 0:
            moves = [*moves[-9:], (move, turn, curvature)]
        x, value, gradient = new, new_value, new_gradient
        history.append(value)
    return value, x, steps


def _two_loops(gradient: Tensor, moves: list[tuple[Tensor, Tensor, float]]) -> Tensor:
    """Return the inverse Hessian of the last moves times the gradient (Nocedal 1980)."""
    direction = gradient.clone()
    shares = []
    for move, turn, curvature in reversed(moves):
        share = float((move * direction).sum()) / curvature
        shares.append(share)
        direction.sub_(turn, alpha=share)
    if moves:
        _, turn, curvature = moves[-1]
        direction.mul_(curvature / float(turn.square().sum()))
    for (move, turn, curvature), share in zip(moves, reversed(shares)):
        direction.add_(move, alpha=share - float((turn * direction).sum()) / curvature)
    return direction
