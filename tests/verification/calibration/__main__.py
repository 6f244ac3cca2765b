"""``python tests/verification/calibration``: run what is missing, or list, plan, write the page."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])

from calibration.run import main  # noqa: E402

if __name__ == "__main__":
    main()
