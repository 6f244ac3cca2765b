"""Options of training runs: one `Config`, checked as a whole.

A config is built from defaults, then any number of YAML or TOML files, then command-line options;
later ones win. Nothing is dropped silently: an unknown key, a value of the wrong kind and an option
that could have no effect under the others are errors. Nothing here imports torch.
"""

from hiertools_torch.config.config import FIELDS, Config, takes_fields
from hiertools_torch.config.files import read_config_file, read_mapping
from hiertools_torch.config.options import FILLED, LOGGED, OF_LIBRARY, PLANKTON, Data
from hiertools_torch.config.records import read_record, recorded

__all__ = [
    "FIELDS", "FILLED", "LOGGED", "OF_LIBRARY", "PLANKTON", "Config", "Data", "read_config_file",
    "read_mapping", "read_record", "recorded", "takes_fields",
]  # fmt: skip
