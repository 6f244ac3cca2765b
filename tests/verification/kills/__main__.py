"""``python tests/verification/kills``: kill as often as is missing, or list, and write the page."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from kills.run import main  # noqa: E402

if __name__ == "__main__":
    main()
