"""``python tests/benchmarks``: measure what is missing, or list, try quickly, write the page."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parent)

if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:  # loads no more than its side needs
        from bench.child import answer

        answer(sys.argv[2])
    else:
        from bench.run import main

        sys.exit(main())
