"""Train classifiers whose class representatives hiertools then compares with a class tree.

Public names are listed in ``__init__.pyi`` and load on first use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
