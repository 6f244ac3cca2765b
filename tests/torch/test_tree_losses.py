"""Losses that see a tree, each against its definition, and against its authors' own numbers."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import hiertools as ht
from hiertools.errors import OptionError
from hiertools.measures.mistakes import ClassPairs
from hiertools.measures.similarity import class_similarity
from hiertools_torch import CPCC, EMA, HXE, Fixed, MetricLearning, MultiLevel, ProxyHead, SoftLabels
from hiertools_torch.heads.cpcc import cpcc
from hiertools_torch.heads.objective import Place, Seen
from hiertools_torch.heads.proxies import UnitSphere
from hiertools_torch.heads.scale import Dynamic
from hiertools_torch.heads.unit_sphere import exact_embedding

SMALL = ht.ClassTree.from_newick("((a,b),(c,(d,e)),f);")
LOGITS = torch.tensor(
    [[0.5, -1, 2, 0.3, 0.1, -0.7], [1.5, 0.2, -0.4, -2, 0.9, 0.6], [-0.3, 0.8, 0.1, 1.1, -1.2, 0.4]]
)
FLAT = ht.ClassTree.from_newick("(a,b,c,d,e,f);")


@st.composite
def trees(draw):
    """A tree of 3 to 9 classes, some of which may sit above others, or under single children."""
    n = draw(st.integers(3, 9))
    above = [draw(st.integers(-1, i - 1)) for i in range(n)]
    paths = []
    for i, parent in enumerate(above):
        start = () if parent < 0 else paths[parent]
        paths.append((*start, *["chain"] * draw(st.integers(0, 1)), f"n{i}"))
    return ht.ClassTree.from_lineages({f"c{i}": path for i, path in enumerate(paths)})


def seen(logits, labels):
    return Seen(logits, torch.as_tensor(labels), logits, logits)


def place(tree, classes=None):
    return Place(len(tree.classes), 3, classes, 1.0)


def under(tree, classes, node):
    """Return the columns of the classes at or below a node."""
    at = tree.class_node[[tree.class_index[name] for name in classes]]
    return [i for i, place in enumerate(at) if node in path_to(tree, place)]


def path_to(tree, node):
    """Return the nodes from the root to a node."""
    path = [int(node)]
    while tree.parent[path[0]] >= 0:
        path.insert(0, int(tree.parent[path[0]]))
    return path


def chain(tree, classes, shares, label):
    """Return the probabilities of the nodes from the root to a class, its own leaf at the end."""
    node = tree.class_node[tree.class_index[classes[label]]]
    masses = [sum(shares[i] for i in under(tree, classes, node)) for node in path_to(tree, node)]
    if len(under(tree, classes, node)) > 1:  # a class above others has a leaf of its own below
        masses.append(shares[label])
    return masses


@settings(deadline=None, max_examples=15)
@given(tree=trees(), alpha=st.floats(0, 3), seed=st.integers(0, 99))
def test_hxe_is_the_weighted_chain_of_conditional_probabilities(tree, alpha, seed):
    classes = tuple(np.random.default_rng(seed).permutation(tree.classes).tolist())
    torch.manual_seed(seed)
    logits = 5 * torch.randn(len(classes), len(classes), dtype=torch.float64)
    expected = []
    for label, shares in enumerate(torch.softmax(logits, 1).tolist()):
        masses = chain(tree, classes, shares, label)
        steps = [math.log(below / above) for above, below in pairwise(masses)]
        expected.append(-sum(math.exp(-alpha * depth) * step for depth, step in enumerate(steps)))
    loss = HXE(tree, alpha).build(place(tree, classes))
    assert loss(seen(logits, range(len(classes)))).tolist() == pytest.approx(expected)


@pytest.mark.parametrize(("tree", "alpha"), [(FLAT, 0.7), (SMALL, 0.0)])
def test_hxe_of_one_level_or_without_discount_is_cross_entropy(tree, alpha):
    head = ProxyHead(6, 3, logits="softmax", loss=HXE(tree, alpha))
    x, y = torch.randn(5, 3), torch.tensor([0, 1, 2, 3, 5])
    loss, logits = head(x, y)
    torch.testing.assert_close(loss, F.cross_entropy(logits, y))


@pytest.mark.parametrize(
    ("alpha", "published"),
    [(0.1, [0.21081702411174774, 0.14475421607494354]),
     (0.5, [0.16512493789196014, 0.16253191232681274])],
)  # fmt: skip
def test_hxe_has_the_published_codes_numbers(alpha, published):
    """fiveai/making-better-mistakes, whose weights sum to 1 over all nodes.

    Of class f, above the deepest level, its loss is minus infinity.
    """
    loss = HXE(SMALL, alpha).build(place(SMALL))
    constant = math.exp(-alpha) / sum(math.exp(-alpha * depth) for depth in SMALL.depth)
    ours = [float(loss(seen(LOGITS[i : i + 1], [y]))) * constant for i, y in ((0, 3), (2, 1))]
    assert ours == pytest.approx(published, abs=1e-6)
    assert 0 < float(loss(seen(LOGITS[1:2], [5]))) < math.inf


def test_far_classes_neither_underflow_nor_lose_gradients():
    logits = torch.tensor([[0.0, -400.0, -500.0, -500.0, -450.0, 0.0]], requires_grad=True)
    loss = HXE(SMALL, 0.5).build(place(SMALL))(seen(logits, [3]))
    loss.backward()
    # To the node of c, d and e, from there to that of d and e, from there to d.
    by_hand = 450 + math.log(2) + math.exp(-0.5) * 0 + math.exp(-1) * 50
    assert float(loss.detach()) == pytest.approx(by_hand)
    assert logits.grad.isfinite().all()


@settings(deadline=None, max_examples=10)
@given(tree=trees(), seed=st.integers(0, 99))
def test_multi_level_is_the_mean_of_the_levels_cross_entropies(tree, seed):
    torch.manual_seed(seed)
    n = len(tree.classes)
    logits = torch.randn(n, n, dtype=torch.float64)
    losses = []
    for level in range(tree.n_levels):
        groups = torch.as_tensor(ht.level_groups(tree, level))
        own = (torch.softmax(logits, 1) * (groups[:, None] == groups[None, :])).sum(1)
        losses.append(-own.log().mean())
    loss = MultiLevel(tree).build(place(tree))(seen(logits, range(n)))
    torch.testing.assert_close(loss.mean(), torch.stack(losses).mean())
    if tree.n_levels > 1:
        last = MultiLevel(tree, [0.0] * (tree.n_levels - 1) + [3.0]).build(place(tree))
        torch.testing.assert_close(last(seen(logits, range(n))).mean(), 3 * losses[-1])


@settings(deadline=None, max_examples=10)
@given(tree=trees(), beta=st.floats(0, 30))
def test_soft_labels_fall_with_the_height_of_the_common_ancestor(tree, beta):
    head = ProxyHead(len(tree.classes), 3, logits="softmax", loss=SoftLabels(tree, beta))
    height = ClassPairs(tree, tree.classes).lca_height
    targets = head.objective.targets
    for y in range(len(tree.classes)):
        shares = [math.exp(-beta * height[y, c] / height.max()) for c in range(len(targets))]
        assert targets[y].tolist() == pytest.approx([share / sum(shares) for share in shares])
    x, y = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    loss, logits = head(x, y)
    by_hand = -(targets[y].float() * torch.log_softmax(logits, 1)).sum(1).mean()
    torch.testing.assert_close(loss, by_hand)


def test_soft_labels_have_the_published_codes_numbers():
    targets = SoftLabels(SMALL, 5.0).build(place(SMALL)).targets
    published = [0.0054, 0.0054, 0.0287, 0.8034, 0.1517, 0.0054]
    assert targets[3].tolist() == pytest.approx(published, abs=5e-5)


FEATURES = torch.tensor(
    [[0.2, 1.0], [0.5, -0.3], [1.2, 0.1], [-0.7, 0.4], [0.9, 0.9], [-0.2, -1.1], [0.3, 0.6]]
)


def test_cpcc_is_the_correlation_over_pairs_of_class_means():
    path, labels = ht.path_distances(SMALL), torch.tensor([3, 5, 1, 0, 3, 1, 2])
    means = {y: FEATURES[labels == y].mean(0).double() for y in sorted(set(labels.tolist()))}
    pairs = [(i, j) for i in means for j in means if i < j]
    between = [float((means[i] - means[j]).norm()) for i, j in pairs]
    expected = np.corrcoef(between, [path[i, j] for i, j in pairs])[0, 1]
    found = float(cpcc(FEATURES, labels, torch.tensor(path)))
    assert found == pytest.approx(expected, abs=1e-6)
    # uiuctml/HypStructure, euclidean, leaves only: 1 - CPCC.
    assert 1 - found == pytest.approx(0.7038298845291138, abs=1e-6)
    head = ProxyHead(6, 2, logits="softmax", loss=CPCC(SMALL, 0.5))
    loss, logits = head(FEATURES, labels)
    expected = F.cross_entropy(logits, labels) + 0.5 * (1 - found)
    torch.testing.assert_close(loss, expected)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1], [0, 0, 0, 0], [0, 1, 5, 5]])
def test_cpcc_of_batches_without_one_is_0_and_has_no_gradient(labels):
    features = torch.tensor([[1.0, 0], [0, 1], [1, 1], [1, 1]], requires_grad=True)
    path = torch.tensor(ht.path_distances(FLAT))
    assert float(cpcc(features, torch.tensor(labels), path)) == 0.0
    head = ProxyHead(6, 2, logits="normface", loss=CPCC(FLAT))
    head(features, torch.tensor(labels)).loss.backward()
    assert features.grad.isfinite().all()


@settings(deadline=None, max_examples=10)
@given(tree=trees())
def test_the_exact_embedding_has_the_similarities_as_dot_products(tree):
    vectors = exact_embedding(tree)
    np.testing.assert_allclose(
        vectors @ vectors.T, class_similarity(tree, similarity="barz"), atol=1e-12
    )
    assert (np.triu(vectors, 1) == 0).all()


def test_the_exact_embedding_has_the_published_codes_numbers():
    """cvjena/semantic-embeddings, ``unitsphere_embedding``."""
    published = [
        [1, 0, 0, 0, 0, 0], [0.666667, 0.745356, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0],
        [0, 0, 0.333333, 0.942809, 0, 0], [0, 0, 0.333333, 0.589256, 0.73598, 0],
        [0, 0, 0, 0, 0, 1],
    ]  # fmt: skip
    np.testing.assert_allclose(exact_embedding(SMALL), published, atol=1e-6)
    names = SMALL.classes[::-1]
    again = exact_embedding(SMALL, classes=names)[::-1]
    np.testing.assert_allclose(again @ again.T, class_similarity(SMALL, similarity="barz"))


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (np.ones((3, 3)), "not positive definite"),
        (np.eye(3)[:2], "must be symmetric, of shape"),
        (2 * np.eye(3), "ones on its diagonal"),
    ],
)
def test_similarities_that_no_vectors_have_are_refused(source, told):
    with pytest.raises(OptionError, match=told):
        exact_embedding(source)


def test_unit_sphere_needs_as_many_dimensions_as_classes():
    head = ProxyHead(6, 8, logits="proxydr", proxies=UnitSphere(SMALL), loss="corr")
    assert head.classes == SMALL.classes
    assert head.proxies.stress == 0
    with pytest.raises(OptionError, match="dim=5 has fewer; give dim=6 or more, or MDSFixed"):
        ProxyHead(6, 5, logits="proxydr", proxies=UnitSphere(SMALL))
    with pytest.raises(OptionError, match="gives 6 vectors, but n_classes=7"):
        ProxyHead(7, 8, proxies=UnitSphere(np.eye(6)))


# --- pytorch-metric-learning ---


@pytest.mark.parametrize(
    ("name", "kind", "parameter", "options"),
    [
        ("arcface", "ArcFaceLoss", "W", {"margin": 20.0, "scale": 16.0}),
        ("cosface", "CosFaceLoss", "W", {"margin": 0.2, "scale": 16.0}),
        ("proxy-anchor", "ProxyAnchorLoss", "proxies", {"margin": 0.3, "alpha": 16.0}),
        ("supcon", "SupConLoss", None, {"temperature": 0.2}),
    ],
)
def test_the_library_is_given_the_heads_proxies_and_scale(name, kind, parameter, options):
    from pytorch_metric_learning import losses

    own = {key: value for key, value in options.items() if key in ("margin", "temperature")}
    proxies = {} if parameter else {"proxies": EMA()}
    torch.manual_seed(0)
    head = ProxyHead(
        4, 3, logits="normface", scale=Fixed(16.0), loss=MetricLearning(name, **own), **proxies
    )
    x, y = torch.randn(9, 3, requires_grad=True), torch.tensor([0, 1, 2, 3, 0, 1, 2, 3, 0])
    loss, logits = head(x, y)
    loss.backward()
    ours = x.grad.clone()
    x.grad = None
    sizes = {"num_classes": 4, "embedding_size": 3} if parameter else {}
    theirs = getattr(losses, kind)(**sizes, **options)
    with torch.no_grad():
        unit = head.proxies()
        for weight in theirs.parameters():
            weight.copy_(unit.T if parameter == "W" else unit)
    expected = theirs(x, y)
    expected.backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(ours, x.grad)
    torch.testing.assert_close(logits, 16 * F.normalize(x) @ head.proxies().T)
    if parameter is None:
        assert list(head.parameters()) == []
        head.update()
        assert head.proxies.visited.all()
    else:
        (weight,) = theirs.parameters()
        wanted = weight.grad.T if parameter == "W" else weight.grad
        turn = wanted - unit * (wanted * unit).sum(1, keepdim=True)
        torch.testing.assert_close(head.proxies.weight.grad, turn, atol=1e-6, rtol=1e-4)
        assert [name for name, _ in head.named_parameters()] == ["proxies.weight"]
    assert not any("objective" in key for key in head.state_dict())


# --- what goes together ---


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"logits": "softmax", "loss": MetricLearning("arcface")}, "use logits='normface'"),
        ({"logits": "normface", "form": "angular", "loss": MetricLearning("cosface")}, "cosines"),
        ({"logits": "normface", "scale": Dynamic(start=5.0), "loss": MetricLearning("cosface")},
         "its scale is fixed"),
        ({"logits": "normface", "class_prior": [1] * 6, "loss": MetricLearning("cosface")},
         "the prior does not enter"),
        ({"logits": "normface", "loss": MetricLearning("supcon")}, "give EMA"),
    ],
)  # fmt: skip
def test_what_excludes_each_other_is_refused(options, told):
    with pytest.raises(OptionError, match=told):
        ProxyHead(6, 3, **options)


@pytest.mark.parametrize(
    ("build", "told"),
    [
        (lambda: HXE(SMALL, -1), r"HXE\(alpha=...\) must be a finite number of at least 0; got -1"),
        (lambda: SoftLabels(SMALL, math.inf), "at least 0; got inf"),
        (lambda: CPCC(SMALL, -0.5), "at least 0; got -0.5"),
        (lambda: MultiLevel(SMALL, [1.0]), "each of the tree's 3 levels a weight"),
        (lambda: MultiLevel(SMALL, [0, 0, 0]), "and one above 0"),
        (lambda: MetricLearning("triplet"), "triplet"),
        (lambda: MetricLearning("supcon", margin=1.0), "supcon has no margin"),
        (lambda: MetricLearning("arcface", temperature=1.0), "arcface has no temperature"),
        (lambda: ProxyHead(5, 3, loss=HXE(SMALL)), "6 names|has 6 classes"),
        (lambda: ProxyHead(6, 3, loss=HXE(SMALL), classes=list("abcdeg")), "'g'"),
    ],
)
def test_values_that_cannot_be_are_refused(build, told):
    with pytest.raises(ht.HiertoolsError, match=told):
        build()


@pytest.mark.parametrize("kind", [HXE, SoftLabels, MultiLevel, CPCC])
@pytest.mark.parametrize(
    "options", [{"logits": "proxydr", "proxies": EMA()}, {"scale": Dynamic(start=5.0)}]
)
def test_losses_of_probabilities_go_with_moving_proxies_and_scales(kind, options):
    torch.manual_seed(0)
    head = ProxyHead(6, 3, loss=kind(SMALL), **options)
    before = float(head.scale.value), head.proxies().detach().clone()
    x, y = torch.randn(12, 3, requires_grad=True), torch.arange(6).repeat(2)
    head(x, y).loss.backward()
    assert x.grad.isfinite().all()
    head.update()
    assert (float(head.scale.value) != before[0]) == ("scale" in options)
    assert torch.equal(head.proxies(), before[1]) == ("scale" in options)
    ProxyHead(6, 3, **options).load_state_dict(head.state_dict())  # holds nothing of the loss
