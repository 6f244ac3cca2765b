"""Class trees from the files of taxonomies, several of which make an input."""

from __future__ import annotations

from pathlib import Path

import hiertools as ht
from fuzz.again import tree_again
from fuzz.bundles import archive, parts, unfold
from fuzz.target import Target

_BIG = ("99999999", "²", "-1", "0x1", "1e5")


def _wordnet(data: bytes, folder: Path) -> None:
    given = parts(data)
    wanted = given.pop("", b"dog").decode("utf-8", "replace")
    place = unfold(given, folder / "wordnet")
    tree_again(ht.taxonomies.from_wordnet(wanted.split("\t"), folder=place), folder)


def _wordnet_zip(data: bytes, folder: Path) -> None:
    """Read a .zip: one that is made of the parts, or the input itself."""
    given = parts(data)
    path = folder / "wordnet.zip"
    path.write_bytes(archive(given, "wordnet/") if "index.noun" in given else data)
    tree_again(ht.taxonomies.from_wordnet(["dog", "cat"], folder=path), folder)


def _ncbi(data: bytes, folder: Path) -> None:
    given = parts(data)
    ranks = given.pop("", b"").decode("utf-8", "replace")
    place = unfold(given, folder / "ncbi")
    wanted = place / "classes.txt"
    classes = wanted if wanted.exists() else ["9685", "Lynx lynx"]
    tree_again(ht.taxonomies.from_ncbi(place, classes=classes, ranks=ranks or None), folder)


def _nabirds(data: bytes, folder: Path) -> None:
    given = parts(data)
    names = ("folders", "ids", "names")[given.pop("", b"0")[0] % 3]
    place = unfold(given, folder / "nabirds")
    tree_again(ht.taxonomies.from_nabirds(place, names=names), folder)  # type: ignore[arg-type]


def _inaturalist(data: bytes, folder: Path) -> None:
    names = ("name", "common_name", "image_dir_name", "id")[data[0] % 4 if data else 0]
    path = folder / "categories.json"
    path.write_bytes(data[1:])
    tree_again(ht.taxonomies.from_inaturalist(path, names=names), folder)  # type: ignore[arg-type]


_NOUNS = ("\n%% data.noun\n", "\n%% index.noun\n", " n ", " 1 ", "@ ", "00001740", "\n", "  ",
          "dog", "cat", "dog.n.01", "n00001740", "\t", *_BIG)  # fmt: skip
_DUMPS = ("\n%% nodes.dmp\n", "\n%% names.dmp\n", "\n%% merged.dmp\n", "\n%% classes.txt\n",
          "\t|\t", "\t|\n", "scientific name", "synonym", "species", "no rank", "1", "9685",
          *_BIG)  # fmt: skip
_FIELDS = ('"categories":', '"name":', '"id":', '"kingdom":', '"supercategory":', '"genus":', "[",
           "]", "{", "}", "null", '"a"', "1", "\\ud800")  # fmt: skip

TARGETS = (
    Target("wordnet", "WordNet's files", _wordnet, ("taxonomy wordnet", "from_wordnet"), _NOUNS),
    Target("wordnet-zip", "WordNet packed, as nltk keeps it", _wordnet_zip, (), _NOUNS),
    Target("ncbi", "NCBI's taxdump, and lists of classes", _ncbi, ("taxonomy ncbi", "from_ncbi"),
           _DUMPS),
    Target("nabirds", "NABirds' hierarchy", _nabirds, ("taxonomy nabirds", "from_nabirds"),
           ("\n%% hierarchy.txt\n", "\n%% classes.txt\n", "1 0\n", "\n", " ", *_BIG)),
    Target("inaturalist", "categories of iNaturalist", _inaturalist,
           ("taxonomy inaturalist", "from_inaturalist"), _FIELDS),
)  # fmt: skip
