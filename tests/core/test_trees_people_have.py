"""Taxonomies in the forms that programs and people write them."""

import gzip

import pandas as pd
import pytest

import hiertools as ht
from hiertools import FileFormatError, HiertoolsError, HiertoolsWarning, OptionError, TreeError
from hiertools.readers import (
    as_tree,
    from_edges,
    from_folder,
    from_lineages,
    from_ranks,
    read_tree,
    to_frame,
    to_lineages,
)


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lineages(tree):
    return {name: "/".join(path) for name, path in to_lineages(tree, lossy=True).items()}


# ---- no header


GTDB = "A1\td__B;p__F;s__x y\nA2\td__B;p__P;s__z\nA3\td__B;p__P;s__w\n"


@pytest.mark.parametrize("name", ["t.tsv", "t.txt", "t.csv", "t.tsv.gz"])
@pytest.mark.parametrize("options", [{}, {"format": "lineages"}])
def test_lineages_without_header(tmp_path, name, options):
    content = gzip.compress(GTDB.encode()) if name.endswith("gz") else GTDB
    path = write(tmp_path, name, content)
    with pytest.warns(HiertoolsWarning, match="no header: its first row .*'A1'"):
        tree = read_tree(path, **options)
    assert tree.classes == ("A1", "A2", "A3")
    assert lineages(tree)["A1"] == "d__B/p__F/s__x y"
    assert read_tree(path, format="lineages", header=False) == tree


def test_lineages_with_a_header_of_their_own(tmp_path):
    path = write(tmp_path, "t.csv", "breed,where\nlynx,cat/lynx\npuma,cat/puma\n")
    assert read_tree(path, format="lineages").classes == ("lynx", "puma")
    with pytest.raises(FileFormatError, match="'breed', 'where' are none that are known"):
        read_tree(path)
    path = write(tmp_path, "r.csv", "id,family/genus\nlynx,F/L\npuma,F/P\n")
    assert read_tree(path, format="lineages").classes == ("lynx", "puma")
    one_level = write(tmp_path, "s.csv", "breed,where\nlynx,cat\nwolf,dog\n")
    with pytest.raises(FileFormatError, match="may be a header .*header=True or header=False"):
        read_tree(one_level, format="lineages")
    assert read_tree(one_level, format="lineages", header=True).n_classes == 2
    assert read_tree(one_level, format="lineages", header=False).n_classes == 3


@pytest.mark.parametrize("delimiter", [" ", "  ", "\t", ",", ";"])
def test_edges_without_header(tmp_path, delimiter):
    rows = ["7 8", "7 9", "9 10", "9 11"]
    path = write(tmp_path, "e.txt", "\n".join(row.replace(" ", delimiter) for row in rows))
    with pytest.warns(HiertoolsWarning, match="no header"):
        tree = read_tree(path, format="edges")
    assert tree.classes == ("8", "10", "11")
    assert tree == from_edges([tuple(row.split()) for row in rows])
    with pytest.raises(FileFormatError, match="'7', '8' are none that are known.*format='l"):
        read_tree(path)
    if not delimiter.startswith(" "):
        assert read_tree(path, format="edges", delimiter=delimiter, header=False) == tree


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n"])
def test_a_delimiter_is_one_character(tmp_path, delimiter):
    path = write(tmp_path, "e.csv", "parent,child\nr,a\nr,b\n")
    with pytest.raises(OptionError, match="delimiter must be one character"):
        read_tree(path, delimiter=delimiter)


def test_edges_with_lengths_and_no_header(tmp_path):
    path = write(tmp_path, "e.csv", "r;a;1,5\nr;b;2,25\nb;c;1,0\n")
    with pytest.warns(HiertoolsWarning, match="no header"):
        tree = read_tree(path, format="edges")
    assert dict(zip(tree.labels, tree.length.tolist(), strict=True)) == {
        "r": 0.0, "a": 1.5, "b": 2.25, "c": 1.0,
    }  # fmt: skip
    path = write(tmp_path, "h.csv", "from,to\nr,a\nr,b\n")
    assert read_tree(path, format="edges").classes == ("a", "b")


@pytest.mark.parametrize("cell", ["1_0", "nan", "inf", "0x1", "1,500", "one"])
def test_lengths_that_are_no_numbers(cell):
    table = pd.DataFrame({"parent": ["r", "r"], "child": ["a", "b"], "length": ["1", cell]})
    with pytest.raises(HiertoolsError, match="the length of 'b' must be a number; got"):
        from_edges(table)


# ---- separators and empty components

