"""Placeholders of lineages and ranks are no groups; prefixes tell ranks."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.errors import FileFormatError, HiertoolsWarning, TreeError
from hiertools.readers import from_lineages, from_ranks, to_frame, to_lineages
from hiertools.trees.formats.placeholders import PREFIXES, Nothing

NONE = [
    "g__", "G__", "D_5__", " ", "unclassified", "Unclassified", "g__unclassified",
    "g__Unclassified Felidae", "Felidae_unclassified", "Incertae sedis", "f__Incertae_Sedis",
    "Felidae incertae sedis", "Fungi_gen_Incertae_sedis", "sp.", "s__sp.", "Lynx sp.", "Lynx_sp",
    "unidentified", "unidentified felid", "uncultured", "s__uncultured rotifer", "D_6__uncultured",
    "gut metagenome", "environmental samples", "Ambiguous_taxa", "NA", "nan",
]  # fmt: skip
NAMES = ["Lynx", "g__Lynx", "Wasp", "Lynx sp. 2", "s__UBA12 sp0024", "Natrix", "Namibia", "Other"]


@pytest.mark.parametrize("word", NONE)
def test_a_placeholder_joins_nothing(word):
    """Two classes that share nothing but a placeholder are as far apart as if it weren't there."""
    lineages = {"a": ["F", word, "x"], "b": ["F", word, "y"], "c": ["C", word, "z"]}
    with pytest.warns(HiertoolsWarning, match=r"3 lineage\(s\): 3 component\(s\) hold .* no group"):
        tree = from_lineages(lineages)
    assert to_lineages(tree) == {"a": ("F", "x"), "b": ("F", "y"), "c": ("C", "z")}
    if word.strip():
        with pytest.warns(HiertoolsWarning, match="no group"):
            texts = from_lineages({name: ";".join(path) for name, path in lineages.items()})
        assert texts == tree
    table = pd.DataFrame({"family": ["F", "F", "C"], "genus": [word] * 3, "species": [*"xyz"]})
    if word.strip():
        with pytest.warns(HiertoolsWarning, match=r"the table of ranks: 3 cell\(s\) hold"):
            ranked = from_ranks(table)
    else:
        ranked = from_ranks(table)
    assert ranked.labels == tree.labels
    assert ht.level_groups(ranked, "genus").tolist() == ranked.class_node.tolist()


@pytest.mark.parametrize("word", NAMES)
def test_names_that_only_look_like_placeholders(word):
    tree = from_lineages({"a": ["F", word, "x"], "b": ["F", word, "y"]})
    assert tree.labels[2] == word
    assert not Nothing(None)(word)


def test_missing_names_what_is_no_group():
    lineages = {"a": ["F", "unclassified", "x"], "b": ["F", "?", "y"]}
    assert from_lineages(lineages, missing=[]).labels == ("", "F", "unclassified", "x", "?", "y")
    with pytest.warns(HiertoolsWarning, match=r"1 component\(s\) hold '\?'"):
        tree = from_lineages(lineages, missing=["?"])
    assert to_lineages(tree, lossy=True)["b"] == ("F", "y")


def test_what_a_class_is_called_stays():
    names = ["F/Lynx sp.", "F/unidentified", "C/NA"]
    tree = from_lineages(names)
    assert tree.classes == ("Lynx sp.", "unidentified", "NA")
    assert from_lineages(to_frame(tree)) == tree
    ranks = {"family": ["F", "F"], "genus": ["Lynx", "Felis"], "species": ["Lynx sp.", "F. catus"]}
    assert from_ranks(ranks).classes == ("Lynx sp.", "F. catus")


def test_classes_by_other_names_hang_from_what_is_known():
    with pytest.warns(HiertoolsWarning) as told:
        tree = from_lineages({"f1": "F;G;s__uncultured", "f2": "F;G;s__", "f3": "F;G;S"})
    assert "2 component(s) hold 's__uncultured'" in str(told[0].message)
    assert to_lineages(tree) == {"f1": ("F", "G", "f1"), "f2": ("F", "G", "f2"),
                                 "f3": ("F", "G", "S", "f3")}  # fmt: skip
    with pytest.warns(HiertoolsWarning, match="2 component"):
        tree = from_lineages({"f1": "d__B;p__P", "f2": "Unassigned", "f3": "Unassigned"})
    assert ht.path_distances(tree, ["f2", "f3"])[0, 1] == 2
    assert to_lineages(tree)["f2"] == ("f2",)
    with pytest.raises(FileFormatError, match="empty component"):
        from_lineages({"f1": "d__B;p__P", "f2": "d__;p__"})


