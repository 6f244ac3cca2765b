"""Real data that ships: an ImageNet classifier's last layer, its tree, drawings, emoji.

Where each file comes from, and under which licence, is told in ``licenses/NOTICE.txt``; the
scripts in ``make/`` make the files again.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
