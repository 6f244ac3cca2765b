"""`hiertools warmup`."""

from __future__ import annotations

import json as json_module
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter

from hiertools.cli import options
from hiertools.cli.output import busy, say
from hiertools.errors import HiertoolsError, OptionError


def warmup(*, json: options.Json = False) -> None:
    """Compile all inner loops ahead of time, so that no later call has to wait for them.

    hiertools compiles a loop when a call first has much for it to do, and keeps it on disk for
    every later process. A few classes need none. This command compiles all loops of compare, infer,
    distance and evaluate, by running these on small made-up data: while the image of a container is
    built, say, or before a course. It takes about a minute, and some seconds where all are on disk
    already; then it prints how many were compiled and the folder that holds them.

    ```
    hiertools warmup
    NUMBA_CACHE_DIR=/srv/kernels hiertools warmup
    ```

    The folder lies beside the installed package, or in your cache where nobody may write there.
    NUMBA_CACHE_DIR names another one; then set it to the same folder at every later call.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        raise OptionError("NUMBA_DISABLE_JIT is set, so nothing is compiled; unset it.")
    from hiertools._kernels import compiled, machine_code

    began = perf_counter()
    with machine_code.in_any_case():
        for what, work in samples():
            with busy(f"compiling what {what} needs"):
                work()
    made, read, folder = compiled.compiled_so_far()
    seconds = perf_counter() - began
    if json:
        facts = {"compiled": made, "read": read, "seconds": round(seconds, 1), "folder": folder}
        say(json_module.dumps(facts))
        return
    done = f"Compiled {made} loops" if made else "All loops were compiled already"
    kept = f"are kept in {folder}" if folder else "can't be kept: no folder takes them"
    say(f"{done} ({seconds:.0f} s). They {kept}.")


def samples() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the verbs, each with small work that goes through all loops of its own."""
    import numpy as np

    import hiertools as ht
    from hiertools._core.near_ties import Extremes
    from hiertools._core.value_ranges import in_ranges
    from hiertools._kernels import digit_sort
    from hiertools.hierarchy.linkage import LINKAGES
    from hiertools.treedist import METHODS
    from hiertools.treedist.splits import best_assignment
    from hiertools.trees.paths import PathRows

    rng = np.random.default_rng(0)

    n_few, samples = 40, 2_100

    def made_up(n: int) -> tuple[ht.ClassRepresentatives, ht.ClassTree]:
        names = [f"c{i}" for i in range(n)]
        lineages = {name: f"g{i % 4}/f{i % 7}/{name}" for i, name in enumerate(names)}
        vectors = ht.ClassRepresentatives(rng.normal(size=(n, 4)), names)
        return vectors, ht.ClassTree.from_lineages(lineages)

    vectors, tree = made_up(n_few)
    # Of so many classes as take other ways than few.
    many, wide = made_up(300)
    deep = ht.ClassTree.from_lineages(
        {name: (*map(str, range(i)), name) for i, name in enumerate(vectors.classes)}
    )

    def compare() -> None:
        for kind in (np.uint8, np.int32, np.float64):  # of thousands of classes
            in_ranges(len, rng.random(30), np.ones(30, dtype=kind), few=0)
        in_ranges(len, rng.random(30), np.empty(0), few=0)
        digit_sort.sort_keys(np.arange(9), np.arange(9))
        digit_sort.sort_rows(np.ones((2, 9), dtype=np.int64), np.arange(9))
        Extremes(1e-3, 1.0).add(rng.random(30))
        PathRows(wide, None).rows(slice(0, 9))
        ht.compare(vectors, tree, scores="all", permutations=9)
        ht.compare(many, wide, permutations=9)
        ht.compare(vectors, deep, permutations=9)
        ht.tree_likeness(vectors)
        joined = ht.infer_tree(vectors, linkage="nj")  # as many distances as pairs of classes
        ht.compare(made_up(n_few)[0], joined, permutations=9)

    def distances() -> None:
        for reference, other in ((tree, vectors), (wide, many)):
            inferred = ht.infer_tree(other)
            for method in METHODS:
                with suppress(HiertoolsError):  # some ask for options
                    ht.tree_distance(reference, inferred, method)
        best_assignment(rng.random((64, 64)))  # of as many splits as take another way

    def evaluate() -> None:
        labels, scores = rng.integers(0, n_few, samples), rng.normal(size=(samples, n_few))
        for dtype in ("float32", "float64"):
            models = {
                name: ht.Predictions(
                    labels,
                    (scores + shift).astype(dtype),
                    tree.classes,
                    embeddings=rng.normal(size=(samples, 3)),
                )
                for name, shift in (("one", 0.0), ("other", rng.normal(size=scores.shape)))
            }
            for hs_k in ((1, 9), (1, samples - 1)):
                ht.evaluate(models, tree, hs_k=hs_k, dtype=dtype)
            ht.evaluate_retrieval(models["one"], tree, dtype=dtype, intervals=False)

    yield "compare", compare
    yield "infer", lambda: [ht.infer_tree(vectors, linkage=name) for name in LINKAGES]
    yield "distance", distances
    yield "evaluate", evaluate
