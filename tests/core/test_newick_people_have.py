"""Newick and NEXUS as phylogenetic programs write them, and Newick written for them."""

import gzip

import networkx as nx
import pytest

import hiertools as ht
from hiertools import FileFormatError, HiertoolsError, OptionError
from hiertools.readers import as_tree, from_ete3, from_newick, from_nexus, read_tree, to_newick
from hiertools.trees.formats.others import OBJECTS

# As BEAST writes: rates and ranges in comments before and behind the colon, several trees.
BEAST = """#NEXUS

Begin taxa;
\tDimensions ntax=4;
\tTaxlabels
\t\tcod
\t\t'grey eel'
\t\tBurton's_ray
\t\thag
\t\t;
End;
Begin trees;
\tTranslate
\t\t   1 cod,
\t\t   2 'grey eel',
\t\t   3 Burton's_ray,
\t\t   4 hag
\t\t;
tree STATE_0 [&lnP=-34.5,joint=-3] = [&R] ((1:[&rate=1.0]2.5,2:[&rate=0.5]2.5):[&rate=1]1,\
(3:1,4:1):2.5);
tree STATE_1000 [&lnP=-33] = [&R] (((1:[&rate=1.0]1,3:[&rate=0.5]1):1,2:2):1,4:3);
End;
"""

# As TreeAnnotator writes: the tree alone, with what it found at each node.
ANNOTATED = """#NEXUS
begin trees;
\ttranslate 1 cod, 2 eel, 3 ray;
\ttree TREE1 = [&R] ((1[&height_95%_HPD={0.0,1.0E-9},rate=1,name="a;b,'c'"]:1.5,\
2[&length_range={0.1,2.5}]:1.5)[&posterior=0.98]:1.25E0,3[&rate=2]:2.75)[&height=2.75];
end;
[a comment [within another]; tree x = (a,b);]
begin figtree;
\tset appearance.branchLabel="tree = (a,b);";
end;
"""


def test_several_trees_of_beast(tmp_path):
    with pytest.raises(FileFormatError, match="2 trees .*'STATE_0', 'STATE_1000'.*tree=0"):
        from_nexus(BEAST)
    first = from_nexus(BEAST, tree=0)
    assert first.classes == ("cod", "grey eel", "Burton's_ray", "hag")
    assert first.to_newick() == (
        "((cod:2.5,'grey eel':2.5):1,('Burton''s_ray':1,hag:1):2.5);"
    )  # fmt: skip
    last = from_nexus(BEAST, tree=-1)
    assert last == from_nexus(BEAST, tree=1)
    assert last.classes == ("cod", "Burton's_ray", "grey eel", "hag")
    for name in ("t.trees", "t.nex", "t.nexus", "t.tre", "t.nwk", "t.txt", "t"):
        path = tmp_path / name
        path.write_text(BEAST)
        assert read_tree(path, tree=0) == first
    packed = tmp_path / "t.trees.gz"
    packed.write_bytes(gzip.compress(BEAST.encode("utf-16")))
    assert read_tree(packed, tree=0, format="nexus") == first


@pytest.mark.parametrize("tree", [2, -3, 99])
def test_trees_that_are_not_there(tree):
    for read, text in ((from_nexus, BEAST), (from_newick, "(a,b);\n(c,d);")):
        with pytest.raises(OptionError, match=f"tree={tree}, but .* holds 2 tree"):
            read(text, tree=tree)


def test_tree_annotator():
    tree = as_tree(ANNOTATED)
    assert tree.to_newick() == "((cod:1.5,eel:1.5):1.25,ray:2.75);"
    assert from_nexus(ANNOTATED, tree=0, lengths=False).has_lengths is False


def test_keys_name_leaves_alone():
    # Numbers at inner nodes are support values.
    text = "#nexus begin trees; translate 1 cod, 2 a=b, 3 'x, y'; utree * b = ((1,2)3,3); end;"
    tree = from_nexus(text)
    assert tree.classes == ("cod", "a=b", "x, y")
    assert tree.labels[1] == "3"


def test_numbers_of_the_taxa_block():
    text = "#NEXUS begin taxa; taxlabels cod eel 7; end; begin trees; tree t=((1,2),7); end;"
    assert from_nexus(text).classes == ("cod", "eel", "7")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#NEXUS begin data; matrix a 01 b 10; end;", "holds no tree .its blocks: 'data'"),
        ("#NEXUS", "holds no tree .its blocks: none"),
        ("(a,b);", "does not begin with #NEXUS"),
        ("#NEXUS begin trees; translate 1 sea cod, 2 b; tree t=(1,2); end;", "got '1 sea cod'"),
        ("#NEXUS begin trees; translate 1 a, 1 b; tree t=(1,2); end;", "the key '1' twice"),
        ("#NEXUS begin trees; translate 1 a, 2 a; tree t=(1,2); end;", "more than once: 'a'"),
        ("#NEXUS begin trees;\ntree t = ((a,b);", "not closed, .*at line 2, column 10"),
        ("#NEXUS begin trees; tree t = (a:-1,b:1); end;", "negative='zero'"),
    ],
)
def test_bad_nexus(text, message):
    with pytest.raises(HiertoolsError, match=message):
        from_nexus(text)


