"""Class representatives from models and files, in one line.

`produce` resolves ``"scheme:rest"``, `list_producers` says what is installed, and the ``from_...``
functions do the same for objects at hand.
"""

from hiertools.comparison.checkpoints import checkpoint_series
from hiertools.representatives.producers.confusions import from_confusion
from hiertools.representatives.producers.embeddings import from_embeddings
from hiertools.representatives.producers.onnx_heads import from_onnx
from hiertools.representatives.producers.random_cnn import random_prototypes
from hiertools.representatives.producers.registry import (
    Producer,
    ProducerInfo,
    is_source,
    list_producers,
    produce,
)
from hiertools.representatives.producers.safetensors_file import from_safetensors
from hiertools.representatives.producers.sklearn_models import from_sklearn_model
from hiertools.representatives.producers.state_dicts import from_state_dict
from hiertools.representatives.producers.text_encoders import from_sentence_transformers, from_texts
from hiertools.representatives.producers.timm_models import from_timm
from hiertools.representatives.producers.torch_models import from_checkpoint, from_module
from hiertools.representatives.producers.torchvision_models import from_torchvision
from hiertools.representatives.producers.transformers_models import from_transformers

__all__ = [
    "Producer",
    "ProducerInfo",
    "checkpoint_series",
    "from_checkpoint",
    "from_confusion",
    "from_embeddings",
    "from_module",
    "from_onnx",
    "from_safetensors",
    "from_sentence_transformers",
    "from_sklearn_model",
    "from_state_dict",
    "from_texts",
    "from_timm",
    "from_torchvision",
    "from_transformers",
    "is_source",
    "list_producers",
    "produce",
    "random_prototypes",
]
