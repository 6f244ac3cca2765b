"""Evaluate a scikit-learn classifier of handwritten digits with a small tree, and decide better.

Run: python examples/sklearn_digits.py

Only scikit-learn makes the predictions; hiertools asks how sensible their mistakes are, compares
the classifier's own weights with class means as prototypes, and uses the tree to decide: for the
class of least expected cost, or for a group where the digit itself is too uncertain.
"""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import hiertools as ht
from hiertools.decisions import BackOff, minimise_risk

# Digits by the strokes they are drawn with.
LINEAGES = {
    "0": "round/closed/0",
    "6": "round/closed/6",
    "8": "round/closed/8",
    "9": "round/closed/9",
    "2": "round/open/2",
    "3": "round/open/3",
    "5": "round/open/5",
    "1": "straight/1",
    "4": "straight/4",
    "7": "straight/7",
}


def main() -> None:
    """Train, predict, evaluate, decide."""
    tree = ht.ClassTree.from_lineages(LINEAGES)
    images, digits = load_digits(return_X_y=True)
    images = images / 16.0
    train, test, train_digits, test_digits = train_test_split(
        images, digits, test_size=0.5, random_state=0, stratify=digits
    )
    # Half of the training images choose the back-off threshold: never the test set.
    fit, held, fit_digits, held_digits = train_test_split(
        train, train_digits, test_size=0.3, random_state=0, stratify=train_digits
    )
    model = LogisticRegression(C=0.1, max_iter=1000).fit(fit, fit_digits)
    names = [str(digit) for digit in model.classes_]

    predictions = ht.Predictions(
        test_digits,
        model.predict_proba(test),
        names,
        embeddings=test,
        score_kind="probability",
    )
    result = ht.evaluate(predictions, tree)
    print(result, "\n")
    print("Confusions at the top level of the tree:")
    print(result.confusion_matrix(level=0), "\n")

    print("The same embeddings read by the model's weights and by class means:")
    readings = {
        "weights": ht.ClassRepresentatives(model.coef_, names, kind="weights"),
        "prototypes": ht.prototypes(fit, fit_digits, names),
    }
    both = ht.evaluate(predictions, tree, representatives=readings, k=1)
    accuracy = both.table.query("score == 'accuracy'")
    print(accuracy.to_string(index=False), "\n")

    probabilities = model.predict_proba(test)
    careful = ht.Predictions(
        test_digits, classes=names, ranked=minimise_risk(probabilities, tree, names)
    )
    compared = ht.evaluate({"most probable": predictions, "least risk": careful}, tree, k=1)
    costs = compared.table.query("score in ('accuracy', 'average_hierarchical_cost')")
    print("The most probable class, or the class of least expected cost:")
    print(costs[costs["level"].isna()].to_string(index=False), "\n")

    back_off = BackOff(tree, names, accuracy=0.99).fit(model.predict_proba(held), held_digits)
    decided = back_off.predict(probabilities)
    right = decided.right(test_digits, names).mean()
    print(
        f"Backing off below a confidence of {back_off.parameter_:.2f}: right for "
        f"{100 * right:.1f} %, {100 * decided.is_class.mean():.1f} % still named as single digits."
    )


if __name__ == "__main__":
    main()
