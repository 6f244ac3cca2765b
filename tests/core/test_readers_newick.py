"""Newick: what is read, what is refused, and that writing brings back what was read."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_strategies import clade_lengths, class_trees, names

from hiertools import (
    ClassTree,
    FileFormatError,
    HiertoolsError,
    TreeError,
    infer_tree,
    read_tree,
    write_tree,
)
from hiertools.readers import from_newick, to_newick


def lineage_of(tree, name):
    node, path = tree.class_node[tree.classes.index(name)], []
    while node >= 0:
        path.append(tree.labels[node])
        node = tree.parent[node]
    return path[::-1]


@pytest.mark.parametrize(
    ("text", "labels", "parent"),
    [
        ("(a,b);", ["", "a", "b"], [-1, 0, 0]),
        ("a;", ["a"], [-1]),
        ("((a));", ["", "", "a"], [-1, 0, 1]),
        ("(a,(b,c)d)e;", ["e", "a", "d", "b", "c"], [-1, 0, 0, 2, 2]),
        (" ( a ,\n\t( b , c ) d\r\n) e ; \n", ["e", "a", "d", "b", "c"], [-1, 0, 0, 2, 2]),
        ("('a,b','it''s')';';", [";", "a,b", "it's"], [-1, 0, 0]),
        ('("a,b","say ""x""");', ["", "a,b", 'say "x"'], [-1, 0, 0]),
        ("[&R] (a[x],[y]b)[z[nested (,;']]c[end];[after]", ["c", "a", "b"], [-1, 0, 0]),
        ("(a_b,Homo sapiens ,NA,0295);", ["", "a_b", "Homo sapiens", "NA", "0295"], [-1, *[0] * 4]),
        ("((a,b)0.98,c);", ["", "0.98", "a", "b", "c"], [-1, 0, 1, 1, 0]),
        ("('',a)'';", None, None),
        ("(e\u0301,b);", ["", "é", "b"], [-1, 0, 0]),
    ],
)
def test_structure_and_labels(text, labels, parent):
    if labels is None:
        with pytest.raises(FileFormatError, match="1 of 2 leaves have no name"):
            from_newick(text)
        return
    tree = from_newick(text)
    assert list(tree.labels) == labels
    assert tree.parent.tolist() == parent
    assert not tree.has_lengths


def test_lengths():
    tree = from_newick("(a:1,b:.5,(c:1.e-2 ,d : +3E2)[x]:0)[y]:7;")
    assert tree.length.tolist() == [0, 1, 0.5, 0, 0.01, 300]
    assert tree.has_lengths
    assert not from_newick("(a:1,b:2);", lengths=False).has_lengths
    assert from_newick("(a:1,b);", missing_length=4).length.tolist() == [0, 1, 4]
    # The root's own length is on no path between classes.
    assert not from_newick("(a,b):3;").has_lengths


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        (" \n ", "it is empty"),
        (";", "no tree before the ';'"),
        ("(a,b)", "ends without the final ';'"),
        ("((a,b)", "ends inside 1 open parentheses, .* line 1, column 1: it seems truncated"),
        ("((a,b);", "1 of the parentheses are not closed, .* line 1, column 1"),
        ("(a,\n(b,c;", "2 of the parentheses are not closed, .* line 2, column 1"),
        ("(a,b));", "line 1, column 6: it closes a parenthesis that was never opened"),
        ("a,b;", "line 1, column 2: it stands outside of all parentheses"),
        ("(a,'b);", "the quote ' at line 1, column 4 has no partner"),
        ("(a,\nb 'c);", "line 2, column 3"),
        ('(a,b");', 'the quote " at line 1, column 5 has no partner'),
        ("(a,b[c);", "comment opened by '\\[' at line 1, column 5 is never closed"),
        ("(a,b]);", "closes a comment that was never opened"),
        ("(a,b)(c,d);", "',' or '\\)' was expected before it"),
        ("(a\nb,c);", "line 2, column 1: ',', '\\)' or ';' was expected"),
        ("(a:1:2,b:1);", "has a length already"),
        ("(a:,b:1);", "a length was expected after ':'"),
        ("(a:x,b:1);", "the length 'x' at line 1, column 4 is not a finite number"),
        ("(a:nan,b:1);", "not a finite number"),
        ("(a:1e999,b:1);", "finite"),
        ("(a:1_0,b:1);", "not a finite number"),
        ("(a:-0.5,b:1);", "the first -0.5 at the node at line 1, column 2; .*negative='zero'"),
        ("(a:1,b);", "1 of 2 edges have no length, the first at line 1, column 6"),
        ("(a,b);(c,d);", r"2 trees \(the second at line 1, column 7\); .* tree=0"),
        ("(a,b);(c,d)", "more text follows the ';', at line 1, column 7"),
        ("(a,b);c;", "more text follows the ';', at line 1, column 7"),
        ("(a,,b);", "1 of 3 leaves have no name, the first at line 1, column 4"),
        ("(a,(b,a));", "1 leaf name\\(s\\) occur more than once: 'a'"),
        ("(a,b)[&hiertools:height=high];", "the comment .* is damaged: height='high'"),
        ("(\x00\x01,b);garbage", "more text follows"),
    ],
)
def test_bad_text(text, message):
    with pytest.raises(HiertoolsError, match=message):
        from_newick(text)


