"""Proxies: moving averages against the literal loop, first visits, casts, tree proxies by name."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import hiertools as ht
from hiertools.errors import HiertoolsError, OptionError
from hiertools_torch.heads.mds import fit_sphere, target_distances
from hiertools_torch.heads.proxies import EMA, EMAProxies, Learned, MDSFixed


def batches(n_batches, n, n_classes, dim, seed=0):
    g = torch.Generator().manual_seed(seed)
    for _ in range(n_batches):
        yield (
            F.normalize(torch.randn(n, dim, generator=g, dtype=torch.float64)),
            torch.randint(0, n_classes, (n,), generator=g),
        )


def test_moving_averages_follow_the_definition():
    proxies = EMAProxies(6, 4, alpha=0.3).double()
    expected = proxies.vectors.clone()
    visited = set()
    for features, labels in batches(20, 5, 6, 4):
        proxies.record(features[:2], labels[:2])
        proxies.record(features[2:], labels[2:])
        proxies.update()
        for y in set(labels.tolist()):
            m = F.normalize(features[labels == y].mean(0), dim=0)
            new = F.normalize(0.3 * m + 0.7 * expected[y], dim=0)
            expected[y] = new if y in visited else m
            visited.add(y)
        torch.testing.assert_close(proxies(), expected)
        assert set(torch.nonzero(proxies.visited).squeeze(1).tolist()) == visited


def test_update_without_a_batch_or_with_opposite_features_moves_nothing():
    proxies = EMAProxies(3, 2, alpha=0.5)
    before = proxies.vectors.clone()
    proxies.update()
    proxies.record(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.tensor([1, 1]))
    proxies.update()
    proxies.record(torch.full((1, 2), torch.nan), torch.tensor([2]))
    proxies.update()
    assert torch.equal(proxies.vectors, before)
    assert not proxies.visited.any()


def test_a_mean_opposite_to_the_proxy_gives_no_zero_proxy():
    proxies = EMAProxies(2, 2, alpha=0.5)
    for x in (1.0, -1.0, 1.0):
        proxies.record(torch.tensor([[x, 0.0]]), torch.tensor([0]))
        proxies.update()
    assert float(proxies()[0].norm()) == pytest.approx(1)


def test_moving_averages_keep_float32_when_the_model_is_cast():
    proxies = EMAProxies(3, 2, alpha=0.01)
    before = proxies.vectors.clone()
    proxies.to(torch.bfloat16)
    assert torch.equal(proxies.vectors, before)
    assert proxies.double().vectors.dtype == torch.float64


def test_learned_proxies_are_unit_rows_of_a_parameter():
    proxies = Learned().build(5, 3, "euclidean", None)
    assert [name for name, _ in proxies.named_parameters()] == ["weight"]
    with torch.no_grad():
        proxies.weight *= 7
    torch.testing.assert_close(proxies().norm(dim=1), torch.ones(5))
    assert proxies.to(torch.bfloat16)().dtype == torch.float32


def test_alpha_is_checked():
    for alpha in (0, 1.5):
        with pytest.raises(OptionError, match="must be above 0 and at most 1"):
            EMA(alpha)
    with pytest.raises(OptionError, match=r"EMA\(\): alpha must be a number"):
        EMA("a")


def test_tree_proxies_are_matched_by_name(tmp_path):
    tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    names = ("toad", "lynx", "newt")
    proxies = MDSFixed(tree).build(3, 5, "euclidean", names)
    expected = target_distances(tree, classes=names)
    torch.testing.assert_close(
        torch.cdist(proxies(), proxies()).double(), torch.tensor(expected), rtol=1e-5, atol=1e-3
    )
    assert float(proxies.stress) < 1e-6
    path = tmp_path / "tree.csv"
    path.write_text("class,lineage\nlynx,mammal/lynx\nwolf,mammal/wolf\nnewt,newt\n")
    from_file = MDSFixed(path).build(3, 5, "angular", ("lynx", "wolf", "newt"))
    assert float(from_file.stress) < 1e-6


def test_a_class_that_the_tree_lacks_is_an_error():
    tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
    with pytest.raises(HiertoolsError, match="aardvark"):
        MDSFixed(tree).build(2, 5, "euclidean", ("lynx", "aardvark"))


def test_fitted_vectors_can_be_given():
    targets = target_distances(np.ones((3, 3)) - np.eye(3))
    result = fit_sphere(targets, 4)
    proxies = MDSFixed(result).build(3, 4, "euclidean", None)
    np.testing.assert_allclose(proxies().numpy(), result.vectors, atol=1e-6)
    with pytest.raises(
        OptionError, match=r"shape \(3, 4\), but n_classes and dim ask for \(3, 5\)"
    ):
        MDSFixed(result).build(3, 5, "euclidean", None)
