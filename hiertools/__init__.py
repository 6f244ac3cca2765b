"""How the class hierarchy that a classifier invented relates to the one you know.

>>> import hiertools as ht
>>> tree = ht.ClassTree.from_newick("((lynx,wolf),(newt,toad));")
>>> tree
ClassTree(4 classes, 7 nodes, 2 levels)

Public names are listed in ``__init__.pyi`` and load on first use, so importing the package costs
little.
"""

import lazy_loader

__version__ = "0.1.0.dev0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
