"""What scikit-bio, toytree and DendroPy say of the trees of ``cases.csv``, stored for the tests.

    pip install scikit-bio==0.7.4 toytree==3.0.11 DendroPy==5.1.3
    python tests/verification/peers/peers.py

Writes ``python.csv``. Every figure of docs/where-peers-differ.md is one of these or of ``r.csv``.
"""

import csv
import io
import warnings
from importlib.metadata import version
from pathlib import Path

import dendropy
import toytree
from dendropy.calculate.treecompare import symmetric_difference
from skbio import TreeNode

HERE = Path(__file__).parent


def skbio_rf(first, second, **options):
    """Robinson-Foulds distance by scikit-bio."""
    a, b = (TreeNode.read(io.StringIO(text)) for text in (first, second))
    return a.compare_rfd(b, **options)


def dendropy_rf(first, second, rooting=""):
    """Symmetric difference by DendroPy."""
    names = dendropy.TaxonNamespace()
    a, b = (
        dendropy.Tree.get(data=rooting + text, schema="newick", taxon_namespace=names)
        for text in (first, second)
    )
    return symmetric_difference(a, b)


def by_toytree(name):
    """Return a function of two Newick texts."""
    function = getattr(toytree.distance, f"get_treedist_rfg_{name}")
    return lambda a, b: function(toytree.tree(a), toytree.tree(b), normalize=False)


CALLS = [
    ("scikit-bio", "compare_rfd(proportion=True)", ["two_stars", "star", "rooted_1"],
     lambda a, b: skbio_rf(a, b, proportion=True)),
    ("scikit-bio", "compare_rfd", ["two_stars", "star", "rooted_1"], skbio_rf),
    ("toytree", "get_treedist_rfg_spi", ["same", "near"], by_toytree("spi")),
    ("toytree", "get_treedist_rfg_msi", ["same", "near"], by_toytree("msi")),
    ("toytree", "get_treedist_rfg_mci", ["same", "near"], by_toytree("mci")),
    ("toytree", "get_treedist_rfg_ms", ["same", "near", "unmatched"], by_toytree("ms")),
    ("DendroPy", "symmetric_difference", ["rooted_1", "rooted_3"], dendropy_rf),
    ("DendroPy", "symmetric_difference, [&R]", ["rooted_1", "rooted_3"],
     lambda a, b: dendropy_rf(a, b, "[&R] ")),
]  # fmt: skip


def main() -> None:
    """Write the table."""
    warnings.simplefilter("ignore")
    with open(HERE / "cases.csv", newline="", encoding="utf-8") as file:
        cases = {row["case"]: (row["first"], row["second"]) for row in csv.DictReader(file)}
    with open(HERE / "python.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["package", "version", "call", "case", "value"])
        for package, call, names, function in CALLS:
            for name in names:
                value = round(float(function(*cases[name])), 6)
                writer.writerow([package, version(package), call, name, f"{value:g}"])


if __name__ == "__main__":
    main()
