"""Arrays of other libraries, which are not imported for it."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression

import hiertools as ht
from hiertools import HiertoolsError, PredictionsError, RepresentativesError
from hiertools._core.arrays import plain
from hiertools.measures.calibration import softmax_confidence
from hiertools.measures.mistakes import top_k
from hiertools.measures.sample_retrieval import sample_retrieval
from hiertools.producers import from_confusion, from_texts

W = np.array([[1.0, 0.5], [-2.0, 3.0], [0.25, 4.0]])
NAMES = ["lynx", "puma", "wolf"]


class Tensor:
    """Behaves as a torch tensor on another device: numpy gets nothing until it is copied."""

    def __init__(self, values, layout="torch.strided", device="cuda:0", problem=None):
        self.values, self.layout, self.device = np.asarray(values), layout, device
        self.dtype, self.ndim, self.shape = "torch.float32", np.ndim(values), np.shape(values)
        self.problem = problem

    def __getitem__(self, place):
        return Tensor(self.values[place])

    def __len__(self):
        return len(self.values)

    def __array__(self, *args, **kwargs):
        raise RuntimeError("call cpu() and detach() first")

    def detach(self):
        return self

    def cpu(self):
        if self.problem:
            raise RuntimeError(self.problem)
        return self

    def numpy(self):
        return self.values


class Lazy:
    """Behaves as an array of a library that only offers `__array__`."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


READERS = {
    "representatives": lambda x: ht.ClassRepresentatives(x, NAMES).vectors,
    "as_representatives": lambda x: ht.as_representatives(x, NAMES).vectors,
    "mapping": lambda x: ht.as_representatives(dict(zip(NAMES, x))).vectors,
    "scores": lambda x: ht.Predictions([0, 1, 0], x, NAMES[:2]).scores,
    "embeddings": lambda x: ht.Predictions([0, 1, 2], classes=NAMES, embeddings=x).embeddings,
    "prototypes": lambda x: ht.prototypes(x, NAMES).vectors,
    "medoids": lambda x: ht.prototypes(x, NAMES, method="medoid").vectors,
    "texts": lambda x: from_texts(lambda texts: x, NAMES).vectors,
    "retrieval": lambda x: sample_retrieval(x, ["a", "b", "a"]).r_precision[::2],
    "top_k": lambda x: top_k(x, 1),
    "confidence": softmax_confidence,
    "distances": lambda x: ht.distances(x, classes=NAMES).condensed,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_tensors_are_read_wherever_they_lie(read):
    expected = read(W)
    for same in (Tensor(W), [Tensor(row) for row in W], tuple(map(Tensor, W)), list(W)):
        assert np.array_equal(read(same), expected)
    assert np.array_equal(read([Lazy(row) for row in W]), expected)


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (Tensor(W, layout="torch.sparse_coo"), r"must be dense; got a sparse Tensor; .* to_dense"),
        (Tensor(W, device="meta"), "the Tensor lies on the device 'meta', so it has a shape and"),
        (Tensor(W, problem="out of\nmemory"), r"the Tensor can't be read as numbers \(out of\)"),
        (scipy.sparse.csr_matrix(W), r"must be dense; got a sparse csr_matrix; .* toarray\(\)"),
    ],
    ids=["sparse", "meta", "broken", "scipy"],
)
def test_what_holds_no_values_is_told(read, bad, message):
    # A mapping is read row by row.
    bad = [bad] * 3 if read is READERS["mapping"] else bad
    with pytest.raises((RepresentativesError, PredictionsError), match=message):
        read(bad)


def test_square_tensors_and_labels():
    square = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [2.0, 3.0, 0.0]])
    assert ht.DistanceMatrix(Tensor(square), NAMES).condensed.tolist() == [1, 2, 3]
    expected = from_confusion(square + 1, NAMES).condensed
    assert from_confusion([Tensor(row + 1) for row in square], NAMES).condensed.tolist() == (
        expected.tolist()
    )
    assert np.array_equal(ht.ClassRepresentatives(Lazy(square), NAMES).vectors, square)
    labels = Tensor(np.array([0, 1, 2]))
    assert ht.Predictions(labels, Tensor(square), NAMES).labels.tolist() == [0, 1, 2]
    assert ht.prototypes(W, labels, NAMES) == ht.prototypes(W, NAMES)
    with pytest.raises(PredictionsError, match="labels are numbers, so their names must be given"):
        ht.prototypes(W, labels)
    accumulator = ht.PrototypeAccumulator(NAMES)
    accumulator.update(Tensor(W), [Tensor(label) for label in (0, 1, 2)])
    assert accumulator.result() == ht.prototypes(W, NAMES)


def test_compare_takes_tensors():
    tree = {"lynx": "cats/lynx", "puma": "cats/puma", "wolf": "wolf", "newt": "newt"}
    vectors = np.random.default_rng(0).normal(size=(4, 3))
    expected = ht.compare(vectors, tree, classes=list(tree), permutations=0).scores
    tensor = Tensor(vectors)
    found = ht.compare(
        {"a": tensor, "b": [tensor, list(tensor)]}, tree, classes=list(tree), permutations=0
    )
    for name in ("a", "b"):
        assert found.comparisons[name][0].scores.equals(expected)


def test_what_numpy_reads_is_left_alone():
    for values in ([1, 2], "text", None, W, 3):
        assert plain(values) is values
    assert plain([[1.0, "a"], (2, None)]) == [[1.0, "a"], (2, None)]
    with pytest.raises(HiertoolsError, match="must be real numbers"):
        ht.ClassRepresentatives(Tensor(W * 1j), NAMES)
    with pytest.raises(PredictionsError, match="embeddings must be real numbers; got complex"):
        ht.prototypes(W * 1j, NAMES)


def test_classifiers_of_two_classes_and_models():
    model = LogisticRegression().fit([[0, 0], [4, 0], [0, 4]], NAMES)
    assert ht.ClassRepresentatives(model.coef_, model.classes_).vectors.shape == (3, 2)
    two = LogisticRegression().fit([[0, 0], [4, 0]], NAMES[:2])
    with pytest.raises(RepresentativesError, match="one vector tells two classes apart.*prototype"):
        ht.ClassRepresentatives(two.coef_, two.classes_)
    assert (ht.as_representatives(model).vectors == model.coef_).all()
