"""Named sets of choices: hiertools's own, and those of the paper's published code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hiertools._core import checks
from hiertools._core.doors import behind_doors

SEARCHES = ("identity", "position")
TIES = ("expected", "position")
"""What is done about ties: the mean over all their orders, or the order of names."""
REFERENCES = ("tree", "linkage")

OF_COMPARE = (
    "name", "metric", "linkage", "rounding", "self_pair", "cap", "exclude_self", "ties",
    "tie_orders", "reference", "reference_orders",
)  # fmt: skip
"""What `compare` records of its settings."""


@behind_doors
@dataclass(frozen=True)
class Settings:
    r"""Every choice that changes a number of `compare` or `evaluate`.

    Take one of `SETTINGS` and change fields with `dataclasses.replace` to mix. What each field of
    "paper" departs in is told in ``docs/differences-from-the-paper.md``.

    Parameters
    ----------
    name : str
    metric : str
        Distance between representatives, and between embeddings and representatives; see
        `hiertools.distances`.
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
        What retrieval leaves out, among classes and among embeddings: the item itself, or whatever
        sorts first.
    ties : {"expected", "position"}
        What is equally near, or has equal scores: the mean over all its orders, or the order of
        names. Of an inferred hierarchy, the mean over `tie_orders` orders of the classes, drawn by
        a hash of their names; or one hierarchy, by the order of names, and by rounding where that
        parts what is tied.
    tie_orders : int
    reference : {"tree", "linkage"}
        What Robinson-Foulds compares the inferred tree with: the predefined tree, or the linkage
        of its path distances, averaged over `reference_orders` random orders of the classes.
    reference_orders : int
    k, hs_k : int or sequence of int
        For top-k accuracy, hierarchical distance and precision; and for hierarchical similarity.
    similarity, beta, similarity_form
        Similarity of two classes; see `hiertools.evaluate`.
    hp_variant : {"devise", "paper", "similarity", "ancestors"}
        What hierarchical precision at k means.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import hiertools as ht
    >>> mine = replace(ht.SETTINGS["paper"], name="mine", cap=True, k=(1, 3))
    >>> mine.linkage, mine.hp_variant, mine.k
    ('weighted', 'paper', (1, 3))
    """

    name: str = "default"
    metric: str = "euclidean"
    linkage: str = "average"
    rounding: str = "join"
    self_pair: bool = False
    cap: bool = True
    exclude_self: str = "identity"
    ties: str = "expected"
    tie_orders: int = 8
    reference: str = "tree"
    reference_orders: int = 20
    k: int | Sequence[int] = (1, 5)
    hs_k: int | Sequence[int] = (1, 50, 100, 150, 200, 250)
    similarity: str = "kim"
    beta: float = 1.0
    similarity_form: str = "euclidean"
    hp_variant: str = "devise"

    def __post_init__(self) -> None:
        """Check what needs no other room; names of methods are checked by the verb."""
        checks.option(self.exclude_self, SEARCHES, "exclude_self")
        checks.option(self.ties, TIES, "ties")
        checks.whole_number(self.tie_orders, "tie_orders", least=1)
        checks.option(self.reference, REFERENCES, "reference")
        checks.whole_number(self.reference_orders, "reference_orders", least=1)
        checks.number_between(self.beta, "beta", 0)
        for name in ("k", "hs_k"):
            object.__setattr__(self, name, checks.whole_numbers(getattr(self, name), name, least=1))

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
        ties="position",
        reference="linkage",
        hp_variant="paper",
    ),
}
"""The named settings."""


def as_settings(settings: str | Settings) -> Settings:
    """Return settings by name, or as they are."""
    if isinstance(settings, Settings):
        return settings
    return SETTINGS[checks.option(settings, SETTINGS, "settings")]
