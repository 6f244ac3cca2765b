# The public names of hiertools_torch. One line a name, in the order of use.
from .config import Config as Config
from .training import train as train
from .run import Run as Run
from .exports import export as export
from .studies import study as study
from .studies import Study as Study
from .studies import demo as demo
from .head import HeadOutput as HeadOutput
from .head import ProxyHead as ProxyHead
from .proxies import EMA as EMA
from .proxies import Learned as Learned
from .proxies import MDSFixed as MDSFixed
from .scale import Dynamic as Dynamic
from .scale import Fixed as Fixed
from .data import ImageData as ImageData
from .data import load_data as load_data
from .errors import TrainingError as TrainingError
