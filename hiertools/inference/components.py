"""Where does a score vary: over runs, over classes, or over both at once?"""

from __future__ import annotations

from typing import NamedTuple

from hiertools._core.arrays import Floats

__all__ = ["Components", "class_parts", "crossed_components"]


class Components(NamedTuple):
    """Variances of one run's score on one set of classes, by what they come from.

    Unbiased where parts are independent, so an estimate may be negative.
    """

    runs: float
    """What a run does to all classes alike."""
    classes: float
    """What a class does in all runs alike."""
    both: float
    """What a class does in one run alone, and chance."""

    def of_mean(self, runs: int, share: float = 1.0) -> float:
        """Return the variance of the mean of so many runs, on other classes each time.

        `share` is how many of the classes there would be: half of them vary twice as much.
        """
        return self.runs / runs + (self.classes + self.both / runs) / share

    def of_run(self, share: float = 1.0) -> float:
        """Return the variance over runs on the same classes, or a `share` of their number."""
        return self.runs + self.both / share


def class_parts(values: Floats, replicates: Floats) -> Floats:
    r"""Return what each class has of a score in each run, from the score without that class.

    .. math:: x_{rg} = \theta_r - (G - 1) \Big(\theta_{r(g)} - \frac{1}{G} \sum_h \theta_{r(h)}\Big)

    These are the jackknife's pseudo-values, less its correction of the bias: their mean over
    classes is the score, and their variance over classes by their number the square of its standard
    error. Of a mean over classes they are its terms.

    Parameters
    ----------
    values : ndarray of float, shape (R,)
        The score in each run.
    replicates : ndarray of float, shape (R, G)
        Without each class, or group of classes.

    Examples
    --------
    >>> import numpy as np
    >>> terms = np.array([1.0, 2.0, 6.0])
    >>> without = (terms.sum() - terms) / 2
    >>> class_parts(terms.mean(keepdims=True), without[None])
    array([[1., 2., 6.]])
    """
    apart = replicates - replicates.mean(axis=1, keepdims=True)
    parts: Floats = values[:, None] - (replicates.shape[1] - 1) * apart
    return parts


def crossed_components(parts: Floats) -> Components:
    r"""Return the variance components of a table of runs by classes, each pair once.

    With :math:`x_{rg} = \mu + a_r + b_g + e_{rg}`, all independent, the mean squares of runs,
    classes and the rest have the expectations

    .. math:: G \sigma_a^2 + \sigma_e^2, \qquad R \sigma_b^2 + \sigma_e^2, \qquad \sigma_e^2

    The score of one run is the mean of its row, with the variance
    :math:`\sigma_a^2 + \sigma_b^2 / G + \sigma_e^2 / G`; these three are returned.

    Parameters
    ----------
    parts : ndarray of float, shape (R, G), two at least of both

    Notes
    -----
    Searle, Casella and McCulloch 1992, "Variance components", chapter 4.

    Examples
    --------
    >>> import numpy as np
    >>> crossed_components(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]))
    Components(runs=0.0, classes=0.3333333333333333, both=0.0)
    """
    n_runs, n_classes = parts.shape
    of_runs, of_classes = parts.mean(axis=1), parts.mean(axis=0)
    rest = parts - of_runs[:, None] - of_classes + parts.mean()
    over_both = float((rest**2).sum()) / ((n_runs - 1) * (n_classes - 1))
    over_runs = n_classes * float(of_runs.var(ddof=1))
    over_classes = n_runs * float(of_classes.var(ddof=1))
    return Components(
        runs=(over_runs - over_both) / n_classes,
        classes=(over_classes - over_both) / (n_runs * n_classes),
        both=over_both / n_classes,
    )
