"""Does a linear classifier of handwritten digits group them by shape?

python examples/digits.py
"""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hiertools as ht
from hiertools.producers import from_sklearn_model

# One way to sort digits by their strokes; try your own.
SHAPES = {
    "round": {"closed": ["0", "6", "8", "9"], "open": ["2", "3", "5"]},
    "straight": ["1", "4", "7"],
}


def main() -> None:
    tree = ht.as_tree(SHAPES)
    images, digits = load_digits(return_X_y=True)
    names = digits.astype(str)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(images, names)
    models = {
        "coefficients": from_sklearn_model(model),
        "prototypes": ht.prototypes(images, names),
    }
    result = ht.compare(models, tree, permutations=199, random_state=0)
    print(result)
    for name, reps in models.items():
        print(f"\n{name}: {ht.infer_tree(reps).to_newick()}")


if __name__ == "__main__":
    main()
