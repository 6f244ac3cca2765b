"""The scale s of a head's logits: fixed, or dynamic after the idea of AdaCos.

The dynamic scale seeks the s at which the second derivative of the class probability vanishes at
theta = min(pi/4, median angle to the own proxy): there the probability falls most steeply.
(In the angle; for ProxyDR in the distance.) With B the summed unnormalised probabilities of the
wrong classes, averaged over the batch, the condition is

- ProxyDR: ``B (s+1) d^s - s + 1 = 0``, d the distance at theta,
- NormFace, euclidean: ``cos(theta) (B + E) + s sin(theta)^2 (E - B) = 0``, E = e^(s cos(theta)),
- NormFace, angular: ``B e^(s theta^2) (2 s theta^2 - 1) - (2 s theta^2 + 1) = 0``.

With a class prior, a sample's wrong classes count with their prior over that of its own class.

The published code differs in two: ProxyDR's B sums d^(-2 sqrt(s)), not d^-s, in the euclidean form,
and NormFace's angular condition has 2 - 2cos(theta) for theta^2. ``Dynamic(published=True)`` is so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.optimize import brentq
from torch import Tensor

from hiertools._core.alerts import warn
from hiertools._core.doors import behind_doors
from hiertools.errors import OptionError
from hiertools_torch._core.buffers import ExactBuffers
from hiertools_torch._core.sync import rows_of_all_ranks

START_ANGLE = math.pi / 4
"""The largest angle at which the probability should fall most steeply."""

MOST_EXPONENT = 300.0
MOST_GRADIENT = 1e100
"""One batch with a wrong proxy at distance 0 must not make Adam's moments infinite."""

BETAS, EPSILON = (0.9, 0.999), 1e-8
"""Of Adam, as usual."""


Number = float | Tensor


def condition(
    scale: Number,
    angle: Number,
    log_wrong: Number,
    logits: str,
    form: str,
    *,
    published: bool = False,
) -> tuple[Tensor, Tensor]:
    """Return the condition for the scale and its derivative by the scale, B held fixed.

    Parameters
    ----------
    scale : float or Tensor
        The scale s.
    angle : float or Tensor
        The angle theta, in radians.
    log_wrong : float or Tensor
        log B.
    logits, form : str
        Which condition (see the module's text).
    published : bool
        As the published code has it.

    Returns
    -------
    tuple of Tensor (float64)
        Zero, where the second derivative of the class probability vanishes; and the derivative.

    Examples
    --------
    >>> [round(float(x), 3) for x in condition(3.0, 0.5, 0.0, "proxydr", "euclidean")]
    [-1.515, -1.22]
    """
    # Tensors all, so that nothing waits for a GPU on which they are.
    s, angle, log_wrong = (
        torch.as_tensor(x, dtype=torch.float64) for x in (scale, angle, log_wrong)
    )
    wrong = _exp(log_wrong)
    if logits == "proxydr":
        log_d = torch.log(2 * torch.sin(angle / 2) if form == "euclidean" else angle)
        ratio = _exp(log_wrong + s * log_d)
        return ratio * (s + 1) - s + 1, ratio * (1 + (s + 1) * log_d) - 1
    if form == "euclidean":
        cos, sin2 = torch.cos(angle), torch.sin(angle).square()
        own = _exp(s * cos)
        value = cos * (wrong + own) + s * sin2 * (own - wrong)
        return value, own * (cos * cos + sin2 + s * sin2 * cos) - sin2 * wrong
    square = 2 - 2 * torch.cos(angle) if published else angle * angle
    ratio = _exp(log_wrong + s * square)
    value = ratio * (2 * s * square - 1) - (2 * s * square + 1)
    return value, ratio * square * (2 * s * square + 1) - 2 * square


def _exp(x: Tensor) -> Tensor:
    return x.clamp(max=MOST_EXPONENT).exp()