LEVELS = {"seed": "Any{0}Bird{0}Seed", "cage": "Any{0}Bird{0}Cage", "bowl": "Any{0}Fin{0}Bowl"}
EXPECTED = {"seed": "Any/Bird/Seed", "cage": "Any/Bird/Cage", "bowl": "Any/Fin/Bowl"}


@pytest.mark.parametrize(
    "sign", ["/", "//", "|", ";", ">", " > ", "->", " -> ", "=>", "::", "\\", "→", " » ", "; "]
)
@pytest.mark.parametrize("end", [False, True])
def test_signs_that_separate(sign, end):
    given = {name: text.format(sign) + sign * end for name, text in LEVELS.items()}
    assert lineages(from_lineages(given)) == EXPECTED
    # The blank behind the last one is often missing.
    assert lineages(from_lineages({n: t.rstrip() for n, t in given.items()})) == EXPECTED


@pytest.mark.parametrize("sign", [".", ",", ":", " - ", " : ", "__"])
def test_signs_that_may_separate_are_asked_for(sign):
    given = {name: text.format(sign) for name, text in LEVELS.items()}
    with pytest.raises(FileFormatError, match="hold no separator that is known.*say separator="):
        from_lineages(given)
    assert lineages(from_lineages(given, separator=sign)) == EXPECTED
    assert from_lineages(given, separator="/").n_levels == 1
    with pytest.warns(HiertoolsWarning, match="3 of 4 lineages hold"):
        assert from_lineages({**given, "x": "X"}).n_levels == 1


def test_flat_names_are_read_without_a_word():
    assert from_lineages(["lynx", "St. Bernard", "sea_lion"]).n_levels == 1


def test_two_signs_in_every_lineage_are_unclear():
    with pytest.raises(FileFormatError, match=r"not clear: .* '/' in 2, '>' in 2"):
        from_lineages({"x": "Animals > Birds/Fowl > Hen", "y": "Animals > Cats/Dogs > Cat"})


def test_empty_components():
    with pytest.warns(HiertoolsWarning, match=r"2 lineage\(s\): 2 component\(s\) hold 'p__'"):
        tree = from_lineages({"x": "k__A; p__; c__C; s__", "y": "k__A; p__P; c__D; s__z"})
    assert lineages(tree) == {"x": "k__A/c__C", "y": "k__A/p__P/c__D/s__z"}
    ranks = ("kingdom", "phylum", "order")
    with pytest.warns(HiertoolsWarning, match="1 component.* hold nothing"):
        tree = from_lineages({"x": "A;;C", "y": "A;B;D"}, ranks=ranks)
    assert [tree.ranks[i] for i in tree.class_node] == ["order", "order"]
    assert ht.level_groups(tree, "phylum").tolist() == [
        tree.labels.index("C"), tree.labels.index("B"),
    ]  # fmt: skip
    assert lineages(from_lineages({"x": "/A/x", "y": "/A/y"})) == {"x": "A/x", "y": "A/y"}
    assert from_lineages({"x": "/A/x", "y": "/A/y"}, ranks=["r", "s"]).n_levels == 2
    for nothing in ("", ";", "g__", " ; ;"):
        with pytest.raises(FileFormatError, match="class 'x'.* empty component"):
            from_lineages({"x": nothing, "y": "A;B"})


def test_slashes_in_class_names_make_no_levels():
    given = {
        "CD4+/CD25+ Reg": "T/CD4+/CD25+ Reg",
        "CD8+": "T/CD8+",
        "Pro/Pre B": "B/Pro/Pre B",
        "NK/T": "NK/T",
    }
    expected = {"CD4+/CD25+ Reg": 2, "CD8+": 2, "Pro/Pre B": 2, "NK/T": 1}
    tree = from_lineages(given)
    assert {name: len(path) for name, path in to_lineages(tree).items()} == expected
    frame = pd.DataFrame({"class": list(given), "lineage": list(given.values())})
    assert from_lineages(frame) == tree
    # Names that are whole lineages say nothing about where a component ends.
    paths = from_lineages({"cat/lynx": "cat/lynx", "cat/puma": "cat/puma"})
    assert paths.n_levels == 2
    assert from_lineages(to_frame(paths)) == paths


QIIME = "Feature ID\tTaxon\tConfidence\nf1\td__B; p__F; g__; s__\nf2\td__B; p__P; g__G; s__G c\n"


