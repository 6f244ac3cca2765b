"""Trees from NCBI, NABirds and iNaturalist files and rank tables, and how a scheme finds them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools._core.shipped import shipped
from hiertools.taxonomies import (
    TAXONOMIES,
    from_inaturalist,
    from_nabirds,
    from_ncbi,
    resolve_taxonomy,
)
from hiertools.trees.taxonomies.shipped import SHIPPED


def lineages(tree: ht.ClassTree) -> dict[str, str]:
    return {name: "/".join(path) for name, path in tree.to_lineages(lossy=True).items()}


# ---- schemes


def test_options_of_files_follow_their_path(tmp_path):
    path = tmp_path / "two.nwk"
    path.write_text("((a:1,b),c:2);\n((a:-1,c:1):1,b:1);\n", encoding="utf-8")
    source = f"file:{path}"
    assert ht.as_tree(f"{source}?tree=0&missing_length=0.5").length.tolist() == [0, 0.5, 1, 0.5, 2]
    assert not ht.as_tree(f"{source}?tree=0&lengths=false").has_lengths
    assert ht.as_tree(f"{source}?tree=-1&negative=zero").classes == ("a", "c", "b")
    table = tmp_path / "t.csv"
    table.write_text("class,lineage\nx,NA/x\ny,NA/y\n", encoding="utf-8")
    assert ht.as_tree(f"file:{table}?missing=[]").n_levels == 2
    ranked = ht.as_tree(f"file:{table}?missing=[]&ranks=genus,species")
    assert ranked.rank_order == ("genus", "species")
    for wrong, message in (
        ("tree=x", "'tree' of 'file:' must be a whole number; got 'x'"),
        ("lengths=maybe", "must be true or false; got 'maybe'"),
        ("colour=red", "no option 'colour'; valid ones: 'format'"),
        ("separator=/", "no argument 'separator' for the format 'newick'"),
    ):
        with pytest.raises(ht.OptionError, match=message):
            ht.as_tree(f"{source}?{wrong}")


def test_as_tree_takes_schemes(tmp_path):
    write_nabirds(tmp_path)
    assert ht.as_tree(f"nabirds:{tmp_path}") == from_nabirds(tmp_path)
    assert resolve_taxonomy(f"nabirds:{tmp_path}?names=ids").classes == ("2", "12", "13")
    assert resolve_taxonomy(f"nabirds:{tmp_path}?names=ids", names="names") == from_nabirds(
        tmp_path, names="names"
    )


def test_rank_tables_by_scheme(tmp_path):
    table = tmp_path / "species.csv"
    table.write_text(
        "family,genus,species,code\nFelidae,Lynx,Lynx lynx,a\nFelidae,,Puma concolor,b\n"
        "Lynx,Lynx,Lynx,c\n"
    )
    tree = resolve_taxonomy(f"ranks:{table}?classes=code&ranks=family,genus,species")
    # A rank that is missing is skipped; a name at several ranks is several nodes.
    assert lineages(tree) == {
        "a": "Felidae/Lynx/Lynx lynx",
        "b": "Felidae/Puma concolor",
        "c": "Lynx/Lynx/Lynx",
    }
    assert tree.rank_order == ("family", "genus", "species")
    assert resolve_taxonomy(f"ranks:{table}", ranks="family,species").n_levels == 2


def test_trees_that_ship_with_the_package():
    assert ht.as_tree("shipped:imagenet") == ht.load_imagenet_tree()
    assert ht.as_tree("shipped:imagenet?names=synsets") == ht.load_imagenet_tree("synsets")
    assert ht.as_tree("shipped:quickdraw") == ht.load_quickdraw_tree()
    assert ht.as_tree("shipped:quickdraw?subset=all") == ht.load_quickdraw_tree("all")
    assert ht.as_tree("shipped:emoji") == ht.load_emoji_tree()
    for name in ("cifar100", "nabirds", "micros", "microl", "mesoz"):
        assert ht.as_tree(f"shipped:{name}") == ht.load_paper_tree(name)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_tables_are_read_as_those_of_users_are(name):
    file = {"imagenet": "imagenet_wordnet.csv", "quickdraw": "quickdraw_tree.csv"}
    file["emoji"] = "emoji_tree.csv"
    read = ht.read_tree(shipped(file.get(name, f"paper_{name}.csv")), missing=[])
    options = "?subset=all" if name == "quickdraw" else ""
    assert ht.sort_classes(ht.as_tree(f"shipped:{name}{options}")) == ht.sort_classes(read)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("shipped:imagnet", "has no option 'imagnet'; valid ones: .* Did you mean 'imagenet'"),
        ("shipped:imagenet?names=ids", "names has no option 'ids'"),
        ("shipped:imagenet?subset=all", "shipped:imagenet has no option 'subset'; it has 'names'"),
        ("shipped:cifar100?names=words", "shipped:cifar100 has no option 'names'; it has none"),
        ("imagenet", "'imagenet' is no file or folder here; .* is 'shipped:imagenet'"),
    ],
)
def test_bad_names_of_shipped_trees(source, message):
    with pytest.raises(ht.HiertoolsError, match=message):
        ht.as_tree(source)


def test_every_source_is_described():
    for scheme, source in TAXONOMIES.items():
        assert source.scheme == scheme
        assert source.example.startswith(f"{scheme}:")
        assert source.describes


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("wordnett:dog", r"'wordnett:dog' names no taxonomy; known .* Did you mean 'wordnet:'"),
        ("tree.csv", r"'tree\.csv' names no taxonomy; known schemes: wordnet:, ncbi:, nabirds:"),
        ("wordnet:", r"says nothing after the colon; .* for instance 'wordnet:lynx,wolf,newt'"),
        ("nabirds:x?name=ids", r"'nabirds' has no option 'name'; valid ones: 'names'"),
        ("nabirds:x?names", r"'names' is no option; write name=value"),
    ],
)
def test_bad_sources(source, message):
    with pytest.raises(ht.OptionError, match=message):
        resolve_taxonomy(source)


# ---- NABirds

HIERARCHY = "1 0\n2 1\n12 1\n10 0\n13 10\n"
NAMES = (
    "0 Birds\n1 Ducks, Geese, and Swans\n2 Brant\n10 Loons\n12 Common Eider (Adult male)\n"
    "13 Loons\n"
)


def write_nabirds(folder, hierarchy=HIERARCHY, names=NAMES):
    (folder / "hierarchy.txt").write_text(hierarchy)
    if names is not None:
        (folder / "classes.txt").write_text(names)


def test_nabirds(tmp_path):
    write_nabirds(tmp_path)
    tree = from_nabirds(tmp_path)
    assert lineages(tree) == {
        "0002": "Birds/Ducks, Geese, and Swans/Brant",
        "0012": "Birds/Ducks, Geese, and Swans/Common Eider (Adult male)",
        "0013": "Birds/Loons/Loons",
    }
    assert from_nabirds(tmp_path / "hierarchy.txt") == tree
    by_name = from_nabirds(tmp_path, names="names")
    assert by_name.classes == ("Brant", "Common Eider (Adult male)", "Loons")
    assert np.array_equal(by_name.parent, tree.parent)


def test_nabirds_without_names(tmp_path):
    write_nabirds(tmp_path, names=None)
    assert lineages(from_nabirds(tmp_path))["0013"] == "0/10/13"
    with pytest.raises(ht.FileFormatError, match=r"no classes\.txt in .* to take names from"):
        from_nabirds(tmp_path, names="names")


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_nabirds_gives_back_the_parents(tmp_path_factory, data):
    n = data.draw(st.integers(1, 20))
    parent = [data.draw(st.integers(0, i - 1)) for i in range(1, n + 1)]
    folder = tmp_path_factory.mktemp("nabirds")
    order = data.draw(st.permutations(range(1, n + 1)))
    write_nabirds(folder, "".join(f"{i} {parent[i - 1]}\n" for i in order), None)
    tree = from_nabirds(folder, names="ids")
    assert tree.classes == tuple(str(i) for i in range(1, n + 1) if i not in parent)
    seen = {
        (label, tree.labels[tree.parent[node]])
        for node, label in enumerate(tree.labels)
        if node and tree.parent[node]
    }
    assert seen == {(str(i), str(parent[i - 1])) for i in range(1, n + 1)}


@pytest.mark.parametrize(
    ("hierarchy", "names", "error", "message"),
    [
        ("1 0\n2 1 x\n", None, ht.FileFormatError, r"hierarchy\.txt: line 2 is '2 1 x'; expected"),
        ("", None, ht.FileFormatError, "is empty"),
        ("1 0\n2 0\n1 2\n", None, ht.TreeError, "id '1' has two parents, '0' and '2'"),
        ("1 2\n2 1\n", None, ht.TreeError, "every id is somebody's parent, so there is a cycle"),
        ("1 2\n2 1\n3 0\n", None, ht.TreeError, "cycle"),
        (HIERARCHY, "0 Birds\n", ht.FileFormatError, r"no name for 5 of 6 ids .*: '1', '10'"),
    ],
)
def test_nabirds_bad_input(tmp_path, hierarchy, names, error, message):
    write_nabirds(tmp_path, hierarchy, names)
    with pytest.raises(error, match=message):
        from_nabirds(tmp_path)


def test_nabirds_without_files_or_with_a_name_twice(tmp_path):
    with pytest.raises(ht.FileFormatError, match=r"there is no file '.*hierarchy\.txt'"):
        from_nabirds(tmp_path)
    write_nabirds(tmp_path, names=NAMES.replace("2 Brant", "2 Loons"))
    with pytest.raises(ht.TreeError, match="occur more than once: 'Loons'"):
        from_nabirds(tmp_path, names="names")
    with pytest.raises(ht.OptionError, match="names has no option 'common'"):
        from_nabirds(tmp_path, names="common")


# ---- iNaturalist

CATEGORIES = [
    {"id": 0, "name": "Lumbricus terrestris", "common_name": "Common Earthworm",
     "image_dir_name": "00000_Animalia_Annelida", "supercategory": "Worms", "kingdom": "Animalia",
     "phylum": "Annelida", "class": "Clitellata", "order": "Haplotaxida",
     "family": "Lumbricidae", "genus": "Lumbricus", "specific_epithet": "terrestris"},
    {"id": 1, "name": "Alces alces", "common_name": "Moose", "image_dir_name": "00001_Animalia",
     "kingdom": "Animalia", "phylum": "Chordata", "class": "Mammalia", "order": "Artiodactyla",
     "family": "", "genus": "Alces", "specific_epithet": "alces"},
]  # fmt: skip


def test_inaturalist(tmp_path):
    path = tmp_path / "train2021.json"
    path.write_text(json.dumps({"info": {}, "images": [], "categories": CATEGORIES}))
    tree = from_inaturalist(path)
    assert lineages(tree) == {
        "Lumbricus terrestris": "Animalia/Annelida/Clitellata/Haplotaxida/Lumbricidae/Lumbricus/"
        "Lumbricus terrestris",
        "Alces alces": "Animalia/Chordata/Mammalia/Artiodactyla/Alces/Alces alces",
    }
    assert tree.rank_order == (
        "kingdom", "phylum", "class", "order", "family", "genus", "species"
    )  # fmt: skip
    for names, expected in (
        ("common_name", ("Common Earthworm", "Moose")),
        ("id", ("0", "1")),
        ("image_dir_name", ("00000_Animalia_Annelida", "00001_Animalia")),
    ):
        assert from_inaturalist(path, names=names).classes == expected
    path.write_text(json.dumps(CATEGORIES))
    assert ht.as_tree(f"inaturalist:{path}") == tree


def test_inaturalist_of_2017_has_supercategories(tmp_path):
    path = tmp_path / "categories.json"
    path.write_text(
        json.dumps(
            [
                {"id": 0, "name": "Lynx rufus", "supercategory": "Mammalia"},
                {"id": 1, "name": "Gavia immer", "supercategory": "Aves"},
            ]
        )
    )
    tree = from_inaturalist(path)
    assert lineages(tree)["Gavia immer"] == "Aves/Gavia immer"
    assert tree.rank_order == ("supercategory", "species")


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("{", ht.FileFormatError, r"c\.json is no valid JSON"),
        ("[" * 200_000, ht.FileFormatError, r"c\.json is no valid JSON"),
        ("{}", ht.FileFormatError, "holds no categories; expected a list of objects"),
        ('{"categories": []}', ht.FileFormatError, "holds no categories"),
        ("[1]", ht.FileFormatError, "holds no categories"),
        ('[{"id": 3, "genus": "Lynx"}]', ht.FileFormatError, "category 3 has no 'name'; its fi"),
        (
            '[{"name": "Lynx lynx"}, {"name": "Lynx lynx"}]',
            ht.TreeError,
            "occur more than once: 'Lynx lynx'",
        ),
    ],
)
def test_inaturalist_bad_input(tmp_path, content, error, message):
    path = tmp_path / "c.json"
    path.write_text(content)
    with pytest.raises(error, match=message):
        from_inaturalist(path)


# ---- NCBI

TAXA = [
    (1, 1, "no rank", "root"),
    (2759, 1, "superkingdom", "Eukaryota"),
    (33154, 2759, "clade", "Opisthokonta"),
    (9681, 33154, "family", "Felidae"),
    (13124, 9681, "genus", "Lynx"),
    (13125, 13124, "species", "Lynx lynx"),
    (9685, 9681, "species", "Felis catus"),
    (55087, 33154, "genus", "Bacillus"),
    (1386, 1, "genus", "Bacillus"),
]


def write_ncbi(folder, taxa=TAXA):
    (folder / "nodes.dmp").write_text(
        "".join(f"{one}\t|\t{up}\t|\t{rank}\t|\t\t|\t5\t|\n" for one, up, rank, _ in taxa)
    )
    names = [(one, name, "scientific name") for one, _, _, name in taxa]
    names += [(9685, "domestic cat", "genbank common name"), (9685, "cat", "common name")]
    names += [(13125, "Felis lynx", "synonym"), (9685, "Lynx", "misspelling")]
    (folder / "names.dmp").write_text(
        "".join(f"{one}\t|\t{name}\t|\t\t|\t{kind}\t|\n" for one, name, kind in names)
    )
    (folder / "merged.dmp").write_text("77\t|\t9685\t|\n")


def test_ncbi(tmp_path):
    write_ncbi(tmp_path)
    tree = from_ncbi(tmp_path, classes={"lynx": "Lynx lynx", "cat": "cat", "genus": "Lynx"})
    assert lineages(tree) == {
        "lynx": "Eukaryota/Opisthokonta/Felidae/Lynx/Lynx lynx",
        "cat": "Eukaryota/Opisthokonta/Felidae/Felis catus",
        "genus": "Eukaryota/Opisthokonta/Felidae/Lynx",
    }
    assert tree.rank_order == ("superkingdom", "family", "genus", "species")
    assert tree.ranks is not None
    assert tree.ranks[1:4] == ("superkingdom", "", "family")
    by_id = from_ncbi(tmp_path, classes=["13125", "77", "13124"])
    assert np.array_equal(by_id.parent, tree.parent)
    assert np.array_equal(by_id.class_node, tree.class_node)


def test_dumps_of_other_makers_have_long_ids(tmp_path):
    """TaxonKit's dump of GTDB has ids of ten digits; a line that comes again counts."""
    write_ncbi(tmp_path)
    known = from_ncbi(tmp_path, classes=["Lynx lynx", "Felis catus"])
    far = {one: one * 10**11 + 7 for one, *_ in TAXA}
    taxa = [(far[one], far[up], rank, name) for one, up, rank, name in TAXA]
    write_ncbi(tmp_path, [(taxa[5][0], far[1], "genus", "Lynx lynx"), *taxa])
    assert from_ncbi(tmp_path, classes=["Lynx lynx", "Felis catus"]) == known
    with pytest.raises(ht.ClassMismatchError, match="'9685'"):
        from_ncbi(tmp_path, classes=["9685", str(far[9685])])


