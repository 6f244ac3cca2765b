"""``python tests/verification/fuzz``: run what is missing, or list, replay, write the page."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from fuzz.run import main  # noqa: E402

if __name__ == "__main__":
    main()