def test_taxonomy_tables(tmp_path):
    rows = QIIME.replace("s__\n", "s__\t0.9\n").replace("G c\n", "G c\t0.8\n")
    with pytest.warns(HiertoolsWarning, match=r"2 lineage.*: 2 component\(s\) hold 'g__'"):
        tree = read_tree(write(tmp_path, "q.tsv", rows))
    assert lineages(tree) == {"f1": "d__B/p__F", "f2": "d__B/p__P/g__G/s__G c"}
    with (
        pytest.warns(HiertoolsWarning, match="each class hangs as a node of its own"),
        pytest.warns(HiertoolsWarning, match="4 component.* no group"),
    ):
        tree = read_tree(write(tmp_path, "q.tsv", rows + "f3\td__B; p__F; g__; s__\t1\n"))
    assert lineages(tree)["f3"] == "d__B/p__F/f3"
    assert lineages(tree)["f2"] == "d__B/p__P/g__G/s__G c/f2"
    assert ht.path_distances(tree, ["f1", "f3"])[0, 1] == 2
    otus = write(tmp_path, "o.txt", "#OTU ID\ttaxonomy\no1\tk__A;p__B\no2\tk__A;p__C\n")
    assert read_tree(otus).classes == ("o1", "o2")
    with pytest.warns(HiertoolsWarning, match="a node of its own"):
        silva = from_lineages({"s1": "A;B;", "s2": "A;B;"})
    assert lineages(silva) == {"s1": "A/B/s1", "s2": "A/B/s2"}
    with pytest.raises(TreeError, match="have the same lineage"):
        from_lineages({"s1": "A;B", "s2": "A;B"})


# ---- ranks

RANKS = {
    "Family": ["Felidae", "Felidae", "Canidae"],
    "genus": ["Panthera", "Panthera", "Canis"],
    "SPECIES": ["Panthera leo", "Panthera onca", "Canis lupus"],
}
BY_RANK = {
    "Panthera leo": "Felidae/Panthera/Panthera leo",
    "Panthera onca": "Felidae/Panthera/Panthera onca",
    "Canis lupus": "Canidae/Canis/Canis lupus",
}


@pytest.mark.parametrize(
    "order", [("Family", "genus", "SPECIES"), ("SPECIES", "genus", "Family"), ("genus", "SPECIES",
    "Family")]
)  # fmt: skip
def test_known_ranks_order_themselves(tmp_path, order):
    table = pd.DataFrame(RANKS)[list(order)]
    tree = from_ranks(table)
    assert lineages(tree) == BY_RANK
    assert tree.rank_order == ("Family", "genus", "SPECIES")
    path = tmp_path / "r.csv"
    table.to_csv(path, index=False)
    assert read_tree(path) == tree
    for source in (f"ranks:{path}?classes=SPECIES", f"ranks:{path}"):
        assert as_tree(source) == tree
    # Given, they are in the order in which they are given.
    given = from_ranks(table, ranks=["SPECIES", "genus"], classes="SPECIES")
    assert given.rank_order == ("SPECIES", "genus")


@pytest.mark.parametrize("place", [0, 2, 3])
def test_other_columns_are_no_ranks(tmp_path, place):
    table = pd.DataFrame(RANKS)
    table.insert(place, "taxonID", ["11", "12", "13"])
    with pytest.warns(HiertoolsWarning, match="1 column.* no rank .*left out: 'taxonID'"):
        assert lineages(from_ranks(table)) == BY_RANK
    tree = from_ranks(table, classes="taxonID")
    assert tree.classes == ("11", "12", "13")
    assert lineages(tree)["11"] == BY_RANK["Panthera leo"]
    path = tmp_path / "r.csv"
    table.to_csv(path, index=False)
    with pytest.warns(HiertoolsWarning, match="'taxonID'"):
        assert lineages(read_tree(path)) == BY_RANK


def test_unknown_ranks_are_asked_for(tmp_path):
    table = {"coarse": ["a", "a", "b"], "fine": ["x", "y", "z"]}
    with pytest.raises(FileFormatError, match="none of .* 'coarse', 'fine' is a rank .*ranks="):
        from_ranks(table)
    tree = from_ranks(table, ranks=["coarse", "fine"])
    assert lineages(tree) == {"x": "a/x", "y": "a/y", "z": "b/z"}
    path = write(tmp_path, "r.csv", "Felidae,Lynx\nFelidae,Puma\nCanidae,Canis\n")
    with pytest.raises(FileFormatError, match="none of the columns 'Felidae', 'Lynx' is a rank"):
        read_tree(path, format="ranks")