def test_ncbi_has_no_groups_of_what_nobody_knows(tmp_path):
    taxa = [
        (1, 1, "no rank", "root"), (5, 1, "family", "Felidae"),
        (6, 5, "no rank", "unclassified Felidae"), (7, 6, "species", "Felidae sp. A"),
        (8, 6, "species", "Felidae sp. B"), (9, 5, "no rank", "environmental samples"),
        (10, 9, "species", "uncultured felid"),
    ]  # fmt: skip
    write_ncbi(tmp_path, taxa)
    with pytest.warns(ht.HiertoolsWarning, match=r"NCBI taxonomy: 3 component\(s\) hold 'unclass"):
        tree = from_ncbi(tmp_path, classes=["7", "8", "10"])
    assert lineages(tree) == {
        "7": "Felidae/Felidae sp. A",
        "8": "Felidae/Felidae sp. B",
        "10": "Felidae/uncultured felid",
    }


def test_ncbi_keeps_some_ranks_only(tmp_path):
    write_ncbi(tmp_path)
    tree = resolve_taxonomy(f"ncbi:{tmp_path}?classes=Lynx lynx,9685&ranks=family,genus")
    assert lineages(tree) == {"Lynx lynx": "Felidae/Lynx/Lynx lynx", "9685": "Felidae/Felis catus"}
    with pytest.raises(ht.OptionError, match=r"ranks has no option 'famly'.* mean 'family'"):
        from_ncbi(tmp_path, classes="9685", ranks=["famly"])


