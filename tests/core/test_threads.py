"""``threads=`` limits everything below it, and no result depends on it."""

import concurrent.futures
import threading

import numpy as np
import pytest

import hiertools as ht
from hiertools._core.threads import available_threads, limited, one_blas_thread, thread_map
from hiertools.measures import neighbours

RNG = np.random.default_rng(0)
NAMES = [f"c{i:02}" for i in range(24)]
TREE = ht.ClassTree.from_lineages({n: f"{i // 8}/{i // 4}/{n}" for i, n in enumerate(NAMES)})
REPS = ht.ClassRepresentatives(RNG.standard_normal((24, 5)), NAMES)
OTHER = ht.ClassRepresentatives(RNG.standard_normal((24, 5)), NAMES)
LABELS = RNG.integers(0, 24, 90)
EMBEDDINGS = RNG.standard_normal((90, 5))


def made(seed):
    scores = np.random.default_rng(seed).standard_normal((90, 24))
    return ht.Predictions(LABELS, scores, NAMES, embeddings=EMBEDDINGS)


def evaluator(threads):
    found = ht.Evaluator(TREE, threads=threads, n_bootstrap=20, hs_k=(1, 5))
    found.update(made(1))
    return found.result()


VERBS = {
    "compare": lambda threads: ht.compare(
        {"a": REPS, "b": OTHER}, TREE, scores="all", permutations=20, threads=threads
    ),
    "compare_models": lambda threads: ht.compare_models(
        REPS, OTHER, permutations=20, threads=threads
    ),
    "sweep": lambda threads: ht.sweep(REPS, TREE, linkages="average", threads=threads),
    "tie_sensitivity": lambda threads: ht.tie_sensitivity(REPS, TREE, orders=2, threads=threads),
    "compare_series": lambda threads: ht.compare_series(
        {1: REPS}, TREE, permutations=20, threads=threads
    ),
    "evaluate": lambda threads: ht.evaluate(
        {"a": made(1), "b": made(2)}, TREE, n_bootstrap=20, hs_k=(1, 5), threads=threads
    ),
    "Evaluator": evaluator,
}


@pytest.fixture
def pools(monkeypatch):
    """The sizes of the pools that are opened."""
    opened = []

    class Counted(concurrent.futures.ThreadPoolExecutor):
        def __init__(self, max_workers=None, **options):
            opened.append(max_workers)
            super().__init__(max_workers, **options)

    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", Counted)
    monkeypatch.setattr(neighbours, "ThreadPoolExecutor", Counted)
    monkeypatch.setattr(neighbours, "_BLOCK_BYTES", 1 << 10)  # several blocks of few samples
    monkeypatch.setenv("HIERTOOLS_THREADS", "4")
    return opened


@pytest.mark.parametrize("verb", VERBS)
def test_one_thread_opens_no_pool(verb, pools):
    VERBS[verb](1)
    assert pools == []


@pytest.mark.parametrize("verb", ["compare", "evaluate"])
def test_no_pool_is_wider_than_the_limit(verb, pools):
    VERBS[verb](3)
    assert pools
    assert max(pools) <= 3
    del pools[:]
    VERBS[verb](None)
    assert max(pools) <= 4


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_no_number_of_threads_is_refused(verb, threads):
    with pytest.raises(ht.OptionError, match="threads"):
        VERBS[verb](threads)


@pytest.mark.parametrize("verb", ["compare", "evaluate"])
def test_results_are_the_same_bits_for_any_number(verb):
    one, three = VERBS[verb](1), VERBS[verb](3)
    for model in ("a", "b"):
        assert one[model].scores.equals(three[model].scores)
    assert one.differences.equals(three.differences)


def test_a_map_within_a_map_shares_its_threads(pools):
    seen = []
    with limited(4):
        thread_map(lambda _: seen.append(available_threads()), range(3))
        thread_map(lambda _: thread_map(abs, range(9)), range(4))
    assert seen == [1, 1, 1]
    assert pools == [3, 4]


def test_a_limit_inside_another_never_widens_it_and_ends(monkeypatch):
    monkeypatch.setenv("HIERTOOLS_THREADS", "5")
    with limited(2):
        with limited(8):
            assert available_threads() == 2
        with limited(None):
            assert available_threads() == 2
    assert available_threads() == 5
    with limited(8):
        assert available_threads() == 8  # more than there are cores was asked for


def test_neighbours_that_nobody_asks_for_any_more_hold_no_limit():
    from threadpoolctl import threadpool_info, threadpool_limits

    with threadpool_limits(limits=2, user_api="blas"):
        blocks = neighbours.iter_neighbours(EMBEDDINGS, 3)
        next(blocks)
        found = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
        assert found == {2}
        del blocks


def test_matrix_products_get_their_threads_back_when_two_overlap():
    from threadpoolctl import threadpool_info, threadpool_limits

    def blas():
        found = [each for each in threadpool_info() if each["user_api"] == "blas"]
        return {each["filepath"]: each["num_threads"] for each in found}

    first_left, second_in, seen = threading.Event(), threading.Event(), []

    def second():
        with one_blas_thread():
            second_in.set()
            first_left.wait(10)
            seen.append(blas())

    with threadpool_limits(limits=2, user_api="blas"):
        before = blas()
        other = threading.Thread(target=second)
        with one_blas_thread():
            assert set(blas().values()) <= {1}
            other.start()
            second_in.wait(10)
        first_left.set()
        other.join()
        assert blas() == before
    (held,) = seen  # by who is inside for longer
    assert set(held.values()) <= {1}
