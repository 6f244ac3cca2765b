"""Trees of species and groups from the NCBI taxonomy's dump files on the user's disk."""

from __future__ import annotations

import operator
import os
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hiertools._core import checks
from hiertools._core.doors import door
from hiertools._core.files import named_path
from hiertools.errors import FileFormatError, TreeError
from hiertools.trees.formats.node_paths import nodes_of_paths
from hiertools.trees.formats.placeholders import Nothing, tell_placeholders
from hiertools.trees.taxonomies.wanted import Wanted, wanted
from hiertools.trees.tree import ClassTree

__all__ = ["from_ncbi"]

# fmt: off
RANKS = (
    "acellular root", "cellular root", "domain", "superkingdom", "realm", "subrealm",
    "kingdom", "subkingdom", "superphylum", "phylum", "subphylum", "infraphylum",
    "superclass", "class", "subclass", "infraclass", "cohort", "subcohort",
    "superorder", "order", "suborder", "infraorder", "parvorder",
    "superfamily", "family", "subfamily", "tribe", "subtribe",
    "genus", "subgenus", "section", "subsection", "series",
    "species group", "species subgroup", "species", "forma specialis", "subspecies",
    "varietas", "subvariety", "forma", "serogroup", "serotype", "pathogroup", "biotype",
    "genotype", "morph", "strain", "isolate",
)
# fmt: on
"""Ranks of the NCBI taxonomy, coarsest first; "no rank" and "clade" are none."""

_ID = re.compile("[0-9]{1,18}")
"""NCBI's ids have seven digits; those of dumps that others make (of GTDB, say) have ten."""

_MOST_RANKS = 10_000
"""NCBI has 50 ranks."""

_SEPARATOR, _END = "\t|\t", "\t|\n"


@dataclass(frozen=True)
class _Nodes:
    """Parent and rank (an index into `rank_names`) of every id; `taxon` rises."""

    taxon: array[int]
    parent: array[int]
    rank: array[int]
    rank_names: list[str]

    @classmethod
    def of_lines(
        cls, taxon: array[int], parent: array[int], rank: array[int], rank_names: list[str]
    ) -> _Nodes:
        """Return what lines in any order say; of an id that comes twice, the last one counts."""
        rising = all(map(operator.lt, taxon, taxon[1:]))  # as NCBI's lines are
        if not rising:
            last = {one: line for line, one in enumerate(taxon)}
            lines = [last[one] for one in sorted(last)]
            taxon, parent, rank = (
                array(column.typecode, [column[line] for line in lines])
                for column in (taxon, parent, rank)
            )
        return cls(taxon, parent, rank, rank_names)

    def has(self, taxon: int) -> bool:
        place = bisect_left(self.taxon, taxon)
        return place < len(self.taxon) and self.taxon[place] == taxon

    def parent_of(self, taxon: int) -> int:
        return self.parent[bisect_left(self.taxon, taxon)]

    def rank_of(self, taxon: int) -> str:
        return self.rank_names[self.rank[bisect_left(self.taxon, taxon)]]


