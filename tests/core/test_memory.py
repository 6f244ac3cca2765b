"""Memory that is free, and work that is refused because it needs more."""

from pathlib import Path

import pytest

import hiertools as ht
from hiertools._core import memory


def test_what_does_not_fit_is_refused_with_the_number_of_gigabytes() -> None:
    """The sentence says what, how much, how much is free, and what to do."""
    with pytest.raises(
        ht.TooLargeError,
        match=r"^a matrix of many classes would take 1,000,000 GB of memory, but [\d.,]+ GB are "
        r"free; take fewer\.$",
    ) as caught:
        memory.require(1e15, "a matrix of many classes", "take fewer.")
    assert isinstance(caught.value, MemoryError)
    assert isinstance(caught.value, ht.HiertoolsError)


def test_what_fits_passes() -> None:
    """Nothing is said of work that the machine can do."""
    memory.require(0, "nothing", "")
    memory.require(float(memory._SMALL + 1), "a little", "")


def test_where_nothing_is_known_everything_passes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A system without /proc tells nothing, and refuses nothing."""
    monkeypatch.setattr(memory, "_read", lambda path: "")
    assert memory.available() is None
    memory.require(1e18, "anything", "")


FILES_OF_A_MACHINE = {
    "/proc/meminfo": "MemTotal: 16000 kB\nMemAvailable: 8000 kB\n",
    "/proc/self/cgroup": "2:cpu:/a\n1:memory,hugetlb:/box/job\n0::/unit\n",
    "/sys/fs/cgroup/memory/box/job/memory.limit_in_bytes": "9223372036854771712\n",
    "/sys/fs/cgroup/memory/box/job/memory.usage_in_bytes": "4000\n",
    "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": "6000000\n",
    "/sys/fs/cgroup/memory/box/memory.usage_in_bytes": "3000000\n",
    "/sys/fs/cgroup/memory/box/memory.stat": "cache 9\ntotal_active_file 20\n"
    "total_inactive_file 1000000\n",
    "/sys/fs/cgroup/unit/memory.max": "max\n",
    "/sys/fs/cgroup/unit/memory.current": "77\n",
}


@pytest.mark.parametrize(
    ("changed", "free"),
    [
        ({}, 4_000_020),  # the tightest group, what it holds of files is free
        ({"/sys/fs/cgroup/unit/memory.max": "100\n"}, 23),
        ({"/sys/fs/cgroup/unit/memory.max": "50\n"}, 0),  # over its limit already
        ({"/proc/self/cgroup": ""}, 8_192_000),
    ],
)
def test_the_tightest_limit_counts(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], free: int
) -> None:
    """The machine's free memory, and every control group above the process."""
    files = FILES_OF_A_MACHINE | changed
    monkeypatch.setattr(memory, "_read", lambda path: files.get(path.as_posix(), ""))
    assert memory.available() == free
