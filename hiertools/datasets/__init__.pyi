from .imagenet import imagenet_synsets as imagenet_synsets
from .imagenet import load_imagenet_head as load_imagenet_head
from .imagenet import load_imagenet_tree as load_imagenet_tree
from .paper import PAPER_TREES as PAPER_TREES
from .paper import load_paper_tree as load_paper_tree
from .quickdraw import QuickDraw as QuickDraw
from .quickdraw import load_quickdraw as load_quickdraw
from .quickdraw import load_quickdraw_tree as load_quickdraw_tree