def test_ncbi_bad_input(tmp_path):
    def refused(error, match, classes):
        with pytest.raises(error, match=match):
            from_ncbi(tmp_path, classes=classes)

    refused(ht.FileFormatError, r"there is no nodes\.dmp in .* taxdump", "9685")
    write_ncbi(tmp_path)
    refused(ht.TreeError, "'Bacillus' is the name of 2 taxa: '1386', '55087'", ["Bacillus"])
    refused(ht.TreeError, "'cat' and 'Felis catus' are one taxon, 9685", "cat,Felis catus")
    refused(
        ht.ClassMismatchError, r"2 of 3 classes have no place in the NCBI taxonomy in .*: 'Lynx l",
        ["9685", "Lynx lyx", "4711"],
    )  # fmt: skip
    (tmp_path / "names.dmp").write_text("9685\t|\tFelis catus\t|\t\t|\tscientific name\t|\n")
    refused(ht.FileFormatError, r"no scientific name for 3 taxa: '2759', '9681'", "9685")
    (tmp_path / "names.dmp").write_text("9685 Felis catus\n")
    refused(ht.FileFormatError, r"names\.dmp: line 1 is no line of an NCBI dump", "Felis catus")
    write_ncbi(tmp_path, [*TAXA, (5, 6, "no rank", "a")])
    refused(ht.FileFormatError, "taxon 6, above 5, is missing", "5")
    write_ncbi(tmp_path, [*TAXA, (5, 6, "no rank", "a"), (6, 5, "no rank", "b")])
    refused(ht.FileFormatError, "taxon 5, above 5, lies below itself", "5")
    (tmp_path / "nodes.dmp").write_text("x\t|\t1\t|\tno rank\t|\n")
    refused(ht.FileFormatError, "'x' is no taxonomy id", "5")
    (tmp_path / "nodes.dmp").write_text("")
    refused(ht.FileFormatError, r"nodes\.dmp is empty", "5")
    (tmp_path / "nodes.dmp").write_text(
        "".join(f"{i}\t|\t1\t|\trank {i}\t|\n" for i in range(1, 40_000))
    )
    refused(ht.FileFormatError, r"nodes\.dmp has more than 10,000 different ranks", "5")
    (tmp_path / "nodes.dmp").write_bytes(b"\xff\xfe1\t|\t1\t|\tno rank\t|\n")
    refused(ht.FileFormatError, r"nodes\.dmp is not UTF-8", "5")


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_ncbi_lineages_by_definition(tmp_path_factory, data):
    n = data.draw(st.integers(2, 20))
    parent = {1: 1} | {i: data.draw(st.integers(1, i - 1)) for i in range(2, n + 1)}
    folder = tmp_path_factory.mktemp("ncbi")
    write_ncbi(folder, [(i, up, "no rank", f"t{i}") for i, up in parent.items()])
    asked = data.draw(st.lists(st.integers(2, n), min_size=1, max_size=5, unique=True))
    tree = from_ncbi(folder, classes=[f"t{i}" for i in asked])
    for i, name in zip(asked, tree.classes, strict=True):
        path = []
        while i != 1:
            path.append(f"t{i}")
            i = parent[i]
        assert ht.node_path(tree, tree.class_node[tree.class_index[name]]) == tuple(path[::-1])
