"""Class trees from the taxonomies of others, one source a file, found by scheme.

``"wordnet:cat,dog,newt"`` or ``"nabirds:/data/nabirds"`` stand for a tree wherever hiertools takes
one; `TAXONOMIES` lists the schemes.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