def start_scale(n_classes: int, logits: str, form: str = "euclidean") -> tuple[float, bool]:
    """Return the scale to start from, and whether it fulfils the condition.

    It is the largest root of the condition at theta = pi/4 with every wrong class at pi/2, found in
    log form: the condition says that two positive terms are equal, and their logarithms don't
    overflow. NormFace has no root for few classes (at most 22 in the euclidean form, 48 in the
    angular one); then it is the scale at which the two logarithms are nearest to each other.

    Parameters
    ----------
    n_classes : int
        Number of classes, at least 2.
    logits : {"normface", "proxydr"}
        Which logits.
    form : {"euclidean", "angular"}
        Which distance.

    Returns
    -------
    scale : float
    fulfilled : bool

    Notes
    -----
    A class prior doesn't matter here: if labels follow the prior, the expected sum of the wrong
    classes' priors over the own class's is ``sum_y pi_y (1 - pi_y) / pi_y = C - 1``, as without.

    Examples
    --------
    >>> [round(start_scale(n, "proxydr")[0], 3) for n in (10, 100, 10_000)]
    [4.343, 7.899, 15.215]
    >>> start_scale(10, "normface")
    (2.449489742783178, False)
    """
    log_others = math.log(n_classes - 1)
    theta = START_ANGLE
    if logits == "proxydr":
        chord = math.log(math.sqrt(2) * math.sin(theta / 2))
        slope = chord if form == "euclidean" else math.log(theta / (math.pi / 2))

        def gap(s: float) -> float:
            return log_others + s * slope + math.log1p(2 / (s - 1))

        turn = 1 + 1e-12
    elif form == "euclidean":
        cos, sin2 = math.cos(theta), math.sin(theta) ** 2

        def gap(s: float) -> float:
            return log_others - s * cos + math.log(s * sin2 - cos) - math.log(s * sin2 + cos)

        turn = math.sqrt(6)
    else:
        square = theta**2
        rise = (math.pi / 2) ** 2 - square

        def gap(s: float) -> float:
            z = 2 * s * square
            return log_others - s * rise + math.log(z - 1) - math.log(z + 1)

        turn = math.sqrt(7 / 3) / (2 * square)
    # Beyond `turn`, where its derivative vanishes, the gap only falls: at most one root is there.
    if gap(turn) < 0:
        return turn, False
    high = 2 * turn
    while gap(high) > 0:
        high *= 2
    return float(brentq(gap, turn, high, xtol=1e-13, rtol=1e-14)), True


class Scale(ExactBuffers):
    """A scale as a part of a head: `value` is a 0-dim float64 buffer."""

    value: Tensor

    def __init__(self, start: float) -> None:
        super().__init__()
        self.register_buffer("value", torch.tensor(start, dtype=torch.float64))

    wants_batches = False
    """Whether `record` wants the batches of training."""

    @property
    def of_wrong(self) -> float | Tensor | None:
        """What the logits are multiplied by for the sums of wrong classes; None: by nothing."""
        return None

    def record(self, angles: Tensor, log_wrong: Tensor) -> None:
        """Take note of a training batch: own angles (B,) and log sums of the wrong classes (B,)."""

    def update(self) -> None:
        """Move by what was recorded since the last call."""


