"""What stands side by side in a set, models or trees, and how sentences speak of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subjects:
    """Words for what the columns of a set are."""

    noun: str
    none: str
    """None of them beats chance."""
    which: str
    """The question which of them leads."""
    leads: str
    """``{best}`` leads, ``{how}`` closely."""
    single_run: str
    """What tests of one run each are about, as a note."""
    of_runs: str
    """Opens a sentence on a difference between single runs."""
    note: str = ""
    """What always belongs to their table."""

    @property
    def are_models(self) -> bool:
        """Whether runs are those of several models."""
        return self is MODELS


MODELS = Subjects(
    noun="model",
    none="none follows the tree more than chance would",
    which="which follows the tree most closely",
    leads="{best} follows the tree {how}",
    single_run=(
        "one run each: the tests are about these runs, on other classes of the same groups; "
        "whether one method is better than another, only several runs of each can tell."
    ),
    of_runs="of these two runs, ",
)

TREES = Subjects(
    noun="tree",
    none="the model follows none more than chance would",
    which="which the model follows most closely",
    leads="the model follows {best} {how}",
    single_run=(
        "one run: the tests are about this run of the model, on other classes of the same groups "
        "of all trees."
    ),
    of_runs="",
    note=(
        "chance in brackets; scores by level stand in each tree's own table, and only correlations "
        "of distances are tested against each other."
    ),
)