def test_takes_text_only():
    with pytest.raises(FileFormatError, match=r"read_tree\(path\)"):
        from_newick(b"(a,b);")


def test_which_nodes_are_classes():
    text = "((Tripos muelleri)Tripos furca,other)root;"
    assert from_newick(text).classes == ("Tripos muelleri", "other")
    tree = from_newick(text, classes=["Tripos furca", "Tripos muelleri"])
    assert tree.classes == ("Tripos furca", "Tripos muelleri")
    assert tree.labels == ("root", "Tripos furca", "Tripos muelleri")
    renamed = from_newick(text, classes={"f": "Tripos furca", "o": ("other",)})
    assert renamed.classes == ("f", "o")
    assert lineage_of(renamed, "f") == ["root", "Tripos furca"]


def test_class_that_shares_its_name_with_the_group_above():
    text = "((eider)eider,((x)duck,duck)birds);"
    assert lineage_of(from_newick(text, classes=["eider"]), "eider") == ["", "eider", "eider"]
    upper = from_newick(text, classes={"eider": ("eider",)})
    assert upper.labels == ("", "eider")
    with pytest.raises(TreeError, match="class 'eider' could be any of 2 nodes"):
        from_newick("((eider),(eider));", classes=["eider"])
    with pytest.raises(
        HiertoolsError, match=r"1 of 1 class has no place.*Closest names there: 'eider'"
    ):
        from_newick(text, classes=["eiders"])
    with pytest.raises(TreeError, match="must be a list of names"):
        from_newick(text, classes="eider")


def test_deep_and_wide():
    deep = "(" * 100_000 + "a" + ")x" * 100_000 + ";"
    tree = from_newick(deep)
    assert tree.n_levels == 100_000
    assert to_newick(tree) == deep
    wide = "(" + ",".join(f"leaf{i}:{i}e-1" for i in range(100_000)) + ");"
    tree = from_newick(wide)
    assert tree.n_classes == 100_000
    assert tree.length[-1] == 9999.9


def naive(text):
    """Parse bare Newick by recursion: (label, children)."""

    def node(at):
        children = []
        if text[at] == "(":
            while text[at] != ")":
                child, at = node(at + 1)
                children.append(child)
            at += 1
        end = at
        while text[end] not in ",();":
            end += 1
        return (text[at:end], children), end

    return node(0)[0]


def as_nested(tree, node=0):
    below = [i for i in range(tree.n_nodes) if tree.parent[i] == node]
    return (tree.labels[node], [as_nested(tree, child) for child in below])


@settings(deadline=None, max_examples=50)
@given(class_trees(labels=names("abc"), leaves_only=True, names_are_labels=True, lengths=False))
def test_equals_the_recursive_definition(tree):
    text = to_newick(tree)
    assert naive(text) == as_nested(tree)
    assert from_newick(text) == tree


@settings(deadline=None, max_examples=60)
@given(class_trees())
def test_round_trip(tree):
    assert from_newick(to_newick(tree)) == tree


@settings(deadline=None, max_examples=40)
@given(class_trees(leaves_only=True, names_are_labels=True), st.data())
def test_round_trip_with_spaces_and_comments_between(tree, data):
    pieces = []
    quoted = None
    for sign in to_newick(tree, annotations=False):
        pieces.append(sign)
        if quoted:
            quoted = None if sign == quoted else quoted
        elif sign == "'":
            quoted = sign
        elif sign in "(,":
            pieces.append(data.draw(st.sampled_from(["", " ", "\n", "[c]", " [a[b]] "])))
    assert from_newick("".join(pieces)) == tree


