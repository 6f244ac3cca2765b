"""Images, labels, class tree and splits of the data sets a model can be trained on."""

from hiertools_torch.data.base import ImageData
from hiertools_torch.data.load import load_data

__all__ = ["ImageData", "load_data"]