@door(own_check=("classes",))
def from_ncbi(
    folder: str | os.PathLike[str],
    /,
    *,
    classes: Wanted,
    ranks: Sequence[str] | str | None = None,
) -> ClassTree:
    r"""Build the tree of some taxa by the NCBI taxonomy.

    Parameters
    ----------
    folder
        Folder with ``nodes.dmp`` and ``names.dmp`` (and ``merged.dmp``, which says what became of
        old ids), from the archive ``taxdump.tar.gz``.
    classes
        The classes: a list; a mapping of class name to what to look up; the path of a file with one
        class a line (and what to look up behind a tab, if that differs); or names separated by
        commas. Looked up are taxonomy ids ("9685") and scientific names ("Felis catus"); where no
        scientific name fits, synonyms and common names.
    ranks
        Keep only groups of these ranks (a list, or names separated by commas), besides the classes.
        By default every group stays, those without a rank too, but none whose name says that
        nothing is known ("unclassified Felidae", "environmental samples"); a warning tells of them.

    Returns
    -------
    ClassTree
        With ranks, so that ``level="family"`` works; classes in the order given. Nodes are labelled
        by scientific names; the root, which stands for all life, is unnamed.

    Raises
    ------
    FileFormatError
        Dump files that are missing or damaged.
    ClassMismatchError
        A class that the taxonomy lacks.
    TreeError
        A name of several taxa, or two classes that are one taxon.
    OptionError
        A rank that the NCBI taxonomy does not have.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> nodes = [(1, 1, "no rank"), (9681, 1, "family"), (9685, 9681, "species"),
    ...          (13125, 9681, "species")]
    >>> names = [(1, "root"), (9681, "Felidae"), (9685, "Felis catus"), (13125, "Lynx lynx")]
    >>> _ = (folder / "nodes.dmp").write_text(
    ...     "".join(f"{taxon}\t|\t{up}\t|\t{rank}\t|\n" for taxon, up, rank in nodes))
    >>> _ = (folder / "names.dmp").write_text("".join(
    ...     f"{taxon}\t|\t{name}\t|\t\t|\tscientific name\t|\n" for taxon, name in names))
    >>> tree = from_ncbi(folder, classes=["Lynx lynx", "9685"])
    >>> tree.labels, tree.rank_order
    (('', 'Felidae', 'Lynx lynx', 'Felis catus'), ('family', 'species'))
    """
    targets = wanted(classes, "classes")
    kept = _ranks(ranks)
    folder = named_path(folder, "the path of the folder")
    nodes = _read_nodes(folder / "nodes.dmp")
    taxon_of = _look_up(folder, nodes, targets)
    _refuse_twins(taxon_of)
    paths = {}
    for name, taxon in taxon_of.items():
        above = _path(nodes, taxon)
        paths[name] = tuple(
            one for one in above if kept is None or one == taxon or nodes.rank_of(one) in kept
        )
    label_of = _labels(folder / "names.dmp", {taxon for path in paths.values() for taxon in path})
    nothing, found = Nothing(None), []
    for name, path in paths.items():  # "unclassified Felidae", "environmental samples"
        none = {taxon for taxon in path[:-1] if nothing(label_of[taxon])}
        found += [label_of[taxon] for taxon in path if taxon in none]
        paths[name] = tuple(taxon for taxon in path if taxon not in none)
    tell_placeholders(found, "the NCBI taxonomy", advice="")
    parent, taxa, ends = nodes_of_paths(list(paths.values()))
    rank = ["", *(nodes.rank_of(one) for one in taxa[1:])]
    rank = [one if one in RANKS else "" for one in rank]
    return ClassTree(
        parent,
        list(paths),
        ends,
        labels=["", *(label_of[one] for one in taxa[1:])],
        ranks=rank,
        rank_order=[one for one in RANKS if one in set(rank)],
    )


def _ranks(ranks: Sequence[str] | str | None) -> set[str] | None:
    if ranks is None:
        return None
    listed = ranks.split(",") if isinstance(ranks, str) else list(ranks)
    return set(checks.options(listed, RANKS, "ranks"))


def _rows(file: Path, n_fields: int) -> Iterator[list[str]]:
    """Fields of each line of a dump file, of which there are at least `n_fields`."""
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                fields = line.removesuffix(_END).split(_SEPARATOR, n_fields)
                if len(fields) < n_fields:
                    raise FileFormatError(
                        f"{file.name}: line {number} is no line of an NCBI dump: {line[:60]!r}."
                    )
                yield fields
    except OSError:
        raise FileFormatError(
            f"there is no {file.name} in {str(file.parent)!r}; give the folder of NCBI's "
            "taxdump.tar.gz, unpacked."
        ) from None
    except UnicodeDecodeError:
        raise FileFormatError(f"{file.name} is not UTF-8 text; is it unpacked?") from None


def _number(text: str, file: str) -> int:
    if not _ID.fullmatch(text):
        raise FileFormatError(f"{file}: {text[:30]!r} is no taxonomy id; ids are whole numbers.")
    return int(text)


