"""``hiertools_torch schema``."""

from __future__ import annotations

from hiertools_torch.cli.output import print_json
from hiertools_torch.config import Config


def schema() -> None:
    """Print the JSON schema of config files, by which editors check and complete them.

    ```
    hiertools_torch schema > schema.json
    ```
    """
    print_json(Config.json_schema())
