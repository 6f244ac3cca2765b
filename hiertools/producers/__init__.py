"""Class representatives from models and files, in one line."""

from hiertools.producers.registry import (
    Producer,
    ProducerInfo,
    is_source,
    list_producers,
    produce,
)

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

_PLACES = {
    "checkpoint_series": "series",
    "from_checkpoint": "torch_models",
    "from_confusion": "confusions",
    "from_embeddings": "embeddings",
    "from_module": "torch_models",
    "from_onnx": "onnx_heads",
    "from_safetensors": "safetensors_file",
    "from_sentence_transformers": "text_encoders",
    "from_sklearn_model": "sklearn_models",
    "from_state_dict": "state_dicts",
    "from_texts": "text_encoders",
    "from_timm": "timm_models",
    "from_torchvision": "torchvision_models",
    "from_transformers": "transformers_models",
    "random_prototypes": "random_cnn",
}


def __getattr__(name: str) -> object:
    # Each producer is loaded when it is first asked for, and only then what it needs.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
