from .imagenet import imagenet_synsets as imagenet_synsets
from .imagenet import load_imagenet_head as load_imagenet_head
from .imagenet import load_imagenet_tree as load_imagenet_tree
from .quickdraw import QuickDraw as QuickDraw
from .quickdraw import load_quickdraw as load_quickdraw
from .quickdraw import load_quickdraw_tree as load_quickdraw_tree
