"""Answers and labels at any node: literally, on every rank, and whatever names and order are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.errors import ClassMismatchError, PredictionsError, TreeError
from hiertools.evaluation.any_node import named_nodes
from hiertools.measures.branches import relations

TREE = ht.ClassTree.from_newick(
    "((((lynx,puma)felid,(wolf,fox)canid)carnivore,(bat)chiroptera)mammal,"
    "((newt,toad)amphibian)herp,coral);"
)
NODES = [name for name in TREE.labels if name]


def path(name, tree=TREE):
    """The labels below the root down to the node of this name."""
    return ht.node_path(tree, ht.find_node(tree, name))


def made(labels, answers, **fields):
    return ht.Predictions(
        labels, classes=sorted({*labels, *answers}), ranked=np.array(answers)[:, None], **fields
    )


def literal(labels, answers, level):
    """RESCRIPt's definition on texts of labels cut at a level, with whole labels."""
    match = under = over = wrong = 0
    for y, p in zip(labels, answers):
        y, p = (path(name)[: None if level is None else level + 1] for name in (y, p))
        if y == p:
            match += 1
        elif y[: len(p)] == p:
            under += 1
        elif p[: len(y)] == y:
            over += 1
        else:
            wrong += 1
    n = len(labels)
    precision = match / (n - under) if match else 0.0
    recall = match / n
    f1 = 2 * precision * recall / (precision + recall) if match else 0.0
    return [match / n, under / n, over / n, wrong / n, precision, recall, f1]


samples = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), min_size=1)


