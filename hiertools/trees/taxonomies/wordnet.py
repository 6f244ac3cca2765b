"""Trees of nouns from WordNet's files on the user's disk."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Literal

from hiertools._core import checks
from hiertools._core.alerts import warn
from hiertools._core.doors import door
from hiertools.errors import TreeError
from hiertools.trees.formats.links import Links
from hiertools.trees.formats.node_paths import nodes_of_paths
from hiertools.trees.formats.several_parents import graph_of_links
from hiertools.trees.graph import ClassGraph
from hiertools.trees.graph_views import in_graph_order
from hiertools.trees.taxonomies.wanted import Wanted, wanted
from hiertools.trees.taxonomies.wordnet_files import Synset, WordNet, open_wordnet
from hiertools.trees.tree import ClassTree

__all__ = ["from_wordnet", "wordnet_graph"]


@door(own_check=("classes",))
def from_wordnet(
    classes: Wanted,
    /,
    *,
    folder: str | os.PathLike[str] | None = None,
    hypernyms: Literal["first", "shortest", "longest", "error"] = "first",
    senses: Literal["first", "error"] = "first",
) -> ClassTree:
    """Build the tree of some nouns by WordNet's hypernyms ("is a kind of").

    WordNet is a graph: some nouns have several hypernyms. `hypernyms` says which one becomes the
    parent. The root is "entity" where all nouns lead there (as they do since WordNet 2.1); it stays
    unnamed, as in trees from lineages. A class that stands above another one sits at an inner node.

    Parameters
    ----------
    classes
        The classes: a list; a mapping of class name to what to look up; the path of a file with one
        class a line (and what to look up behind a tab, if that differs); or names separated by
        commas. Looked up are synset ids (``n02084071``), names of senses (``dog.n.01``) and words
        (``dog``, ``palm tree``).
    folder
        Where ``data.noun`` and ``index.noun`` lie, or the ``.zip`` that nltk keeps them in. By
        default WordNet's own variables (``WNSEARCHDIR``, ``WNHOME``), nltk's folders, and
        ``/usr/share/wordnet`` (Debian's wordnet-base) are looked through.
    hypernyms : {"first", "shortest", "longest", "error"}
        The parent of a noun with several hypernyms: the first that WordNet names; the one that
        makes the path to the root shortest or longest (of equals the first); or refuse such nouns.
    senses : {"first", "error"}
        A word with several meanings: take the first, which is the most frequent, with a warning, or
        refuse it.

    Returns
    -------
    ClassTree
        Classes in the order given. A node is labelled by the first word of its synset, and by its
        synset id too where a sibling has the same word.

    Raises
    ------
    FileFormatError
        WordNet's files are not found, or damaged.
    ClassMismatchError
        A class that this WordNet lacks, with the closest words.
    TreeError
        Two classes that are one synset; several hypernyms or senses where those are refused.

    Warns
    -----
    HiertoolsWarning
        Words with several meanings, with what was taken.

    Examples
    --------
    Where WordNet is installed::

        from_wordnet("lynx.n.02,wolf.n.01")
        from_wordnet({"crane": "crane.n.05", "bat": "n02139199"}, hypernyms="shortest")
    """
    checks.option(hypernyms, ("first", "shortest", "longest", "error"), "hypernyms")
    wordnet, synset_of, synsets = _found(classes, folder, senses)
    parent_of = _parents(synsets, _RULES[hypernyms], wordnet.place)
    paths = {name: _path(one, parent_of) for name, one in synset_of.items()}
    if hypernyms == "error":
        _refuse_several(paths, synsets)
    tops = {path[0] for path in paths.values()}
    if len(tops) == 1:  # "entity" is the root itself
        paths = {name: path[1:] for name, path in paths.items()}
    parent, ids, ends = nodes_of_paths(list(paths.values()))
    labels = _labels(parent, ids, synsets)
    return ClassTree(parent, list(paths), ends, labels=labels)


@door(own_check=("classes",))
def wordnet_graph(
    classes: Wanted,
    /,
    *,
    folder: str | os.PathLike[str] | None = None,
    senses: Literal["first", "error"] = "first",
) -> ClassGraph:
    """Build the graph of some nouns by all of WordNet's hypernyms.

    As `from_wordnet`, but nothing is cut: a noun with several hypernyms lies below all of them.

    Parameters
    ----------
    classes, folder, senses
        As for `from_wordnet`.

    Returns
    -------
    ClassGraph
        Classes in the order given. A node is labelled by the first word of its synset, and by its
        synset id too where another node has the same word.

    Raises
    ------
    FileFormatError, ClassMismatchError, TreeError
        As for `from_wordnet`.

    Warns
    -----
    HiertoolsWarning
        Words with several meanings, with what was taken.

    Examples
    --------
    Where WordNet is installed::

        hiertools.evaluate(predictions, wordnet_graph({"dog": "dog.n.01", "bat": "n02139199"}))
    """
    wordnet, synset_of, synsets = _found(classes, folder, senses)
    edges = [
        (above, one) for one, synset in synsets.items() for above in dict.fromkeys(synset.hypernyms)
    ]
    tops = [one for one, synset in synsets.items() if not synset.hypernyms]
    edges += [("", top) for top in tops if len(tops) > 1]  # WordNet had several before 2.1
    count = Counter(synset.words[0] for synset in synsets.values())
    labels: dict[Hashable, object] = {
        one: f"{synset.words[0]} ({one})" if count[synset.words[0]] > 1 else synset.words[0]
        for one, synset in synsets.items()
    }
    links = Links(
        f"the WordNet in {wordnet.place}",
        [above for above, _ in edges],
        [one for _, one in edges],
        label=labels,
        classes={one: name for name, one in synset_of.items()},
        alone=tops[0] if tops else None,
    )
    graph = ClassGraph._built(graph_of_links(links, None))
    return in_graph_order(graph, list(synset_of))


def _found(
    classes: Wanted, folder: str | os.PathLike[str] | None, senses: str
) -> tuple[WordNet, dict[str, str], dict[str, Synset]]:
    """Return WordNet, the synset of each class, and all synsets at these or above them."""
    checks.option(senses, ("first", "error"), "senses")
    targets = wanted(classes, "classes")
    wordnet = open_wordnet(folder)
    synset_of = _look_up(wordnet, targets, senses)
    _refuse_twins(synset_of)
    return wordnet, synset_of, _with_all_above(wordnet, synset_of.values())


def _look_up(wordnet: WordNet, targets: Mapping[str, str], senses: str) -> dict[str, str]:
    """Synset id of each class."""
    found = {name: wordnet.meanings(target) for name, target in targets.items()}
    missing = [name for name, meanings in found.items() if not meanings]
    if missing:
        near = [wordnet.closest(targets[name]) for name in missing[: checks.MOST_NAMED]]
        raise checks.missing_classes(
            missing,
            len(targets),
            f"the WordNet in {wordnet.place}",
            [one for one in near if one],
            "Say what to look up with a mapping, such as {'class': 'word.n.01'}.",
        )
    several = [name for name, meanings in found.items() if len(meanings) > 1]
    if several:
        shown = ", ".join(
            f"{name!r} ({len(found[name])} meanings)" for name in several[: checks.MOST_NAMED]
        )
        more = len(several) - checks.MOST_NAMED
        text = (
            f"{len(several)} of {len(found)} classes have several meanings in WordNet: {shown}"
            + (f" ({more} more)" if more > 0 else "")
        )
        if senses == "error":
            raise TreeError(
                f"{text}; name a sense ('{targets[several[0]].replace(' ', '_')}.n.01') or a "
                "synset id."
            )
        warn(
            f"{text}; the most frequent was taken. Name a sense "
            f"('{targets[several[0]].replace(' ', '_')}.n.02') or a synset id for another one."
        )
    return {name: meanings[0] for name, meanings in found.items()}


def _refuse_twins(synset_of: Mapping[str, str]) -> None:
    first: dict[str, str] = {}
    for name, one in synset_of.items():
        if one in first:
            raise TreeError(
                f"classes {first[one]!r} and {name!r} are one synset of WordNet, {one}; name "
                "another sense for one of them, or leave it out."
            )
        first[one] = name


def _with_all_above(wordnet: WordNet, ids: Iterable[str]) -> dict[str, Synset]:
    """Return the synsets and everything above them, by any hypernym."""
    synsets: dict[str, Synset] = {}
    stack = list(ids)
    while stack:
        one = stack.pop()
        if one not in synsets:
            synsets[one] = wordnet.synset(one)
            stack.extend(synsets[one].hypernyms)
    return synsets


_Rule = Callable[[tuple[str, ...], Mapping[str, int]], str]

_RULES: dict[str, _Rule] = {
    "first": lambda above, _depth: above[0],
    "shortest": lambda above, depth: min(above, key=depth.__getitem__),
    "longest": lambda above, depth: max(above, key=depth.__getitem__),
    "error": lambda above, _depth: above[0],
}


def _parents(synsets: Mapping[str, Synset], rule: _Rule, place: str) -> dict[str, str]:
    """Parent of each synset by the rule; tops have none.

    A synset is settled once everything above it is, as its depth depends on theirs.
    """
    below: dict[str, list[str]] = {one: [] for one in synsets}
    waits = {}
    for one, synset in synsets.items():
        waits[one] = len(set(synset.hypernyms))
        for above in set(synset.hypernyms):
            below[above].append(one)
    ready = [one for one, n in waits.items() if n == 0]
    parent_of: dict[str, str] = {}
    depth: dict[str, int] = {}
    while ready:
        one = ready.pop()
        if synsets[one].hypernyms:
            parent_of[one] = rule(synsets[one].hypernyms, depth)
        depth[one] = depth[parent_of[one]] + 1 if one in parent_of else 0
        for child in below[one]:
            waits[child] -= 1
            if waits[child] == 0:
                ready.append(child)
    stuck = [one for one in synsets if one not in depth]
    if stuck:
        raise TreeError(
            f"the WordNet in {place} has a cycle of hypernyms among {checks.name_list(stuck)}."
        )
    return parent_of


def _path(one: str, parent_of: Mapping[str, str]) -> tuple[str, ...]:
    path = [one]
    while path[-1] in parent_of:
        path.append(parent_of[path[-1]])
    return tuple(reversed(path))


def _refuse_several(paths: Mapping[str, tuple[str, ...]], synsets: Mapping[str, Synset]) -> None:
    forked = {
        name: next((one for one in path if len(synsets[one].hypernyms) > 1), None)
        for name, path in paths.items()
    }
    bad = [name for name, one in forked.items() if one]
    if bad:
        fork = synsets[forked[bad[0]] or ""]
        kinds = " and ".join(repr(synsets[up].words[0]) for up in fork.hypernyms[:2])
        raise TreeError(
            f"{len(bad)} of {len(paths)} classes lie below several parents in WordNet: "
            f"{checks.name_list(bad)}; {fork.words[0]!r}, for one, is a kind of {kinds}. Choose "
            "hypernyms='first', 'shortest' or 'longest'."
        )


def _labels(parent: list[int], ids: list[str], synsets: Mapping[str, Synset]) -> list[str]:
    """First word of each synset; siblings with one word get their ids too."""
    words = ["", *(synsets[one].words[0] for one in ids[1:])]
    count = Counter(zip(parent, words, strict=True))
    return [
        f"{word} ({one})" if count[up, word] > 1 else word
        for up, word, one in zip(parent, words, ids, strict=True)
    ]
