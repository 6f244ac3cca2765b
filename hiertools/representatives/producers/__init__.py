"""Class representatives from models and files, in one line.

`produce` resolves ``"scheme:rest"``, `list_producers` says what is installed, and the ``from_...``
functions do the same for objects at hand. Each loads, with what it needs, on first use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