@settings(deadline=None, max_examples=25)
@given(samples)
def test_by_rank_literally(pairs):
    labels, answers = zip(*pairs)
    result = ht.evaluate(made(labels, answers), TREE, intervals=False)
    table = result.by_rank()
    deepest = result.predefined.n_levels
    assert table["level"].tolist()[:-1] == list(range(deepest))
    for row in table.itertuples(index=False):
        level = None if pd.isna(row.level) else row.level
        assert list(row)[2:] == pytest.approx(literal(labels, answers, level), abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(samples)
def test_severity_of_wrong_branches_literally(pairs):
    labels, answers = zip(*pairs)
    result = ht.evaluate(made(labels, answers), TREE, intervals=False)
    far = []
    for y, p in zip(labels, answers):
        a, b = path(y), path(p)
        common = sum(x == z for x, z in zip(a, b))
        if common < min(len(a), len(b)):
            far.append(len(a) + len(b) - 2 * common)
    rows = result.scores.set_index("score")
    if "branch_severity" in rows.index:
        value = rows.loc["branch_severity", "value"]
        assert (np.isnan(value) and not far) or value == pytest.approx(np.mean(far))


def test_mammal_for_a_lynx_is_not_wrong():
    result = ht.evaluate(made(["lynx", "lynx", "felid"], ["mammal", "wolf", "lynx"]), TREE)
    assert result.value("under_classified") == pytest.approx(1 / 3)
    assert result.value("over_classified") == pytest.approx(1 / 3)
    assert result.value("misclassified") == pytest.approx(1 / 3)
    assert result.value("branch_severity") == 4.0
    assert result.value("accuracy", level=0) == 1.0
    assert "are inner nodes of the tree" in " ".join(result.notes)
    table = result.by_rank()
    assert {"match_low", "match_high", "f1_low"} <= set(table.columns)
    row = table.iloc[-1]
    assert row["under_classified_low"] < 1 / 3 < row["under_classified_high"]


def test_the_four_shares_add_up_and_agree_with_accuracy():
    rng = np.random.default_rng(0)
    labels, answers = rng.choice(NODES, 200), rng.choice(NODES, 200)
    table = ht.evaluate(made(labels, answers), TREE, intervals=False).by_rank()
    shares = table[["match", "under_classified", "over_classified", "misclassified"]]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_where_no_answer_can_stop_short_the_table_follows_from_accuracy():
    labels, answers = ["lynx", "wolf", "newt", "bat"], ["puma", "wolf", "toad", "bat"]
    result = ht.evaluate(made(labels, answers), TREE)
    assert "under_classified" not in set(result.scores["score"])
    table = result.by_rank()
    assert table["match"].tolist() == table["recall"].tolist() == table["precision"].tolist()
    assert table["misclassified"].tolist() == (1 - table["match"]).tolist()
    assert (table["misclassified_low"] <= table["misclassified_high"]).all()
    for row in table.itertuples(index=False):
        level = None if pd.isna(row.level) else row.level
        assert row.match == literal(labels, answers, level)[0]


def test_batches_and_merging_give_the_same():
    rng = np.random.default_rng(1)
    labels, answers = rng.choice(NODES, 120), rng.choice(NODES, 120)
    whole = ht.Predictions(labels, classes=NODES, ranked=answers)
    at_once = ht.evaluate(whole, TREE)
    workers = [ht.Evaluator(TREE), ht.Evaluator(TREE)]
    for start in range(0, 120, 30):
        part = slice(start, start + 30)
        workers[start // 30 % 2].update(labels[part], classes=NODES[::-1], ranked=answers[part])
    workers[1].merge(workers[0])
    merged = workers[1].result()
    assert merged.scores.equals(at_once.scores)
    assert merged.by_rank().equals(at_once.by_rank())
    assert merged.node_confusion().equals(at_once.node_confusion())
    again = ht.Evaluation.from_dict(at_once.to_dict())
    assert again.by_rank().equals(at_once.by_rank())
    assert again.node_confusion().equals(at_once.node_confusion())


def test_names_and_order_decide_nothing():
    rng = np.random.default_rng(2)
    labels, answers = rng.choice(NODES, 80), rng.choice(NODES, 80)
    called = {name: f"x{place}" for place, name in enumerate(reversed(NODES))}
    other = ht.ClassTree(
        TREE.parent,
        [called[name] for name in TREE.classes],
        TREE.class_node,
        labels=[called.get(label, "") for label in TREE.labels],
    )
    order = rng.permutation(80)
    turned = made(
        [called[labels[i]] for i in order], [called[answers[i]] for i in order]
    )  # fmt: skip
    one, two = ht.evaluate(made(labels, answers), TREE), ht.evaluate(turned, other)
    assert two.by_rank().equals(one.by_rank())


def test_one_node_may_have_several_names():
    names = ["felid", "mammal/carnivore/felid", "mammal; carnivore; felid; unclassified"]
    result = ht.evaluate(made(["lynx"] * 3, names), TREE, intervals=False)
    assert result.value("under_classified") == 1.0
    assert result.classes == ("felid", "lynx")
    with pytest.raises(PredictionsError, match="several columns of scores are of one node"):
        ht.evaluate(ht.Predictions([0], [[0.5, 0.2, 0.3]], ["lynx", *names[:2]]), TREE)
    root = ht.evaluate(made(["lynx", "newt"], ["Unassigned", "newt"]), TREE, intervals=False)
    assert root.by_rank()["under_classified"].tolist() == [0.5] * 5


def test_a_class_may_go_by_the_label_of_its_node():
    tree = ht.ClassTree.from_lineages({"0295": "Ducks/Eider", "0301": "Owls/Owl"})
    result = ht.evaluate(made(["0295", "0301"], ["Eider", "Ducks/Eider"]), tree, intervals=False)
    assert result.classes == ("0295", "0301")
    assert result.value("accuracy") == 0.5
    told = (
        "2 names are read as the labels or lineages of classes of the tree, such as 'Ducks/Eider'"
    )
    assert any(note.startswith(told) for note in result.notes)


def test_names_that_mean_no_node_are_refused_as_ever():
    with pytest.raises(ClassMismatchError, match="'yeti'"):
        ht.evaluate(made(["lynx"], ["yeti"]), TREE)
    twice = ht.ClassTree.from_newick("(((a,b)x,c)p,((d,e)x,f)q);")
    with pytest.raises(TreeError, match="2 nodes of the tree are called 'x'.*'p/x', 'q/x'.*path"):
        ht.evaluate(made(["a"], ["x"]), twice)
    assert ht.evaluate(made(["a"], ["p/x"]), twice).value("under_classified") == 1.0


def test_decisions_that_back_off_are_evaluated_as_they_are():
    """The paths of `back_off` are names of nodes; its own accuracy is what is not misclassified."""
    from hiertools.decisions import back_off

    tree = ht.ClassTree.from_newick("((lynx,wolf,bear)mammal,(newt,toad)amphibian);")
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(5) / 2, 100)
    labels = rng.choice(tree.classes, 100)
    decided = back_off(p, tree, tree.classes, threshold=0.7)
    answers = [name or "unknown" for name in decided.paths]
    result = ht.evaluate(made(labels, answers), tree, intervals=False)
    right = decided.right(labels).mean()
    assert result.value("misclassified") == pytest.approx(1 - right)


def test_named_nodes_without_any_change_nothing():
    assert named_nodes(TREE, TREE.classes).tree is TREE


def test_relations_of_one_sample_each():
    lynx, felid, wolf = (ht.find_node(TREE, name) for name in ("lynx", "felid", "wolf"))
    found = relations(TREE, [lynx, lynx, felid, lynx], [lynx, felid, lynx, wolf])
    assert np.array(found).astype(int).tolist() == np.eye(4, dtype=int).tolist()


def test_reports_tell_what_stops_short(tmp_path):
    labels, answers = ["lynx", "lynx", "newt", "bat"], ["felid", "wolf", "newt", "bat"]
    result = ht.evaluate(made(labels, answers), TREE)
    said = "Right for 50.0 % of 4 samples, and for 25.0 % as far as the answer goes; a wrong branch"
    assert f"{said} lies 4.00 from the truth" in str(result)
    result.to_html(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    section = page[page.index('<h2 id="level-by-level"') if 'id="level-by-level"' in page else 0 :]
    assert "too coarse" in section
    assert "whole answer" in section
    assert "25.0 % [0.6, 80.6]" in section
    plain = ht.evaluate(made(labels, ["puma", "wolf", "newt", "bat"]), TREE, intervals=False)
    assert "a mistake lies" in str(plain)
    plain.to_html(tmp_path / "p.html")
    assert "too coarse" not in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_the_command_line_takes_lineages_of_any_depth(tmp_path, monkeypatch, capsys):
    from hiertools.cli import run

    monkeypatch.chdir(tmp_path)
    lineage = "d__B; f__F; g__G; s__G x"
    table = {
        "label": [lineage] * 4,
        "prediction": ["d__B; f__F; g__G; s__", lineage, "Unassigned", "d__B; f__F; g__H"],
    }
    pd.DataFrame(table).to_csv("p.csv", index=False)
    taxa = ["d__B; f__F; g__G; s__G x", "d__B; f__F; g__H; s__H y"]
    pd.DataFrame({"Feature ID": ["a", "b"], "Taxon": taxa}).to_csv("t.tsv", sep="\t", index=False)
    limits = ("--fail-under", "misclassified,level=genus=0.3", "--fail-under", "node_precision=0.5")
    assert run(["evaluate", "p.csv", "t.tsv", *limits]) == 0
    out = capsys.readouterr().out
    assert "for 50.0 % as far as the answer goes" in out
    assert run(["evaluate", "p.csv", "t.tsv", "--fail-under", "under_classified=0.1"]) == 1


# ---- the hierarchical confusion matrix


def literal_confusion(tree, labels, answers):
    """Riehl et al., node by node and sample by sample."""
    counts = {}
    for y, p in zip(labels, answers):
        true, said = (
            {node, *ht.ancestors(tree, node).tolist()}
            for node in (ht.find_node(tree, y), ht.find_node(tree, p))
        )
        for node in range(1, tree.n_nodes):
            cell = counts.setdefault(node, [0, 0, 0, 0])
            both = true & said
            if node in both:
                cell[0] += 1
            elif node in said:
                cell[2] += 1
            elif node in true:
                cell[3] += 1
            elif int(tree.parent[node]) in both:
                cell[1] += 1
    return [counts[node] for node in range(1, tree.n_nodes)]


@settings(deadline=None, max_examples=20)
@given(samples)
def test_node_confusion_literally(pairs):
    labels, answers = zip(*pairs)
    result = ht.evaluate(made(labels, answers), TREE, intervals=False)
    found = result.node_confusion().iloc[:, 2:].to_numpy().tolist()
    assert found == literal_confusion(result.predefined, labels, answers)


def test_node_confusion_shares_out_what_is_tied():
    tree = ht.ClassTree.from_newick("((lynx,wolf)mammal,newt);")
    tied = ht.Predictions(["lynx"], [[0.4, 0.4, 0.2]], tree.classes)
    found = ht.evaluate(tied, tree, intervals=False).node_confusion().set_index("node")
    assert found.loc["mammal/lynx"].tolist()[1:] == [0.5, 0.0, 0.0, 0.5]
    assert found.loc["mammal/wolf"].tolist()[1:] == [0.0, 0.5, 0.5, 0.0]


def test_a_path_that_is_there_to_the_letter_holds_no_placeholder():
    tree = ht.ClassTree.from_newick("(((lynx,wolf)'Undetermined mammals')animal,newt);")
    path = "animal/Undetermined mammals"
    made = ht.Predictions(["lynx"], classes=["lynx", path], ranked=[path])
    assert ht.evaluate(made, tree, k=1, intervals=False).value("under_classified") == 1.0