def test_annotations_can_be_left_out():
    tree = from_newick("((a)b,c);", classes=["a", "b", "c"])
    assert to_newick(tree, annotations=False) == "((a)b,c);"
    assert to_newick(tree) == "((a)b[&hiertools:class=b],c);"


def test_comments_of_other_programs_are_skipped():
    tree = from_newick("((a:1,b:2)[&&NHX:class=x]:3[&support=1],c:1)[&hiertools:];")
    assert tree.classes == ("a", "b", "c")


def test_ranks_and_heights():
    tree = ClassTree(
        [-1, 0, 1, 1, 0],
        ["a", "b", "c"],
        [2, 3, 4],
        labels=["", "f|1", "a", "b", "c"],
        ranks=["", "family", "species", "", "species"],
        rank_order=["class:x", "family", "species"],
        heights=[1.0, 2.5, 0, 0, 0],
        length=[0, 1, 1, 1, 1],
    )
    assert from_newick(to_newick(tree)) == tree


def test_heights_that_follow_from_lengths_are_left_to_them():
    rng = np.random.default_rng(0)
    tree = infer_tree({f"c{i}": row for i, row in enumerate(rng.normal(size=(9, 4)))})
    text = to_newick(tree)
    assert "[" not in text
    again = from_newick(text)
    assert np.array_equal(again.length, tree.length)
    assert again.heights is None


ORACLE_TEXT = (
    "((('lesser eider':1.5,king:2e-1)'E. spp':0.25,[a comment]duck:1)ducks:3,\n"
    " (owl:1,'barn, owl':2)owls:0.5, heron:4)birds;"
)


def oracle_clades_skbio(text):
    from skbio import TreeNode

    tree = TreeNode.read(io.StringIO(text), format="newick", convert_underscores=False)
    found = {}
    for node in tree.traverse(include_self=False):
        below = frozenset(tip.name for tip in node.tips(include_self=True))
        found.setdefault(below, []).append(round(node.length, 9))
    return {clade: sorted(values) for clade, values in found.items()}


def oracle_clades_dendropy(text):
    import dendropy

    tree = dendropy.Tree.get(data=text, schema="newick", preserve_underscores=True)
    found = {}
    for node in tree.preorder_node_iter():
        if node.parent_node is not None:
            below = frozenset(leaf.taxon.label for leaf in node.leaf_iter())
            found.setdefault(below, []).append(round(node.edge.length, 9))
    return {clade: sorted(values) for clade, values in found.items()}


def oracle_clades_ete3(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ete3
    tree = ete3.Tree(text, format=1, quoted_node_names=True)
    found = {}
    for node in tree.iter_descendants():
        below = frozenset(leaf.name for leaf in node.iter_leaves())
        found.setdefault(below, []).append(round(node.dist, 9))
    return {clade: sorted(values) for clade, values in found.items()}


@pytest.mark.needs("skbio", "dendropy")
@pytest.mark.parametrize("oracle", [oracle_clades_skbio, oracle_clades_dendropy])
def test_other_programs_read_the_same_tree(oracle):
    assert oracle(ORACLE_TEXT) == clade_lengths(from_newick(ORACLE_TEXT))


ORACLES = [oracle_clades_skbio, oracle_clades_dendropy, oracle_clades_ete3]


@pytest.mark.needs("skbio", "dendropy", "ete3")
@pytest.mark.parametrize("oracle", ORACLES)
@settings(deadline=None, max_examples=25)
@given(
    tree=class_trees(
        labels=names("ab_c ").filter(str.strip).map(str.strip),
        leaves_only=True,
        names_are_labels=True,
        lengths=True,
    )
)
def test_other_programs_read_what_we_write(oracle, tree):
    assert oracle(to_newick(tree)) == clade_lengths(tree)


def test_a_single_class_whose_node_has_no_label():
    tree = ClassTree([-1], ["dog"], [0], labels=[""])
    assert from_newick(to_newick(tree)) == tree


@pytest.mark.parametrize("name", ["<", "<html>", "#NEXUS", "\ufeffa", "{}", "[1]", "---"])
def test_a_name_that_begins_the_text_is_not_taken_for_another_format(name, tmp_path):
    tree = ClassTree([-1], [name], [0], labels=[name])
    write_tree(tree, tmp_path / "one.nwk")
    assert read_tree(tmp_path / "one.nwk") == tree
