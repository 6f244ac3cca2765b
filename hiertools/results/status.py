"""Why a value is undefined, in a word that programs can read: the column ``status``.

The column ``note`` beside it says the same of the row at hand, in free words.
"""

from __future__ import annotations

import math

OK = "ok"
CONSTANT = "undefined: constant"
NO_COMPANY = "undefined: no company"
NO_GROUPS = "undefined: no groups"
TOO_FEW_CLASSES = "undefined: too few classes"
TOO_FEW_SAMPLES = "undefined: too few samples"
TOO_FEW_PREDICTIONS = "undefined: too few predictions"
NO_MISTAKES = "undefined: no mistakes"
NEEDS_EMBEDDINGS = "needs embeddings"
NEEDS_PROBABILITIES = "needs probabilities"
NEEDS_EUCLIDEAN = "needs Euclidean distances"
NOT_TESTED = "not tested"
UNDEFINED = "undefined"

STATUSES: dict[str, str] = {
    OK: "the value is a number",
    CONSTANT: "what is to be correlated or shared out is the same throughout",
    NO_COMPANY: "no class, or no sample, has another one in its group",
    NO_GROUPS: "no tree holds a group that could be found or missed",
    TOO_FEW_CLASSES: "there are not as many classes as the score looks at",
    TOO_FEW_SAMPLES: "there are not as many samples as the score looks at",
    TOO_FEW_PREDICTIONS: "fewer predictions a sample were given than the score looks at",
    NO_MISTAKES: "no prediction is wrong",
    NEEDS_EMBEDDINGS: "the predictions came without embeddings of the test samples",
    NEEDS_PROBABILITIES: "the predictions came without probabilities or logits",
    NEEDS_EUCLIDEAN: "the linkage is defined on Euclidean distances only",
    NOT_TESTED: "a difference that nothing could be tested of",
    UNDEFINED: "the value is not defined for this input",
}
"""Every word of the column ``status``, and what it means. The list is closed."""


def settled_status(value: float, status: str, note: str) -> tuple[str, str]:
    """Return status and note of a value: never none where it is undefined, always "ok" where not.

    Examples
    --------
    >>> settled_status(0.5, "", ""), settled_status(float("nan"), "undefined: no groups", "")
    (('ok', ''), ('undefined: no groups', 'no tree holds a group that could be found or missed'))
    """
    if not math.isnan(value):
        return OK, note
    status = status if status in STATUSES and status != OK else UNDEFINED
    return status, note or STATUSES[status]