def test_several_trees_of_newick():
    text = "((cod,'e;e'),ray);[note; (x,y);]\n(cod,(eel,ray));\n\n"
    with pytest.raises(FileFormatError, match=r"2 trees \(the second at line 2, column 1\)"):
        from_newick(text)
    assert from_newick(text, tree=0).classes == ("cod", "e;e", "ray")
    assert from_newick(text, tree=-1).to_newick() == "(cod,(eel,ray));"
    assert from_newick("(a,b);", tree=0).classes == ("a", "b")


NJ = "((a:1,b:-0.25):2,(c:1e-3,d:3):-1e-9);"


def test_negative_lengths():
    with pytest.raises(FileFormatError, match="2 of 6 edges have a negative length.*lengths=False"):
        from_newick(NJ)
    assert from_newick(NJ, negative="zero").to_newick() == "((a:1,b:0):2,(c:0.001,d:3):0);"
    assert from_newick(NJ, lengths=False).to_newick() == "((a,b),(c,d));"
    with pytest.raises(OptionError, match="negative has no option 'abs'"):
        from_newick(NJ, negative="abs")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Burton's_bream", "Burton's_bream"),
        ("O'Neill d'Or", "O'Neill d'Or"),
        ("dogs'", "dogs'"),
        ("'it''s'", "it's"),
    ],
)
def test_apostrophes_in_bare_labels(label, name):
    tree = from_newick(f"(({label}:1,b:2)x:1,c:1);")
    assert tree.classes[0] == name
    assert from_newick(tree.to_newick()) == tree
    with pytest.raises(FileFormatError, match="quote ' at line 1, column 5 has no partner"):
        from_newick("(a, 'b,c);")


# ---- written for others


def inner(lengths):
    text = "((a:1,b:2)x:3,c:4);" if lengths else "((a,b)x,c);"
    return from_newick(text, classes={"X": ("x",), "a": "a", "b": "b", "c": "c"})


def test_inner_classes_as_leaves():
    assert to_newick(inner(True), inner_classes="leaves") == "((a:1,b:2,X:0)x:3,c:4);"
    assert inner(False).to_newick(inner_classes="leaves") == "((a:1,b:1,X:0)x:1,c:1);"
    assert to_newick(inner(False), inner_classes="leaves", lengths=False) == "((a,b,X)x,c);"
    assert to_newick(inner(True)) == "((a:1,b:2)X[&hiertools:class=X:label=x]:3,c:4);"
    plain = from_newick("((a,b)x,c);")
    assert plain.to_newick(inner_classes="leaves") == "((a,b)x,c);"
    with pytest.raises(OptionError, match="inner_classes has no option 'leafs'"):
        plain.to_newick(inner_classes="leafs")


@pytest.mark.parametrize("lengths", [False, True])
def test_distances_stay_where_inner_classes_are_leaves(lengths, tmp_path):
    tree = inner(lengths)
    ht.write_tree(tree, tmp_path / "t.nwk", inner_classes="leaves", annotations=False)
    text = (tmp_path / "t.nwk").read_text()
    assert "[" not in text
    names = sorted(tree.classes)
    again = ht.path_distances(from_newick(text), names)
    assert again.tolist() == ht.path_distances(tree, names).tolist()


# ---- objects and formats of other programs


@pytest.mark.parametrize("package", sorted(OBJECTS))
def test_trees_of_other_libraries_are_refused_by_their_call(package):
    kind = type("Tree", (), {"children": (), "dist": None, "__module__": f"{package}.tree"})
    library, call = OBJECTS[package]
    for read in (as_tree, from_ete3):
        with pytest.raises(FileFormatError) as caught:
            read(kind())
        assert f"a Tree of {library} is not read" in str(caught.value)
        assert f"ClassTree.from_newick({call})" in str(caught.value)
    with pytest.raises(HiertoolsError, match="stands for no tree"):
        as_tree(object())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<?xml version="1.0"?>\n<phyloxml xmlns="x"><phylogeny/></phyloxml>', "phyloXML is not"),
        ('<nex:nexml version="0.9">\n</nex:nexml>', "NeXML is not read; .*dendropy"),
        ("<!DOCTYPE html>\n<html><body>404</body></html>", r"XML or HTML \(<html>\)"),
    ],
)
@pytest.mark.parametrize("name", ["t.xml", "t.nwk", "t"])
def test_xml_is_refused_by_its_name(tmp_path, text, message, name):
    (tmp_path / name).write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_tree(tmp_path / name)


def test_whole_numbers_of_networkx_are_names():
    tree = as_tree(nx.DiGraph([(0, 1), (0, 2), (2, 30), (2, 4)]))
    assert tree.classes == ("1", "30", "4")