def test_class_is_a_rank_or_names_the_classes(tmp_path):
    fine = read_tree(write(tmp_path, "c.csv", "class,superclass\noak,trees\nelm,trees\nray,fish\n"))
    assert lineages(fine) == {"oak": "trees/oak", "elm": "trees/elm", "ray": "fish/ray"}
    linnaean = {"class": ["Aves", "Aves", "Mammalia"], "order": ["P", "Q", "R"]}
    assert lineages(from_ranks(linnaean))["P"] == "Aves/P"
    named = {"class": ["lion", "jaguar", "wolf"], **RANKS}
    tree = from_ranks(named)
    assert lineages(tree)["jaguar"] == BY_RANK["Panthera onca"]
    assert from_ranks(named, classes="class") == tree
    one = from_ranks({"class": ["lion", "jaguar", "wolf"], "family": ["F", "F", "C"]})
    assert lineages(one) == {"lion": "F/lion", "jaguar": "F/jaguar", "wolf": "C/wolf"}


@pytest.mark.parametrize("nothing", ["NA", "N/A", "nan", "NULL", "<NA>", " ", None])
def test_what_is_not_known_is_no_group(tmp_path, nothing):
    table = pd.DataFrame(
        {"family": ["F", nothing, nothing], "genus": ["L", "C", "K"],
         "species": ["L l", "C l", nothing]}
    )  # fmt: skip
    if nothing in (" ", None):
        tree = from_ranks(table)
    else:
        with pytest.warns(HiertoolsWarning, match=f"3 cell.* hold {nothing!r} .*missing="):
            tree = from_ranks(table)
    assert lineages(tree) == {"L l": "F/L/L l", "C l": "C/C l", "K": "K"}
    if nothing == "NA":
        path = tmp_path / "r.csv"
        table.to_csv(path, index=False)
        with pytest.warns(HiertoolsWarning, match="'NA'"):
            assert read_tree(path) == tree
        named = read_tree(path, missing=[])
        assert lineages(named)["C l"] == "NA/C/C l"


# ---- ids and parents


def test_darwin_core(tmp_path):
    text = (
        "taxonID,acceptedNameUsageID,parentNameUsageID,scientificName,taxonRank,taxonomicStatus\n"
        "1,,,Felidae,family,accepted\n2,,1,Lynx,genus,accepted\n3,3,2,Lynx lynx,species,accepted\n"
        "4,3,,Felis lynx,species,synonym\n5,,1,Puma,genus,accepted\n"
    )
    with pytest.warns(HiertoolsWarning, match="1 of 5 rows are synonyms"):
        tree = read_tree(write(tmp_path, "taxon.txt", text.replace(",", "\t")))
    assert tree.classes == ("Lynx lynx", "Puma")
    assert tree.labels[0] == "Felidae"
    assert tree.rank_order == ("family", "genus", "species")


@pytest.mark.parametrize("top", ["", "{own}", "99"])
def test_ids_and_parents_with_several_tops(top):
    own = ["1", "2"]
    parents = [top.format(own=name) for name in own]
    table = pd.DataFrame(
        {"id": ["1", "2", "3", "4"], "parent_id": [*parents, "1", "1"],
         "name": ["cats", "wolf", "lynx", "puma"]}
    )  # fmt: skip
    tree = as_tree(table)
    assert tree.classes == ("lynx", "puma", "wolf") or tree.classes == ("wolf", "lynx", "puma")
    assert ht.path_distances(tree, ["lynx", "puma"])[0, 1] == 2


# ---- folders


def test_litter_in_folders_is_no_class(tmp_path):
    for name in ("fish/cod", "fish/eel", "ray", "__MACOSX/fish", "fish/@eaDir", "ray/__pycache__",
                 "$RECYCLE.BIN", "lost+found", ".git"):  # fmt: skip
        (tmp_path / name).mkdir(parents=True)
    for name in ("fish/Thumbs.db", "fish/desktop.ini", "fish/.DS_Store", "ray/__pycache__/x.pyc"):
        write(tmp_path, name, "x")
    tree = from_folder(tmp_path)
    assert lineages(tree) == {"cod": "fish/cod", "eel": "fish/eel", "ray": "ray"}


def test_the_mark_of_an_encoding_is_no_part_of_a_text():
    """``open(path).read()`` leaves it where Windows put it."""
    mark, newick = "\ufeff", "((lynx,puma)cats,wolf);"
    nexus = f"#NEXUS\nbegin trees;\ntree t = {newick}\nend;\n"
    read = ht.ClassTree.from_newick(newick)
    assert ht.as_tree(mark + newick) == ht.ClassTree.from_newick(mark + newick) == read
    assert ht.as_tree(mark + nexus) == ht.ClassTree.from_nexus(mark + nexus) == read
    assert ht.ClassTree.from_json(mark + read.to_json()) == read


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_bytes_are_no_text(kind):
    with pytest.raises(HiertoolsError, match=f"{kind.__name__} stands for no tree; give text"):
        ht.as_tree(kind(b"((lynx,puma)cats,wolf);"))
