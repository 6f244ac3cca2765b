"""Images, labels, class tree and splits of the data sets a model can be trained on."""

from hiertools_torch.data.base import ImageData
from hiertools_torch.data.load import load_data
from hiertools_torch.data.own import OwnData

__all__ = ["ImageData", "OwnData", "load_data"]
