"""How long importing hiertools and answering on the command line take.

Usage: python tests/benchmarks/bench_import.py [repeats]
"""

from __future__ import annotations

import subprocess
import sys
import time

CASES = (
    ("python -c pass", ["-c", "pass"]),
    ("import hiertools", ["-c", "import hiertools"]),
    ("import numpy", ["-c", "import numpy"]),
    ("import pandas", ["-c", "import pandas"]),
    ("hiertools --help", ["-m", "hiertools", "--help"]),
    ("hiertools compare (a missing file)", ["-m", "hiertools", "compare", "no.npz", "no.nwk"]),
)


def best_of(arguments: list[str], repeats: int) -> float:
    """Return the least seconds that a fresh interpreter takes."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print a table; the limit for the import is 0.3 s beyond the bare interpreter."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    bare = None
    print(f"{'fresh interpreter, best of ' + str(repeats):36}  {'seconds':>8}  {'beyond bare':>11}")
    for name, arguments in CASES:
        seconds = best_of(arguments, repeats)
        bare = seconds if bare is None else bare
        print(f"{name:36}  {seconds:8.3f}  {seconds - bare:11.3f}")


if __name__ == "__main__":
    main()