def test_a_wrong_answer_is_wrong_at_the_rank_of_a_placeholder():
    """Two species of one family, of no genus that is known, are not one genus."""
    for tree in (
        {"x": "f__F;g__;s__x", "y": "f__F;g__;s__y", "z": "f__C;g__G;s__z"},
        pd.DataFrame({"class": [*"xyz"], "family": ["f__F", "f__F", "f__C"],
                      "genus": ["g__unclassified"] * 2 + ["g__G"]}),
    ):  # fmt: skip
        made = ht.Predictions(["x", "y"], classes=["x", "y", "z"], ranked=["y", "x"])
        with pytest.warns(HiertoolsWarning):
            read = ht.as_tree(tree)
        if read.rank_order is None or "genus" not in read.rank_order:
            raise AssertionError("ranks are told")
        result = ht.evaluate(made, read, intervals=False)
        assert result.value("accuracy", level="genus") == 0.0
        assert result.value("accuracy", level="family") == 1.0


def test_prefixes_tell_ranks():
    """RESCRIPt's SILVA, GTDB, Greengenes and QIIME write the same ranks."""
    tree = from_lineages({"a": "d__B;p__P;c__C;g__G", "b": "d__B;p__P;f__F;g__H;s__H x"})
    assert tree.rank_order == ("domain", "phylum", "class", "family", "genus", "species")
    assert [tree.labels[i] for i in ht.level_groups(tree, "genus")] == ["g__G", "g__H"]
    old = from_lineages({"a": "D_0__B;D_1__P;D_5__G", "b": "D_0__B;D_1__P;D_5__H"})
    assert old.rank_order == ("domain", "phylum", "genus")
    for one in (tree, old):
        assert from_lineages(to_frame(one)) == one
    # No ranks where prefixes don't tell all of them, or not in their order.
    for odd in ("B;p__P;c__D", "d__B;x__P;c__D", "p__P;d__B;c__D"):
        assert from_lineages({"a": "d__B;p__P;c__C", "b": odd}).rank_order is None
    assert from_lineages({"a": "d__B;p__P", "b": "d__B;p__Q"}, ranks=["r", "s"]).rank_order == (
        "r", "s",
    )  # fmt: skip


def test_groups_that_would_be_lost_are_not_written_as_lineages():
    tree = ht.ClassTree.from_newick("((lynx,puma)unclassified,wolf);")
    with pytest.raises(TreeError, match="can't carry groups named as if .* 'unclassified'"):
        to_lineages(tree)
    assert to_lineages(tree, lossy=True)["lynx"] == ("unclassified", "lynx")
    assert from_lineages(to_frame(tree, lossy=True), missing=[]).n_nodes == tree.n_nodes


PARTS = st.sampled_from(["A", "B", "f__A", "g__", "unclassified", "g__B", "", "NA"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_literally_a_lineage_without_its_placeholders(rows):
    """Definition: reading lineages is reading them with every placeholder taken out."""
    import warnings

    nothing = Nothing(None)
    named = {f"c{i}": [*row, f"c{i}"] for i, row in enumerate(rows)}
    plain = {name: [p for p in row if p and not nothing(p)] for name, row in named.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = from_lineages({name: ";".join(row) for name, row in named.items()}, separator=";")
        expected = from_lineages(plain)
    assert to_lineages(found, lossy=True) == to_lineages(expected, lossy=True)


def test_every_prefix_names_a_rank_once():
    assert sorted(PREFIXES, key=len)[0] in PREFIXES
    letters = [rank for prefix, rank in PREFIXES.items() if not prefix.startswith("D_")]
    assert len(set(letters)) == len(letters)


@pytest.mark.parametrize("given", [[("F", "x"), (" ",)], [("g__",), ("F",)], ["NA;g__", "F;x"]])
@pytest.mark.filterwarnings("ignore::hiertools.errors.HiertoolsWarning")
def test_a_lineage_of_placeholders_alone_names_no_class(given):
    with pytest.raises(FileFormatError, match="row [01], .*nothing names its class; name the clas"):
        from_lineages(given)
    assert from_lineages(given, classes=["c", "d"]).classes == ("c", "d")  # as it advises
