"""The same bits however they are asked for, and in how many threads or processes at once."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import pytest
from one_digest import N, all_scores, digest
from public_calls import COMPARED, EVALUATED, REPS, TREE

import hiertools as ht

pytestmark = pytest.mark.arithmetic()

BACKWARDS = range(N)[::-1]
SHUFFLED = [4, 9, 1, 11, 6, 0, 8, 3, 10, 2, 7, 5]


@pytest.fixture(scope="module")
def tables():
    return all_scores(threads=1)


@pytest.mark.parametrize("options", [{"threads": 2}, {"threads": 4}, {"dtype": "float32"}], ids=str)
def test_threads_and_float32_change_no_bit(options, tables):
    assert digest(all_scores(**options)) == digest(tables)


@pytest.mark.parametrize("tied", [True, False])
def test_other_orders_of_rows_and_of_children_change_no_bit(tied, tables):
    expected = digest(tables if tied else all_scores(tied=False))
    for order in (BACKWARDS, SHUFFLED):
        assert digest(all_scores(order=order, tied=tied)) == expected
        assert digest(all_scores(children=order, tied=tied)) == expected
    assert digest(all_scores(order=SHUFFLED, children=BACKWARDS, tied=tied)) == expected


def test_another_process_optimised_code_another_hash_seed_and_a_fork_change_no_bit(tables):
    script = Path(__file__).with_name("one_digest.py")
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, "-O", str(script)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        check=True,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stdout.split() == 2 * [digest(tables)]


def test_eight_threads_at_once_find_what_one_finds(tables):
    def page(i):
        result, path = (COMPARED, EVALUATED)[i % 2], Path(f"page{i}.html")
        result.to_html(path)
        return path.read_bytes()

    def drawn(_):
        figure = COMPARED.plot.tanglegram()
        texts = [text.get_text() for ax in figure.axes for text in ax.texts]
        plt.close(figure)
        return texts

    alone = [page(0), page(1)]
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(all_scores) for _ in range(2)]
        pages = [pool.submit(page, i) for i in range(4)]
        plots = [pool.submit(drawn, i) for i in range(4)]
        assert {digest(future.result()) for future in found} == {digest(tables)}
        assert [future.result() for future in pages] == 2 * alone
        assert [future.result() for future in plots] == 4 * [drawn(0)]
    assert plt.get_fignums() == []


def test_workers_of_joblib_find_what_this_process_finds():
    jobs = [joblib.delayed(ht.compare)(REPS, TREE, permutations=5, random_state=i) for i in (0, 1)]
    with joblib.parallel_config("loky", n_jobs=2):
        found = joblib.Parallel()(jobs)
    for i, result in enumerate(found):
        alone = ht.compare(REPS, TREE, permutations=5, random_state=i)
        assert result.to_json() == alone.to_json()
