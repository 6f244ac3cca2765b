"""Train classifiers whose class representatives hiertools then compares with a class tree.

Public names are listed in ``__init__.pyi`` and load on first use.
"""

from typing import Any

import lazy_loader

_loaded, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    if name in __all__:
        from hiertools._core.checks import need

        need("torch", "torch", f"hiertools_torch.{name}")
    return _loaded(name)
