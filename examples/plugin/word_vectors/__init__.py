"""Class representatives from a text file of word vectors (GloVe, word2vec's text form)."""

from pathlib import Path

import numpy as np

from hiertools import ClassRepresentatives, RepresentativesError


def from_word_vectors(path: str, *, classes: str | list[str]) -> ClassRepresentatives:
    """Mean word vector of each class name.

    Parameters
    ----------
    path
        One word a line, then its numbers, all separated by blanks.
    classes
        Class names, or a file with one name a line.
    """
    if isinstance(classes, str):
        classes = Path(classes).read_text(encoding="utf-8").splitlines()
    words = {name: name.lower().replace("_", " ").split() for name in classes}
    wanted = {word for parts in words.values() for word in parts}
    vectors: dict[str, np.ndarray] = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, _, numbers = line.rstrip().partition(" ")
            if word in wanted:
                vectors[word] = np.array(numbers.split(), dtype=float)
    missing = sorted(wanted - set(vectors))
    if missing:
        raise RepresentativesError(f"{path} has no vector for: {', '.join(missing[:5])}.")
    means = [np.mean([vectors[word] for word in parts], axis=0) for parts in words.values()]
    return ClassRepresentatives(means, classes, "word vector", {"file": Path(path).name})


from_word_vectors.example = "word-vectors:glove.txt?classes=names.txt"
