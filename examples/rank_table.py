"""A species classifier against a table with one column a rank, with gaps in it.

    python examples/rank_table.py

The measurements are made up (ten numbers a specimen, alike among relatives); the ranks are real.
"""

import io

import numpy as np
import pandas as pd
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

import hiertools as ht
from hiertools.producers import from_sklearn_model

# Cells may be empty: not every group has a suborder or a subfamily.
TABLE = """order,suborder,family,subfamily,genus,species
Carnivora,Feliformia,Felidae,Felinae,Lynx,Lynx lynx
Carnivora,Feliformia,Felidae,Felinae,Puma,Puma concolor
Carnivora,Feliformia,Felidae,Pantherinae,Panthera,Panthera leo
Carnivora,Feliformia,Felidae,Pantherinae,Panthera,Panthera onca
Carnivora,Caniformia,Canidae,,Canis,Canis lupus
Carnivora,Caniformia,Canidae,,Vulpes,Vulpes vulpes
Carnivora,Caniformia,Ursidae,,Ursus,Ursus arctos
Rodentia,,Muridae,Murinae,Mus,Mus musculus
Rodentia,,Muridae,Murinae,Rattus,Rattus rattus
Rodentia,,Sciuridae,,Sciurus,Sciurus vulgaris
"""


def main() -> None:
    table = pd.read_csv(io.StringIO(TABLE), dtype=str, keep_default_na=False)
    tree = ht.ClassTree.from_ranks(table)
    print(tree, "with the levels", ", ".join(map(str, ht.level_names(tree))))

    random = np.random.default_rng(0)
    trait = random.normal(size=(tree.n_nodes, 10))  # what each group adds to its members
    species = np.array([sum(trait[[*ht.ancestors(tree, n), n]]) for n in tree.class_node])
    labels = np.repeat(tree.classes, 30)
    specimens = np.repeat(species, 30, axis=0) + random.normal(size=(len(labels), 10))

    model = LinearDiscriminantAnalysis().fit(specimens, labels)
    result = ht.compare(
        from_sklearn_model(model), tree, levels=["order", "family"], metric="raw_euclidean",
        permutations=199,
    )  # fmt: skip
    print(result)


if __name__ == "__main__":
    main()
