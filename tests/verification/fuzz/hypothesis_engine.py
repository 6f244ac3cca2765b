"""Inputs by hypothesis, where atheris doesn't install: kept ones with a few changes, unguided."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def go(one: Callable[[bytes], None], corpus: Path, words: Sequence[str], place: Path) -> None:
    """Try inputs until one of them ends the process; see `atheris_engine.go`."""
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    kept = [file.read_bytes() for file in sorted(corpus.iterdir())] or [b""]
    snippets = [word.encode() for word in words] or [b"0"]
    change = st.tuples(
        st.floats(0, 1), st.integers(0, 8), st.binary(max_size=4) | st.sampled_from(snippets)
    )

    def tried(base: bytes, changes: list[tuple[float, int, bytes]]) -> None:
        data = bytearray(base)
        for where, removed, put in changes:
            start = int(where * len(data))
            data[start : start + removed] = put
        (place / "crash-last").write_bytes(data)  # in case the process ends with it
        one(bytes(data))

    for number in itertools.count(time.time_ns()):
        search = settings(
            max_examples=500, database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        drawn = given(st.sampled_from(kept), st.lists(change, max_size=8))
        seed(number)(search(drawn(tried)))()
