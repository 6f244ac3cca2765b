"""Reports of comparisons: one HTML file that tells what was found, and how to read it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hiertools._core.files import write_text
from hiertools.plots import style
from hiertools.reporting.classes import NAMES as CLASS_NAMES
from hiertools.reporting.classes import best_and_worst, class_texts
from hiertools.reporting.explored import Data, comparison_data
from hiertools.reporting.how_good import HEADINGS as BOUND_NAMES
from hiertools.reporting.how_good import bound_texts, known_bounds, split_texts
from hiertools.reporting.html import scores_html, table_html
from hiertools.reporting.page import EXPLORE, Section, facts_html, page
from hiertools.reporting.protocols import ComparisonResult, ComparisonSetResult
from hiertools.reporting.sets import difference_sentences, set_html
from hiertools.reporting.subjects import MODELS, TREES, Subjects
from hiertools.reporting.verdict import set_verdict, verdict


def write_comparison(result: ComparisonResult, path: str | os.PathLike[str]) -> None:
    """Write the report of a comparison: verdict, scores, best and worst classes, plots."""
    text = comparison_page(result)
    write_text(path, text)


def write_comparison_set(result: ComparisonSetResult, path: str | os.PathLike[str]) -> None:
    """Write the report of several models: their table, the tests, then each model's trees."""
    text = set_page(result)
    write_text(path, text)


def write_tree_comparison_set(result: ComparisonSetResult, path: str | os.PathLike[str]) -> None:
    """Write the report of several trees, which stand in the place of models in `result`."""
    write_text(path, set_page(result, TREES))


def comparison_page(result: ComparisonResult) -> str:
    """Return the report of a comparison as HTML."""
    best, worst = best_and_worst(result.per_class, 10)
    tables = (
        f'<div class="pair">{table_html(class_texts(best), CLASS_NAMES, "Best-fitting")}'
        f"{table_html(class_texts(worst), CLASS_NAMES, 'Worst-fitting')}</div>"
    )
    explored = _explored({result.name: result})
    sections = [
        Section("Scores", html=scores_html(result.scores, notes=result.notes, style=False)),
        *([EXPLORE] if explored else []),
        *_branches(result),
        Section(
            "Classes that fit best and worst",
            "The fit of a class is the rank correlation of its distances to all other classes in "
            "the model with those in the tree. Beside it, its nearest class in the model and how "
            "far away that is in the tree.",
            tables,
        ),
        *_pictures(result),
        Section("Settings and versions", html=_settings(result), folded=True),
    ]
    named = f" ({result.name})" if result.name else ""
    title = f"Model{named} against tree: {result.n_classes:,} classes"
    opening = verdict(result.scores, n_classes=result.n_classes, notes=result.notes)
    return page(title, opening, sections, _footer(result.versions), explored)


def _explored(results: Mapping[str, ComparisonResult]) -> Data | None:
    """Return what scripts explore, None where a result has no tree of its own to show."""
    return comparison_data(results) if all(r.has_inferred for r in results.values()) else None


def _branches(result: ComparisonResult) -> list[Section]:
    """Return the section of the blame tree, if the tree has branches to recover."""
    if not result.per_node["best_jaccard"].notna().any():
        return []
    drawn = (
        style.figure_of(result.plot.blame()),
        "The predefined tree. Blue branches are found again in the model, orange ones are mixed "
        "with others or torn apart; the number is their overlap with the most similar branch of "
        "the inferred tree.",
    )
    return [Section("Branch by branch", figures=[drawn])]


def _trees(result: ComparisonResult, title: str = "The two trees") -> Section:
    """Return the section that draws both trees."""
    trees = [
        (
            result.plot.tanglegram(),
            "Left the predefined tree, right the one inferred from the model. Each line is a "
            "class; colours are groups of the predefined tree. Few crossings and unbroken colours "
            "to the right mean that the model keeps the groups together.",
        )
    ]
    return Section(title, figures=trees, shown="still")


