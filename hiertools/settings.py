"""Named sets of choices: hiertools's own, and those of the paper's published code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hiertools._core import checks


@dataclass(frozen=True)
class Settings:
    r"""Every choice that changes a number of `compare`.

    Take one of `SETTINGS` and change fields with `dataclasses.replace` to mix. What each field of
    "paper" departs in is told in ``docs/differences-from-the-paper.md``.

    Parameters
    ----------
    metric : str
        Distance between representatives; see `hiertools.distances`.
    linkage : str
        How the hierarchy is inferred; see `hiertools.infer_tree`.
    rounding : {"join", "keep"}
        Whether distances that rounding alone keeps apart are made equal; see
        `hiertools.distances`.
    self_pair : bool
        Class-wise correlation counts a class's distance 0 from itself.
    cap : bool
        Class-wise correlation caps \|rho\| below 1 before Fisher's z.
    exclude_self : {"identity", "position"}
        What retrieval leaves out: the class itself, or whatever sorts first.
    retrieval_ties : {"expected", "position"}
        Classes at equal distances: the mean over all their orders, or the order of their names.
    reference : {"tree", "linkage"}
        What Robinson-Foulds compares the inferred tree with: the predefined tree, or the linkage
        of its path distances, averaged over `reference_orders` random orders of the classes.
    reference_orders : int
    """

    name: str = "default"
    metric: str = "euclidean"
    linkage: str = "average"
    rounding: str = "join"
    self_pair: bool = False
    cap: bool = True
    exclude_self: str = "identity"
    retrieval_ties: str = "expected"
    reference: str = "tree"
    reference_orders: int = 20

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict."""
        return asdict(self)


SETTINGS: dict[str, Settings] = {
    "default": Settings(),
    "paper": Settings(
        name="paper",
        linkage="weighted",
        rounding="keep",
        self_pair=True,
        cap=False,
        exclude_self="position",
        retrieval_ties="position",
        reference="linkage",
    ),
}
"""The named settings."""


def as_settings(settings: str | Settings) -> Settings:
    """Return settings by name, or as they are."""
    if isinstance(settings, Settings):
        return settings
    return SETTINGS[checks.option(settings, SETTINGS, "settings")]
