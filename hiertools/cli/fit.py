"""`hiertools fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from hiertools.cli import options
from hiertools.cli.output import busy, say, told
from hiertools.cli.targets import Input, Output
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools.evaluation.predictions import Predictions

OF = {
    "temperature": (),
    "back-off": ("accuracy", "guarantee", "rule"),
    "conformal": ("coverage", "answer", "level"),
}
"""What is fitted, and the options that it has."""


def fit(
    what: Literal["temperature", "back-off", "conformal"],
    predictions: Annotated[str, Input()],
    tree: Annotated[str | None, Input()] = None,
    *,
    save: Annotated[
        Path,
        Parameter(help='Write what was fitted, for "evaluate --rule" or "--temperature".'),
        Output((".json",)),
    ],
    accuracy: float | None = None,
    guarantee: float | None = None,
    rule: Literal["confidence", "information", "climbing"] | None = None,
    coverage: float | None = None,
    answer: Literal["node", "set"] | None = None,
    level: str | None = None,
    share: float | None = None,
    rest: Annotated[Path | None, Output((".npz",))] = None,
    groups: str | None = None,
    classes: options.ClassNames = None,
    score_kind: Literal["logit", "probability"] | None = None,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Fit a temperature, or a rule that keeps a promise, on samples held out for it.

    Neither on those of training, nor on the test set: give a file of its own, or a share of one.

    ```
    hiertools fit temperature held_out.npz --save temperature.json
    hiertools fit back-off held_out.npz taxonomy.csv --guarantee 0.95 --save rule.json
    hiertools fit conformal all.npz taxonomy.csv --share 0.3 --rest test.npz --save rule.json
    hiertools evaluate test.npz taxonomy.csv --rule rule.json
    ```

    Parameters
    ----------
    what
        "temperature" makes probabilities less sure, or more; "back-off" answers with a group where
        the class is uncertain; "conformal" with a node, or a set of them, that holds the label
        with a promised probability.
    predictions
        Logits or probabilities, in any format that evaluate reads.
    tree
        The taxonomy; a temperature needs none.
    accuracy
        Of back-off: the wanted share of right answers; default 0.95.
    guarantee
        Of back-off: with this probability new samples reach it, too.
    rule
        Of back-off: how it decides; default "confidence".
    coverage
        Of conformal: the promised probability; default 0.9.
    answer
        Of conformal: answer with one node, the default, or with a set of them.
    level
        Of conformal: keep the promise for each node of this level, or rank, by itself.
    share
        Fit on this share of the samples, drawn at random.
    rest
        With --share: write the other samples, to be evaluated.
    groups
        With --share: the column (in .npz: array) whose groups stay together.
    score_kind
        What the scores are, where the file does not say.
    """
    import hiertools as ht

    chosen: dict[str, Any] = {
        "accuracy": accuracy, "guarantee": guarantee, "rule": rule, "coverage": coverage,
        "answer": answer, "level": level,
    }  # fmt: skip
    given = {name: value for name, value in chosen.items() if value is not None}
    for name in given:
        if name not in OF[what]:
            raise OptionError(f"--{name} is not of {what!r}; leave it out.")
    if (tree is None) != (what == "temperature"):
        raise OptionError(
            "a temperature needs no tree; leave it out."
            if what == "temperature"
            else f"{what!r} needs a tree; name it behind the predictions."
        )
    if share is None and (rest is not None or groups is not None):
        named = "--rest" if rest is not None else "--groups"
        raise OptionError(f"{named} goes with --share, which says how many samples are fitted.")
    if share is not None and not 0 < share < 1:
        raise OptionError(f"--share must lie between 0 and 1; got {share:g}.")
    held = ht.as_predictions(
        predictions, classes=None if classes is None else str(classes), score_kind=score_kind,
        groups=groups,
    )  # fmt: skip
    others = None
    if share is not None:
        held, others = _parted(held, share, seed)
    with busy("fitting"):
        text = _fitted(what, held, tree, given, seed).to_json(save)
    if rest is not None and others is not None:
        others.save(rest)
    say(text if json else _told(what, text))
    told(f"Saved {save}.")
    if rest is not None:
        told(f"Wrote {rest}.")


def _fitted(
    what: str, held: Predictions, tree: str | None, given: dict[str, Any], seed: int
) -> Any:
    import hiertools as ht
    from hiertools.decisions import BackOff, ConformalNodes, Temperature

    labels = held.label_names
    if what == "temperature":
        return Temperature().fit(held, labels)
    if "level" in given and given["level"].isdecimal():
        given = {**given, "level": int(given["level"])}
    kind = BackOff if what == "back-off" else ConformalNodes
    return kind(ht.as_tree(tree), random_state=seed, **given).fit(held, labels)


def _told(what: str, text: str) -> str:
    from hiertools.decisions import Temperature, read_rule

    if what != "temperature":
        return f"{read_rule(text).told}."
    found = Temperature.from_json(text)
    before, after = found.log_loss_
    return (
        f"Temperature {found.temperature_:.4g}, fitted on {found.n_samples_:,} samples: log loss "
        f"{before:.4g} before, {after:.4g} after."
    )


def _parted(held: Predictions, share: float, seed: int) -> tuple[Predictions, Predictions]:
    """Return a share of the samples, and the others; groups stay together."""
    import numpy as np

    from hiertools._core.labels import unmistakable
    from hiertools.evaluation.predictions import FIELDS, OF_SAMPLES, Predictions

    if held.groups is None:
        unit = np.arange(held.n_samples)
    else:
        unit = np.unique(held.groups, return_inverse=True)[1].reshape(-1)
    n = int(unit.max()) + 1
    number = round(share * n)
    if not 0 < number < n:
        raise OptionError(
            f"--share {share:g} of {n} {'samples' if held.groups is None else 'groups'} leaves "
            "none to fit, or none besides; give another share, or more samples."
        )
    fits = np.isin(unit, np.random.default_rng(seed).permutation(n)[:number])
    parts = []
    for rows in (fits, ~fits):
        fields = {name: getattr(held, name) for name in FIELDS}
        for name in ("labels", "scores", "ranked", *OF_SAMPLES):
            if fields[name] is not None:
                fields[name] = fields[name][rows]
        fields["labels"] = unmistakable(fields["labels"], held.classes)
        parts.append(Predictions(**fields))
    return parts[0], parts[1]
