"""One page a measure, from the registries of scores and `measures.toml`.

The registries say title, meaning, direction, range and source; `measures.toml` the formula and what
a score rewards and ignores; values, chance and ceiling are computed on the small models of
`cases.py`, each of which goes wrong in one way.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cases

import hiertools as ht
from hiertools.comparison.scores.registry import MEASURES, SCORES
from hiertools.evaluation.scores import EVALUATION_SCORES
from hiertools.results.table import Score, row_label
from hiertools.treedist import METHODS

NOTES = Path(__file__).parent / "measures.toml"
PICTURES = "_static/cases"


@dataclass(frozen=True)
class Shown:
    """One number of a case."""

    at: str
    """Level or k, where there are several numbers."""
    value: float
    good: float = math.nan
    """0 at chance, or at the worst there is, 1 at the best; NaN where it has no such scale."""


@dataclass(frozen=True)
class Measure:
    """All that a page says."""

    verb: str
    score: Score
    notes: Mapping[str, Any]

    @property
    def page(self) -> str:
        """Where the page lies, without ending: three scores of both verbs bear one name."""
        return f"{self.verb}-{self.score.name}"


def measures() -> list[Measure]:
    """Return every measure that the registries hold, in their order."""
    notes = tomllib.loads(NOTES.read_text("utf-8"))
    known = {
        "compare": {**SCORES, **{name: _of_trees(name) for name in METHODS if name not in SCORES}},
        "evaluate": EVALUATION_SCORES,
    }
    return [
        Measure(verb, score, notes[verb][name])
        for verb, scores in known.items()
        for name, score in scores.items()
    ]


def _of_trees(name: str) -> Score:
    """Return the facts of a tree distance that `compare` does not know."""
    method = METHODS[name]
    return Score(name, method.title, method.better, method.best, method.meaning, method.source,
                 span=method.span)  # fmt: skip


def pages() -> dict[str, str | bytes]:
    """Return every page and picture by its path."""
    compared, evaluated = cases.comparisons(), cases.evaluations()
    found: dict[str, str | bytes] = {}
    for name, newick in cases.INFERRED.items():
        found[f"{PICTURES}/{_file('tree', name)}"] = cases.tree_picture(newick)
    for name, result in evaluated.items():
        found[f"{PICTURES}/{_file('mistakes', name)}"] = cases.confusion_picture(result)
    every = measures()
    for measure in every:
        shown = compared if measure.verb == "compare" else evaluated
        found[f"measures/{measure.page}.md"] = page(measure, shown)
    found["measures/index.md"] = index(every)
    return found


def page(
    measure: Measure, results: Mapping[str, ht.Comparison] | Mapping[str, ht.Evaluation]
) -> str:
    """Return the page of one measure."""
    score, notes = measure.score, measure.notes
    kind = "tree" if measure.verb == "compare" else "mistakes"
    parts = [
        # Underscores and stars of names are text; dollars hold formulas on these pages.
        f"# {_upper(score.title)}",
        f"`{score.name}`: {score.meaning.rstrip('.')}.",
        f"$$\n{notes['formula']}\n$$",
        _letters(measure),
        f"**Rewards.** {notes['rewards']}",
        f"**Ignores.** {notes['ignores']}",
        "## What moves it",
        "The same twelve classes, as six models may arrange them; colours are the families of the "
        f"taxonomy. {_bars(measure)}" if kind == "tree" else
        "The same twelve classes, ten test samples of each, as six classifiers may take them for "
        f"one another: labels downwards, predictions across, in the order of the taxonomy. "
        f"{_bars(measure)}",
        _pictures(kind, _values(measure, results)),
        "## Facts",
        _table(("", f"`{score.name}`"), _facts(measure, results)),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def index(every: Iterable[Measure]) -> str:
    """Return the list of all pages."""
    parts = [
        "# One page a measure",
        "Formula, what it rewards and what it ignores, range, chance level, ceiling, "
        "cost and source. [Which score to use](../which-score.md) goes the other way, from "
        "questions to scores.",
    ]
    headings = {
        "compare": "Of class vectors and trees (`compare`, `tree_distance`)",
        "evaluate": "Of predictions (`evaluate`)",
    }
    every = list(every)
    for verb, heading in headings.items():
        rows = [
            (
                f"[{each.score.title}]({each.page}.md)",
                each.score.better,
                f"{each.score.meaning.rstrip('.')} (`{each.score.name}`)",
            )
            for each in every
            if each.verb == verb
        ]
        parts += [f"## {heading}", _table(("measure", "better", "what it is"), rows)]
    names = "\n".join(each.page for each in every)
    parts.append(f"```{{toctree}}\n:hidden:\n\n{names}\n```")
    return "\n\n".join(parts) + "\n"


def _values(measure: Measure, results: Mapping[str, Any]) -> dict[str, list[Shown]]:
    """Return what the score is in each case: a number for each level and k."""
    name = measure.score.name
    if measure.verb == "compare" and name not in SCORES:
        tree = cases.taxonomy()
        return {
            case: [Shown("", ht.tree_distance(tree, cases.inferred(newick), name))]
            for case, newick in cases.INFERRED.items()
        }
    found: dict[str, list[Shown]] = {}
    for case, result in results.items():
        for row in _rows(result, name):
            value, low, high = row["value"], *measure.score.span
            if measure.verb == "compare":
                good = row["adjusted"]
            elif math.isinf(high):
                good = math.nan
            else:
                good = (value - low) / (high - low) if measure.score.sign > 0 else high - value
            found.setdefault(case, []).append(Shown(_at(row), value, good))
    return found


def _rows(result: Any, name: str) -> list[dict[str, Any]]:
    """Return the rows of a score."""
    scores = result.scores
    return scores[scores["score"] == name].to_dict("records")


def _at(row: Mapping[str, Any]) -> str:
    """Return at which level, for which k, a row holds its score."""
    return row_label(row).removeprefix(row["score"]).strip(" ()@,")


def _pictures(kind: str, values: Mapping[str, list[Shown]]) -> str:
    """Return the cases as cards: the picture, what goes wrong, what the score says of it."""
    cards = []
    for case, shown in values.items():
        lines = [
            f"<div><span>{each.at}</span> {_number(each.value)}{_bar(each.good)}</div>"
            for each in shown
        ]
        cards.append(
            f'<figure><img src="../_static/cases/{_file(kind, case)}" alt="">'
            f"<figcaption><b>{case}</b>{''.join(lines)}</figcaption></figure>"
        )
    return f'<div class="cases">{"".join(cards)}</div>'


def _bars(measure: Measure) -> str:
    """Say what the bars mean, where there are any."""
    if measure.verb == "compare":
        known = measure.score.name in SCORES
        return "A bar is empty at chance level, full at the best attainable." if known else ""
    bounded = measure.score.bounded
    return "A bar is full at the best value there is." if bounded else ""


def _bar(good: float) -> str:
    """Return a bar as long as a value is good; none where no scale is known."""
    if math.isnan(good):
        return ""
    return f'<i class="bar"><i style="width: {100 * min(max(good, 0.0), 1.0):.0f}%"></i></i>'


def _facts(measure: Measure, results: Mapping[str, Any]) -> list[tuple[str, str]]:
    score, notes = measure.score, measure.notes
    low, high = score.span
    facts = [
        ("computed by", _calls(measure)),
        ("better", score.better),
        ("range", f"{_end(low)} to {_end(high)}"),
        ("perfect", _number(score.best) if not math.isnan(score.best) else "depends on the tree"),
    ]
    if at := [each for each in score.at if each]:
        rows = {
            "level": "each level of the tree", "k": "each k",
            "level, k": "each level of the tree and each k",
        }  # fmt: skip
        facts.append(("rows", ", ".join(rows[each] for each in at)))
    if measure.verb == "compare" and score.name in SCORES:
        facts += _chance(measure, results["right"])
    elif measure.verb == "compare":
        facts.append(("chance", "not computed: `compare` does not know this one"))
    else:
        facts.append(("chance", "not computed; two models are compared by swapping their "
                                "predictions ([how](../evaluating-mistakes.md))"))  # fmt: skip
        without = [f"{name}_calibration_error" for name in ("maximum", "adaptive", "classwise")]
        interval = "none" if score.name in without else "over test samples"
        facts.append(("interval", interval))
    if "cost" in notes:
        facts.append(("cost", notes["cost"]))
    facts.append(("source", _sources([score.source, *notes.get("further", [])])))
    return facts


def _chance(measure: Measure, right: ht.Comparison) -> list[tuple[str, str]]:
    """Return what is known of chance, ceiling and interval, with the numbers of the small tree."""
    row = _rows(right, measure.score.name)[0]
    kind = next(each for each in MEASURES if measure.score in each.scores)
    at = _at(row)
    where = f" ({at})" if at else ""
    ceiling = row["ceiling"]
    interval = "over classes, by the jackknife" if kind.jackknife else kind.no_interval
    return [
        ("chance", f"by shuffling the names of the classes; here {row['chance']:.3f}{where}"),
        (
            "ceiling",
            "none is known"
            if math.isnan(ceiling)
            else f"known for each tree; here {ceiling:.3f}{where}",
        ),
        ("interval", interval),
    ]


def _calls(measure: Measure) -> str:
    name = measure.score.name
    calls = []
    if name in SCORES and measure.verb == "compare":
        core = " (by default)" if measure.score.core else f'(scores=["{name}"])'
        calls.append(f"`ht.compare{core}`" if "(s" in core else f"`ht.compare`{core}")
    if measure.verb == "evaluate":
        calls.append("`ht.evaluate`")
    elif name in METHODS:
        calls.append(f'`ht.tree_distance(reference, other, "{name}")`')
    return ", ".join(calls)


def _sources(sources: Iterable[str]) -> str:
    """Return citations, their DOIs and arXiv numbers as links."""
    text = "; ".join(source for source in sources if source) or "common knowledge"
    text = re.sub(r"doi:(10\.[^\s;,]+)", r"[doi:\1](https://doi.org/\1)", text)
    return re.sub(r"arXiv:(\d[\d.]+\d)", r"[arXiv:\1](https://arxiv.org/abs/\1)", text)


def _file(kind: str, name: str) -> str:
    return f"{kind}-{re.sub('[^a-z]+', '-', name)}.svg"


def _number(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{value:.3f}".replace("-0.000", "0.000")


def _end(value: float) -> str:
    return "any number" if math.isinf(value) else f"{value:g}"


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _letters(measure: Measure) -> str:
    """Say what the letters of the formula mean."""
    told = [_upper(measure.notes["where"])] if "where" in measure.notes else []
    if "p_" in measure.notes["formula"]:
        told.append("$y_n$ is the label of sample $n$ of $N$, $p_n$ its prediction.")
    if "t(y" in measure.notes["formula"]:
        told.append("$t$ is the path distance of two classes in the tree.")
    return " ".join(told)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    cells = ([cell.replace("|", r"\|") for cell in row] for row in lines)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