def _read_nodes(file: Path) -> _Nodes:
    taxon, parent, rank = array("q"), array("q"), array("h")
    rank_names: dict[str, int] = {}
    for fields in _rows(file, 3):
        taxon.append(_number(fields[0], file.name))
        parent.append(_number(fields[1], file.name))
        number = rank_names.setdefault(fields[2], len(rank_names))
        if number == _MOST_RANKS:
            raise FileFormatError(
                f"{file.name} has more than {_MOST_RANKS:,} different ranks, so its third column "
                "holds none; give nodes.dmp as NCBI's taxdump.tar.gz has it."
            )
        rank.append(number)
    if not taxon:
        raise FileFormatError(f"{file.name} is empty.")
    return _Nodes.of_lines(taxon, parent, rank, list(rank_names))


def _look_up(folder: Path, nodes: _Nodes, targets: Mapping[str, str]) -> dict[str, int]:
    """Taxonomy id of each class."""
    texts = {text for text in targets.values() if not _ID.fullmatch(text)}
    scientific: dict[str, set[int]] = {}
    other: dict[str, set[int]] = {}
    if texts:
        names = folder / "names.dmp"
        for fields in _rows(names, 4):
            if fields[1] in texts:
                table = scientific if fields[3] == "scientific name" else other
                table.setdefault(fields[1], set()).add(_number(fields[0], names.name))
    merged = _merged(folder) if len(texts) < len(targets) else {}
    found: dict[str, int] = {}
    for name, text in targets.items():
        taxa = scientific.get(text) or other.get(text) or set()
        if _ID.fullmatch(text):
            taxon = int(text)
            taxa = {merged.get(taxon, taxon)}
        if len(taxa) > 1:
            raise TreeError(
                f"{text!r} is the name of {len(taxa)} taxa: {checks.name_list(sorted(taxa))}; "
                "look one of these ids up instead."
            )
        if taxa and nodes.has(next(iter(taxa))):
            found[name] = next(iter(taxa))
    missing = [name for name in targets if name not in found]
    if missing:
        raise checks.missing_classes(
            missing,
            len(targets),
            f"the NCBI taxonomy in {str(folder)!r}",
            (),
            "Give scientific names or taxonomy ids, or a mapping of class to one of these.",
        )
    return found


def _merged(folder: Path) -> dict[int, int]:
    """What became of old ids, where the dump says so."""
    file = folder / "merged.dmp"
    if not file.is_file():
        return {}
    return {
        _number(fields[0], file.name): _number(fields[1], file.name) for fields in _rows(file, 2)
    }


def _refuse_twins(taxon_of: Mapping[str, int]) -> None:
    first: dict[int, str] = {}
    for name, taxon in taxon_of.items():
        if taxon in first:
            raise TreeError(
                f"classes {first[taxon]!r} and {name!r} are one taxon, {taxon}; leave one out."
            )
        first[taxon] = name


def _path(nodes: _Nodes, taxon: int) -> tuple[int, ...]:
    """Return the ids from below the root down to `taxon`; the root is its own parent."""
    path = [taxon]
    seen = {taxon}
    while (above := nodes.parent_of(path[-1])) != path[-1]:
        if not nodes.has(above) or above in seen:
            what = "is missing" if above not in seen else "lies below itself"
            raise FileFormatError(f"nodes.dmp: taxon {above}, above {taxon}, {what}.")
        path.append(above)
        seen.add(above)
    return tuple(reversed(path[:-1]))


def _labels(file: Path, taxa: set[int]) -> dict[int, str]:
    label_of = {}
    for fields in _rows(file, 4):
        if fields[3] == "scientific name":
            taxon = _number(fields[0], file.name)
            if taxon in taxa:
                label_of[taxon] = fields[1]
    missing = taxa - set(label_of)
    if missing:
        raise FileFormatError(
            f"{file.name} has no scientific name for {len(missing)} taxa: "
            f"{checks.name_list(sorted(missing))}."
        )
    return label_of