class DynamicScale(Scale):
    """A scale that takes one Adam step on log s per batch."""

    adam: Tensor
    wants_batches = True

    def __init__(
        self, start: float, learning_rate: float, logits: str, form: str, published: bool = False
    ) -> None:
        super().__init__(start)
        self.learning_rate, self.logits, self.form = learning_rate, logits, form
        self.published = published
        # Number of steps, mean gradient, mean squared gradient: a buffer, so that it is saved and
        # moved with the module; the state of an optimiser object would not be.
        self.register_buffer("adam", torch.zeros(3, dtype=torch.float64))
        self._rows: list[Tensor] = []

    def extra_repr(self) -> str:
        """Return the settings, for printing the module."""
        return f"learning_rate={self.learning_rate}{', published' if self.published else ''}"

    @property
    def of_wrong(self) -> float | Tensor | None:
        """What the logits are multiplied by for the sums of wrong classes; None: by nothing."""
        if not self.published or (self.logits, self.form) != ("proxydr", "euclidean"):
            return None
        return 2 / self.value.sqrt()

    def record(self, angles: Tensor, log_wrong: Tensor) -> None:
        """Take note of a training batch: own angles (B,) and log sums of the wrong classes (B,)."""
        self._rows.append(torch.stack([angles, log_wrong], dim=1).detach().double())

    @torch.no_grad()
    def update(self) -> None:
        """Take one Adam step on log s, on the squared condition of what was recorded."""
        if not self._rows:
            return
        rows = rows_of_all_ranks(torch.cat(self._rows))
        self._rows, n, s = [], len(rows), self.value
        if not n:
            return
        angles, log_sums = rows.sort(0).values.unbind(1)  # whatever order the processes have
        angle = ((angles[(n - 1) // 2] + angles[n // 2]) / 2).clamp(1e-6, START_ANGLE)
        log_wrong = log_sums.logsumexp(0) - math.log(n)
        value, derivative = condition(
            s, angle, log_wrong, self.logits, self.form, published=self.published
        )
        gradient = (2 * value * derivative * s).clamp(-MOST_GRADIENT, MOST_GRADIENT)
        steps, mean, square = self.adam
        steps, mean = steps + 1, torch.lerp(mean, gradient, 1 - BETAS[0])
        square = torch.lerp(square, gradient.square(), 1 - BETAS[1])
        unbiased = (square / (1 - BETAS[1] ** steps)).sqrt()
        move = mean / (1 - BETAS[0] ** steps) / (unbiased + EPSILON)
        # Where the loss is NaN or infinite as well, its owner will say so, and nothing moves.
        fine = rows.isfinite().all()
        self.adam.copy_(torch.where(fine, torch.stack([steps, mean, square]), self.adam))
        self.value.copy_(torch.where(fine, s * torch.exp(-self.learning_rate * move), s))


@behind_doors
@dataclass(frozen=True)
class Fixed:
    """A scale that stays as it is.

    Parameters
    ----------
    value : float
        The scale, above 0; the paper's is 10.

    Examples
    --------
    >>> Fixed().build(100, "proxydr", "euclidean").value
    tensor(10., dtype=torch.float64)
    """

    value: float = 10.0

    def __post_init__(self) -> None:
        """Check the value."""
        _positive(self.value, "scale=Fixed(value=...)")

    def build(self, n_classes: int, logits: str, form: str) -> Scale:
        """Return the module."""
        return Scale(float(self.value))


@behind_doors
@dataclass(frozen=True)
class Dynamic:
    """A scale that follows training (AdaCos's idea, with conditions for ProxyDR and both forms).

    Parameters
    ----------
    learning_rate : float
        Of the Adam step on log s that each batch brings.
    start : float, optional
        Scale to start from; by default, `start_scale`.
    published : bool
        Whether the formulas are those of the paper's code, where it differs from its derivation
        (see the module's text).

    References
    ----------
    Zhang et al. 2019, "AdaCos", arXiv:1905.00292; Kim et al. 2023, arXiv:2301.11065.

    Examples
    --------
    >>> round(float(Dynamic().build(100, "proxydr", "euclidean").value), 3)
    7.899
    """

    learning_rate: float = 1e-4
    start: float | None = None
    published: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        _positive(self.learning_rate, "scale=Dynamic(learning_rate=...)")
        if self.start is not None:
            _positive(self.start, "scale=Dynamic(start=...)")

    def build(self, n_classes: int, logits: str, form: str) -> DynamicScale:
        """Return the module."""
        start = self.start
        if start is None:
            start, fulfilled = start_scale(n_classes, logits, form)
            if not fulfilled:
                warn(
                    f"The dynamic scale's condition has no root for {logits} ({form} form) with "
                    f"{n_classes} classes; training starts from {start:.3f}, where it is nearest "
                    "to being fulfilled. Dynamic(start=...) sets another start."
                )
        return DynamicScale(float(start), float(self.learning_rate), logits, form, self.published)


def _positive(value: float, what: str) -> None:
    if not (isinstance(value, int | float) and 0 < value < math.inf):
        raise OptionError(f"{what} must be a finite number above 0; got {value!r}.")
