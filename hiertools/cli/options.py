"""Options that several commands share, with one meaning each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, Token, convert

from hiertools.cli.targets import Input, Output
from hiertools.errors import OptionError


def whole(_: type, tokens: Sequence[Token]) -> int:
    """Return a whole number; 1.5 is none, and would else be rounded to another one."""
    text = tokens[0].value
    if "." in text and not float(text).is_integer():
        raise ValueError(f"{text} is no whole number.")
    return int(convert(int, tokens))


Whole = Annotated[int, Parameter(converter=whole)]
"""Any option that is a whole number."""

Metric = Literal["euclidean", "angular", "cosine", "raw_euclidean"]
Linkage = Literal["single", "complete", "average", "weighted", "centroid", "median", "ward", "nj"]
SettingsName = Literal["default", "paper"]
OnMissing = Literal["error", "drop"]

COMPLETION = "Let the Tab key complete commands and options in this shell (bash, zsh, fish)."
"""What ``--install-completion`` does."""

Json = Annotated[bool, Parameter(negative="", help="Print JSON instead of text.")]
HTML = Output((".html", ".htm"))
Html = Annotated[Path | None, Parameter(help="Write a report, one self-contained HTML file."), HTML]
Save = Annotated[
    Path | None,
    Parameter(help="Write the result as JSON, to show or compare later."),
    Output((".json",)),
]
Seed = Annotated[
    Whole,
    Parameter(
        alias="--random-state",
        help="Seed of all randomness, and of the orders in which ties are broken.",
    ),
]
Threads = Annotated[
    Whole | None, Parameter(help="At most this many threads; default as many as there are cores.")
]
Permutations = Annotated[
    Whole, Parameter(help="Random relabellings behind chance levels and p-values; 0 for none.")
]
Center = Annotated[
    bool,
    Parameter(
        negative="",
        help="Subtract the mean vector first: a softmax layer is defined only up to one.",
    ),
]
OnMissingOption = Annotated[
    OnMissing, Parameter(help="What to do about classes that the tree lacks.")
]
Rename = Annotated[
    list[str] | None,
    Parameter(
        negative="",
        help="A synonym TREE=MODEL, a name in the tree and that of the model; repeat for several.",
    ),
]
FailUnder = Annotated[
    list[str] | None,
    Parameter(
        negative="",
        help="A limit NAME=VALUE that must hold: at least VALUE, or at most VALUE for scores that "
        "are better when lower. NAME may carry a level, rank or k, as in map_at_r@0=0.9, "
        "accuracy@genus=0.9 or top_k_accuracy,k=5=0.9. Repeat for several.",
    ),
]
ClassNames = Annotated[
    Path | None, Parameter(help="Text file with the names of the rows, one a line.")
]

# Of the two commands that judge predictions.
Ks = Annotated[
    list[Whole] | None,
    Parameter(
        negative="",
        help="For top-k accuracy and hierarchical distance and precision at k; repeat for several.",
    ),
]
SimilarityKs = Annotated[
    list[Whole] | None,
    Parameter(negative="", help="For hierarchical similarity at k; repeat for several."),
]
Similarity = Annotated[
    Literal["kim", "barz"] | None,
    Parameter(help="Similarity of two classes behind hierarchical similarity."),
]
Graph = Annotated[
    bool,
    Parameter(
        negative="",
        help="Keep every parent of what stands below several (in a table of edges, in WordNet), "
        "and judge by the graph.",
    ),
]
Levels = Annotated[
    list[str] | None,
    Parameter(
        negative="", help="Score at this level only, a number or a rank; repeat for several."
    ),
]
Intervals = Annotated[
    bool, Parameter(help="Compute intervals over the test samples, and tests between models.")
]
Definitions = Annotated[
    SettingsName,
    Parameter(help='"paper" reproduces the published code of arXiv:2301.11065.'),
]
Restrict = Annotated[
    list[str] | None,
    Parameter(
        negative="",
        help="A class or a node of the tree that can be met, all others can't be predicted; repeat "
        "for several, or name a file with one a line.",
    ),
]
Balanced = Annotated[
    bool,
    Parameter(negative="", help="Let all classes count the same, however many samples they have."),
]
Summed = Annotated[
    bool,
    Parameter(
        negative="",
        help="Sum probabilities over the classes of each group, and score the sums at each level: "
        "top-k accuracy, Brier score, log loss, calibration errors.",
    ),
]
Selective = Annotated[
    Literal["climbing", "confidence"] | None,
    Parameter(
        help="Let answers back off from class to root at every threshold, by this rule, and score "
        "the area under their risk over their specificity."
    ),
]
FittedTemperature = Annotated[
    str | None,
    Parameter(
        help='What logits are divided by: a number, or the file of a temperature that "hiertools '
        'fit" saved.'
    ),
    Input(),
]
FittedRules = Annotated[
    list[str] | None,
    Parameter(
        negative="",
        help='Judge the answers of this rule, a file that "hiertools fit" saved; of several '
        "models, MODEL=FILE for each, and of one model, NAME=FILE for rules to compare. Repeat for "
        "several.",
    ),
    Input(),
]
Against = Annotated[
    Path | None, Parameter(help="Show what changed since this result, saved earlier by --save.")
]


def level_list(given: list[str] | None) -> list[int | str] | None:
    """Return levels, numbers or ranks, as they were given.

    Examples
    --------
    >>> level_list(["0", "family"])
    [0, 'family']
    """
    return [int(item) if item.isdecimal() else item for item in given] if given else None


def synonyms(given: list[str] | None) -> dict[str, str] | None:
    """Return names in the tree to names of the model.

    Examples
    --------
    >>> synonyms(["lynx=Lynx lynx"])
    {'lynx': 'Lynx lynx'}
    """
    if given is None:
        return None
    pairs = [text.partition("=") for text in given]
    for text, (old, _, new) in zip(given, pairs):
        if not old or not new:
            raise OptionError(f"--rename takes TREE=MODEL, two names; got {text!r}.")
    if len({old for old, _, _ in pairs}) < len(pairs):
        raise OptionError("--rename gives two names of the model for one in the tree; give one.")
    return {old: new for old, _, new in pairs}