def _pictures(result: ComparisonResult) -> list[Section]:
    """Return the sections that hold figures; those that cannot be drawn are left out."""
    plot = result.plot
    sections = [_trees(result)] if result.has_inferred else []
    if result.distances is not None:
        near_and_far = [
            (
                style.figure_of(plot.distances()),
                "Boxes hold the middle half of the class pairs at each tree distance, lines the "
                "middle 90 %; below, the number of pairs.",
            ),
            (
                style.figure_of(plot.heatmap()),
                "Classes in the order of the tree; frames are groups of the tree. Dark blocks "
                "within frames are groups that the model keeps together.",
            ),
        ]
        sections.append(Section("Distances", figures=near_and_far))
    leveled = result.scores["level"].notna() & result.scores["value"].notna()
    if leveled.any():
        lines = [(style.figure_of(plot.levels()), "Retrieval among the representatives, by level.")]
        sections.append(Section("Level by level", figures=lines))
    if (result.scores["score"] == "fowlkes_mallows").any():
        caption = (
            "Both trees cut into k clusters, for every k that both allow: 1 is the same clusters, "
            "the band holds 95 % of what shuffled class names give."
        )
        curve = [(style.figure_of(plot.fowlkes_mallows()), caption)]
        sections.append(Section("Cluster by cluster", figures=curve))
    return sections


def set_page(result: ComparisonSetResult, words: Subjects = MODELS) -> str:
    """Return the report of several models, or trees in their place, as HTML."""
    told = difference_sentences(result.differences, tests=False, words=words)
    leading = set_verdict(result.scores, result.differences, result.notes, words)
    models = {name: result[name] for name in result.models}
    # What is explored is one tree.
    explored = _explored(models) if words.are_models else None
    sections = [
        Section("Scores", html=set_html(result, style=False, words=words)),
        *(_how_good(result) if words.are_models else []),
        *([EXPLORE] if explored else []),
        *(_trees(model, f"{name}: the two trees") for name, model in models.items()
          if model.has_inferred),
    ]  # fmt: skip
    first = result[result.models[0]]
    sections.append(Section("Settings and versions", html=_settings(first), folded=True))
    names, of = ", ".join(result.models), f"{first.n_classes:,} classes"
    title = (
        f"{names} against the tree: {of}"
        if words.are_models
        else f"{f'Model {first.name}' if first.name else 'The model'} against {names}: {of}"
    )
    return page(title, " ".join([leading, *told[:1]]), sections, _footer(first.versions), explored)


def _how_good(result: ComparisonSetResult) -> list[Section]:
    """Return the sections of a report on bounds and variance, if there are several runs."""
    bounds = known_bounds(result)
    if bounds is None:
        return []
    split = result.variance_split()
    split = split[split["sd"].notna()]
    sections = [
        Section(
            "How good can it get?",
            "Distances of each run are held against the tree (mean), against the mean of the other "
            "runs, and against the mean of all: no tree can be followed more closely than runs of "
            "one model follow each other. A mean well below that of the other runs leaves "
            "something that all runs share and the tree does not tell.",
            table_html(bound_texts(bounds), BOUND_NAMES, "Bounds of correlations"),
        )
    ]
    if len(split):
        sections.append(
            Section(
                "Where the score of one run varies",
                "Shares of the variance: where a score of one run would come out otherwise, in "
                "other runs, on other classes of the same groups, or in what both do together.",
                table_html(split_texts(split), BOUND_NAMES),
                folded=True,
            )
        )
    return sections


def _settings(result: ComparisonResult) -> str:
    told = dict(result.settings)
    if told.get("strata"):  # one a class: how they were made stands among the notes
        told["strata"] = f"{len(set(told['strata']))}, see the notes"
    return facts_html({**told, **result.versions})


def _footer(versions: Mapping[str, str]) -> str:
    return (
        f"Made with hiertools {versions.get('hiertools', '')}. Measures: Kim, Parviainen, Berge "
        "and Malde 2023, arXiv:2301.11065. Chance levels come from shuffled class names."
    )
