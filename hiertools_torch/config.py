"""Everything that decides a training run: one flat, typed, checked `Config`.

A config is built from defaults, then any number of YAML or TOML files, then command-line options;
later ones win. Nothing is dropped silently: an unknown key, a value of the wrong type and an option
that could have no effect under the others are errors. This module never imports torch.
"""

# ruff: noqa: RUF009 (fields carry their help text; `_option` is `field`)

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from hiertools._core.checks import closest, name_list
from hiertools._core.doors import behind_doors, door
from hiertools._core.files import named_path, read_bytes, write_text
from hiertools._core.text_files import why_unreadable
from hiertools.errors import FileFormatError, OptionError

__all__ = ["Config", "read_config_file", "read_mapping"]

Data = Literal[
    "quickdraw", "cifar100", "nabirds", "micros", "microl", "mesoz", "plankton", "folder"
]
Model = Literal["softmax", "normface", "proxydr", "corr"]
Loss = Literal[
    "cross-entropy", "hxe", "soft-labels", "multi-level", "cpcc",
    "arcface", "cosface", "proxy-anchor", "supcon",
]  # fmt: skip
Precision = Literal["32-true", "bf16-mixed", "16-mixed", "bf16-true", "64-true"]

OF_LIBRARY = ("arcface", "cosface", "proxy-anchor", "supcon")
"""Losses of pytorch-metric-learning: they take cosines."""

OPTION_OF_LOSS = {
    "hxe_alpha": ("hxe",), "soft_labels_beta": ("soft-labels",), "cpcc_weight": ("cpcc",),
    "margin": ("arcface", "cosface", "proxy-anchor"), "temperature": ("supcon",),
}  # fmt: skip
"""Options that some losses use."""

LOGGED = (
    "loss", "train_accuracy", "validation_loss", "validation_accuracy", "discriminability",
    "feature_proxy_angle", "intensity", "proxy_proxy_angle", "proxy_correlation",
    "prototype_correlation", "proxy_prototype_angle",
)  # fmt: skip
"""Scores of each epoch that say which model is best: columns of log.csv."""

PLANKTON = ("micros", "microl", "mesoz", "plankton")


def _option(default: Any, group: str, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc, "group": group})


@dataclass(frozen=True, kw_only=True)
class Config:
    """Options of one training run, checked when they are put together.

    Every field is a key of the config files and an option of ``hiertools_torch train``
    (``learning_rate`` is ``--learning-rate``); ``hiertools_torch train --help`` explains each.

    Raises
    ------
    OptionError
        A value of the wrong type or out of range, or two options that contradict each other.

    Examples
    --------
    >>> config = Config(model="proxydr", proxies="ema", epochs=5)
    >>> config.learning_rate, config.scale_value
    (0.003, 10.0)
    >>> Config(model="softmax", scale="dynamic")
    Traceback (most recent call last):
        ...
    hiertools.errors.OptionError: scale='dynamic' contradicts model='softmax': softmax logits \
have no scale; use scale='fixed' or model='normface' or 'proxydr'.
    """

    # --- data ---
    data: Data = _option("quickdraw", "Data", "Data set. quickdraw ships with the package.")
    root: str | None = _option(None, "Data", "Folder (or archive) of a data set on your disk.")
    tree: str | None = _option(
        None, "Data", "File with the class tree, instead of the one that comes with the data."
    )
    subset: str | None = _option(
        None, "Data", "Classes of quickdraw: 100 (a fixed choice), all, or names with commas. [100]"
    )
    image_size: int | None = _option(
        None,
        "Data",
        "Side in pixels that images are scaled to. [quickdraw: 28, cifar100: 32, else 128]",
    )
    channels: Literal["rgb", "grey"] | None = _option(
        None, "Data", "Colour or greyscale. [quickdraw and mesoz: grey, else rgb]"
    )
    augment: bool = _option(
        True,
        "Data",
        "Random affine maps (15 degrees, 10 % shift, 0.9-1.1 scale, 10 degrees "
        "shear) and horizontal flips of training images.",
    )
    interpolation: Literal["bilinear", "nearest"] = _option(
        "bilinear", "Data", "Pixels of the affine maps; the paper's are nearest."
    )
    standardise: bool = _option(
        True,
        "Data",
        "Give each colour plane mean 0 and deviation 1; the paper leaves pixels between 0 and 1.",
    )
    validation: float = _option(
        0.1,
        "Data",
        "Share of the training images held out for validation where the data set "
        "has no validation part of its own; 0 for none.",
    )
    test: float = _option(
        0.2, "Data", "Share of the images held out for testing where the data set has no test part."
    )
    train_per_class: int | None = _option(
        None, "Data", "Use at most this many training images a class."
    )
    split: Literal["by-class", "paper"] = _option(
        "by-class",
        "Data",
        "How parts are drawn: class by class, where the data bring none; or as the paper does: at "
        "random by the training seed, of all images together (cifar100: keeping its test images).",
    )
    split_seed: int = _option(
        0, "Data", "Seed of the splits by class, apart from the training seed."
    )
    on_bad_image: Literal["error", "skip"] = _option(
        "error", "Data", "An image that does not decode: stop, or leave it out and say so."
    )
    workers: int = _option(0, "Data", "Processes that decode images; changes no result.")
    cache: bool = _option(False, "Data", "Decode all images once and keep them in memory.")

    # --- model ---
    model: Model = _option("proxydr", "Model", "Classifier head.")
    backbone: str = _option(
        "small-cnn", "Model", "small-cnn, timm:NAME or torchvision:NAME (timm:resnet50, ...)."
    )
    pretrained: bool = _option(
        False,
        "Model",
        "Start from ImageNet weights, which timm or torchvision fetches; a name "
        "says which (timm:resnet50.tv_in1k, torchvision:resnet50.IMAGENET1K_V1).",
    )
    weights: str | None = _option(
        None,
        "Model",
        "Start from the weights in this file and fetch none: a state_dict of timm or torchvision "
        "(.safetensors, .pt, .pth).",
    )
    weights_sha256: str | None = _option(
        None, "Model", "What the file of weights must have as its SHA-256; a run writes it down."
    )
    random_backbone: bool = _option(
        False,
        "Model",
        "Leave the backbone at its random start, batch norms included; train embedding and head "
        "only.",
    )
    first_conv: Literal["auto", "keep", "new", "new-norm", "small"] = _option(
        "auto",
        "Model",
        "new: first convolution of the backbone's own shape, starting anew, as in the paper; "
        "new-norm: and the batch norm after it, as in the paper's Inception. "
        "small: 3x3 of stride 1, for small inputs. auto: small for timm and torchvision backbones "
        "that start at random, else keep.",
    )
    width: int = _option(32, "Model", "Channels of the first convolution of small-cnn.")
    norm: Literal["batch", "group"] = _option(
        "batch", "Model", "Normalisation in small-cnn; group has no batch statistics."
    )
    dropout: float = _option(0.3, "Model", "Dropout before the embedding layer.")
    dim: int = _option(128, "Model", "Dimensions of the embedding.")
    form: Literal["euclidean", "angular"] = _option(
        "euclidean", "Model", "Distance in the normface and proxydr logits."
    )
    loss: Loss = _option(
        "cross-entropy",
        "Model",
        "Of softmax, normface or proxydr: hxe and soft-labels (Bertinetto et al.), multi-level "
        "(cross-entropy of all levels), cpcc (a regulariser); of normface alone: arcface, cosface, "
        "proxy-anchor and supcon, by pytorch-metric-learning.",
    )
    label_smoothing: float = _option(
        0.0, "Model", "Share of each label that all classes have in common."
    )
    class_weights: Literal["equal", "balanced"] = _option(
        "equal",
        "Model",
        "balanced: samples count the less the more of their class there are, so that classes "
        "count alike.",
    )
    hxe_alpha: float = _option(0.4, "Model", "How much less each finer level of hxe counts.")
    soft_labels_beta: float = _option(10.0, "Model", "How hard the labels of soft-labels are.")
    cpcc_weight: float = _option(1.0, "Model", "Weight of 1 - CPCC beside the cross-entropy.")
    margin: float | None = _option(
        None, "Model", "[arcface: 28.6 (degrees), cosface: 0.35, proxy-anchor: 0.1]"
    )
    temperature: float | None = _option(None, "Model", "Of the cosines of supcon. [0.1]")
    proxies: Literal["learned", "ema", "mds", "unit-sphere"] | None = _option(
        None,
        "Model",
        "Where proxies come from; unit-sphere: dot products equal similarities in the tree, in as "
        "many dimensions as there are classes. [corr: mds, supcon: ema, else learned]",
    )
    ema_alpha: float = _option(0.01, "Model", "Share of the batch mean in an EMA proxy update.")
    mds_beta: float = _option(1.0, "Model", "beta of the distance transform of MDS proxies.")
    scale: Literal["fixed", "dynamic"] = _option("fixed", "Model", "Scale of the logits.")
    dynamic_scale: Literal["derived", "published"] = _option(
        "derived", "Model", "Formulas of the dynamic scale: derived, or those of the paper's code."
    )
    softmax_start: Literal["linear", "normal"] = _option(
        "linear",
        "Model",
        "Start of softmax's weights: PyTorch's for linear layers; or standard normal, and biases "
        "0, as in the paper.",
    )
    scale_value: float = _option(10.0, "Model", "The fixed scale.")
    class_prior: bool = _option(False, "Model", "Add the log share of each class to the logits.")
    size_informed: bool = _option(
        False, "Model", "Add a linear map of the log image size to the features."
    )

    # --- training ---
    epochs: int = _option(20, "Training", "Passes over the training images.")
    batch_size: int = _option(64, "Training", "Images a step, over all devices together.")
    accumulate: int = _option(
        1,
        "Training",
        "Parts that each step's batch is cut into, one after the other, to save memory.",
    )
    optimizer: Literal["adam", "adamw", "sgd"] = _option("adamw", "Training", "Optimiser.")
    learning_rate: float = _option(3e-3, "Training", "Largest learning rate.")
    backbone_rate: float = _option(
        1.0, "Training", "Learning rate of the backbone, as a multiple of that of the rest."
    )
    freeze: str | None = _option(
        None,
        "Training",
        "Parts of the backbone to leave as they are, norms included: names of modules, with "
        "commas (conv1,bn1,layer1).",
    )
    weight_decay: float = _option(0.01, "Training", "Weight decay; none on biases and norms.")
    momentum: float = _option(0.9, "Training", "Momentum of sgd.")
    schedule: Literal["constant", "cosine", "step", "one-cycle"] = _option(
        "cosine",
        "Training",
        "Learning rate after the warm-up; step: a tenth after each third of what follows it; "
        "one-cycle: up and down along cosines, as PyTorch's OneCycleLR.",
    )
    warmup: float = _option(0.2, "Training", "Share of all steps with linearly rising rate.")
    clip: float | None = _option(None, "Training", "Largest norm of the gradient.")
    patience: int | None = _option(
        None, "Training", "Stop after so many epochs without a better score."
    )
    monitor: str = _option(
        "validation_accuracy",
        "Training",
        "Score that says which model is best, and when to stop: a column of log.csv, -NAME if "
        "lower is better.",
    )
    seed: int = _option(0, "Training", "Seed of weights, order, augmentation and dropout.")

    # --- running ---
    accelerator: str = _option("auto", "Running", "cpu, cuda, mps or auto.")
    devices: int = _option(1, "Running", "Number of devices; more than one trains with DDP.")
    precision: Precision = _option("32-true", "Running", "Precision of the arithmetic.")
    checkpoint_every: int = _option(
        0, "Running", "Also write last.pt every so many steps; 0: after each epoch only."
    )

    def __post_init__(self) -> None:
        """Check types, ranges and contradictions."""
        hints = typing.get_type_hints(type(self))
        for item in dataclasses.fields(self):
            value = _typed(getattr(self, item.name), hints[item.name], item.name)
            object.__setattr__(self, item.name, value)
        if self.proxies is None:
            object.__setattr__(self, "proxies", _usual_proxies(self.model, self.loss))
        _check_ranges(self)
        _check_contradictions(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], /, where: str = "config") -> Config:
        """Build a config from a mapping, naming unknown keys and what they may have meant."""
        return cls(**_known(values, where))

    @classmethod
    def read(
        cls,
        *paths: str | Path,
        **overrides: Any,  # the fields above, whose names and types are checked on building
    ) -> Config:
        """Build a config from files, later ones winning, and then from ``overrides``.

        Parameters
        ----------
        *paths
            YAML (``.yaml``, ``.yml``) or TOML (``.toml``) files of flat ``key: value`` lines.
        **overrides
            Fields by name; they win over the files.

        Raises
        ------
        FileFormatError
            A file is missing or not of its format.
        OptionError
            An unknown key (the message names the closest one) or a value that can't be used.
        """
        values: dict[str, Any] = {}
        for path in paths:
            values |= read_config_file(path)
        return cls.from_dict(values | overrides)

    def replace(
        self,
        **changes: Any,  # likewise
    ) -> Config:
        """Return a copy with some fields changed, checked again."""
        values = self.to_dict()
        if self.proxies == _usual_proxies(self.model, self.loss):
            values["proxies"] = None  # another model or loss may have other usual proxies
        return type(self).from_dict(values | changes)

    def to_dict(self) -> dict[str, Any]:
        """Return every field and its value, in the order of definition."""
        return dataclasses.asdict(self)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON schema of config files, by which editors check and complete them."""
        hints = typing.get_type_hints(cls)
        properties = {
            item.name: {
                **_schema_of(hints[item.name]),
                "description": item.metadata["doc"],
                "default": item.default,
                "x-group": item.metadata["group"],
            }
            for item in dataclasses.fields(cls)
        }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Options of hiertools_torch train",
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }

    def save(self, path: str | Path) -> None:
        """Write every field as YAML, so that the file alone repeats the run."""
        import yaml

        text = yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True)
        write_text(path, text)

    @property
    def starts_trained(self) -> bool:
        """Whether the backbone starts from weights that somebody has trained."""
        return self.pretrained or self.weights is not None

    @property
    def learns_probabilities(self) -> bool:
        """Whether the logits are trained to be log probabilities, up to a constant."""
        return self.model != "corr" and self.loss not in ("proxy-anchor", "supcon")

    @property
    def pixels(self) -> int:
        """Side in pixels that images are scaled to, with the default of the data set."""
        return self.image_size or {"quickdraw": 28, "cifar100": 32}.get(self.data, 128)

    @property
    def planes(self) -> int:
        """Colour planes of an image, with the default of the data set: 1 or 3."""
        channels = self.channels or ("grey" if self.data in ("quickdraw", "mesoz") else "rgb")
        return 1 if channels == "grey" else 3


FIELDS = tuple(Config.__annotations__)
Config.__init__ = door(own_check=FIELDS)(Config.__init__)  # type: ignore[method-assign]

takes_fields = door(passes_to=Config.__init__, own_check=FIELDS)
"""A door before what takes fields of `Config` as options; it checks their kinds itself."""

Config.replace = takes_fields(Config.replace)  # type: ignore[method-assign]
Config.read = classmethod(takes_fields(Config.read.__func__))  # type: ignore[assignment,attr-defined]
behind_doors(Config)


def _usual_proxies(model: str, loss: str) -> str:
    if model == "corr":
        return "mds"
    return "ema" if loss == "supcon" else "learned"


def read_config_file(path: str | Path) -> dict[str, Any]:
    """Read a flat YAML or TOML file and return its keys and values, all known to `Config`."""
    return _known(read_mapping(path), str(path))


def read_mapping(path: str | Path) -> dict[Any, Any]:
    """Read a YAML or TOML file of ``key: value`` lines, whatever the keys are."""
    path = named_path(path, "the path of the config file")
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as cause:
        raise FileFormatError(f"Config file {path} can't be read: {cause}.") from None
    if path.suffix.lower() == ".toml":
        import tomllib

        try:
            values: Any = tomllib.loads(text)
        except (ValueError, RecursionError) as cause:  # also a number of too many digits
            raise FileFormatError(
                f"Config file {path} is not valid TOML: {why_unreadable(cause)}."
            ) from None
    elif path.suffix.lower() in (".yaml", ".yml"):
        import yaml

        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError, AttributeError) as cause:
            first = why_unreadable(cause).replace("\n", " ")
            raise FileFormatError(f"Config file {path} is not valid YAML: {first}.") from None
    else:
        raise FileFormatError(
            f"Config file {path} has the ending {path.suffix!r}; use .yaml, .yml or .toml."
        )
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise FileFormatError(f"Config file {path} must hold 'key: value' lines.")
    return values


def _known(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return `values` with ``-`` in keys read as ``_``, or name the keys that don't exist."""
    names = [item.name for item in dataclasses.fields(Config)]
    read = {str(key).replace("-", "_"): value for key, value in values.items()}
    unknown = [key for key in read if key not in names]
    if unknown:
        hints = [
            f"{key!r} (did you mean {near!r}?)" if near else repr(key)
            for key in unknown[:5]
            for near in [closest(key, names)]
        ]
        raise OptionError(
            f"{where}: {len(unknown)} unknown key(s): {', '.join(hints)}. "
            "`hiertools_torch train --help` lists all."
        )
    return read


def _typed(value: Any, hint: Any, name: str) -> Any:
    """Return `value` as the type of its field, or say which type it should have."""
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    members = typing.get_args(hint) if is_union else (hint,)
    if value is None:
        if types.NoneType in members:
            return None
        raise OptionError(f"{name} must have a value; got none.")
    kind = next(member for member in members if member is not types.NoneType)
    if typing.get_origin(kind) is typing.Literal:
        valid = typing.get_args(kind)
        if value in valid:
            return value
        near = closest(str(value), valid)
        hint_text = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"{name} has no option {value!r}; valid ones: {name_list(valid, 10)}.{hint_text}"
        )
    if kind is float:
        # YAML reads 1e-4 (no point) as text.
        try:
            return float(value) if not isinstance(value, bool) else _refuse(value, "number", name)
        except (TypeError, ValueError):
            _refuse(value, "number", name)
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str) and not value.strip():
        raise OptionError(f"{name} is empty: is a shell variable unset? Leave it out for none.")
    if kind is str and isinstance(value, str | Path | int) and not isinstance(value, bool):
        return str(value)  # YAML reads `subset: 100` as a number
    words = {int: "whole number", bool: "true or false", str: "text"}
    return _refuse(value, words[kind], name)


def _schema_of(hint: Any) -> dict[str, Any]:
    """Return the JSON schema of a field's type."""
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    members = typing.get_args(hint) if is_union else (hint,)
    kind = next(member for member in members if member is not types.NoneType)
    optional = types.NoneType in members
    if typing.get_origin(kind) is typing.Literal:
        return {"enum": [*typing.get_args(kind), *([None] if optional else [])]}
    name = {int: "integer", float: "number", bool: "boolean", str: "string"}[kind]
    return {"type": [name, "null"] if optional else name}


def _refuse(value: Any, wanted: str, name: str) -> Any:
    raise OptionError(
        f"{name} must be a {wanted}; got {value!r}."
        if wanted != "true or false"
        else f"{name} must be true or false; got {value!r}."
    )


def _check_ranges(config: Config) -> None:
    least = {
        "epochs": 0, "batch_size": 1, "accumulate": 1, "width": 1, "dim": 1, "workers": 0,
        "devices": 1, "checkpoint_every": 0, "seed": 0, "split_seed": 0, "image_size": 8,
        "train_per_class": 1, "patience": 1, "weight_decay": 0.0, "warmup": 0.0, "validation": 0.0,
        "test": 0.0, "dropout": 0.0, "momentum": 0.0, "hxe_alpha": 0.0, "soft_labels_beta": 0.0,
        "cpcc_weight": 0.0, "label_smoothing": 0.0,
    }  # fmt: skip
    for name, bound in least.items():
        value = getattr(config, name)
        if value is not None and not value >= bound:
            raise OptionError(f"{name} must be at least {bound}; got {value!r}.")
    for name in (
        "learning_rate", "backbone_rate", "scale_value", "mds_beta", "clip", "ema_alpha", "margin",
        "temperature",
    ):  # fmt: skip
        value = getattr(config, name)
        if value is not None and not 0 < value < float("inf"):
            raise OptionError(f"{name} must be a number above 0; got {value!r}.")
    for name in ("validation", "test", "dropout", "momentum", "label_smoothing"):
        if not getattr(config, name) < 1:
            raise OptionError(f"{name} must be below 1; got {getattr(config, name)!r}.")
    for name in ("warmup", "ema_alpha"):
        if not getattr(config, name) <= 1:
            raise OptionError(f"{name} must be at most 1; got {getattr(config, name)!r}.")
    name = config.monitor.removeprefix("-")
    if name not in LOGGED:
        near = closest(name, LOGGED)
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"monitor has no option {config.monitor!r}; valid ones: {name_list(LOGGED, 20)}.{hint}"
        )
    library, _, rest = config.backbone.partition(":")
    if config.backbone != "small-cnn" and not (library in ("timm", "torchvision") and rest):
        near = closest(config.backbone, ["small-cnn", "timm:resnet50", "torchvision:resnet50"])
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"backbone has no option {config.backbone!r}; valid ones: 'small-cnn', 'timm:NAME', "
            f"'torchvision:NAME'.{hint}"
        )


def _check_contradictions(config: Config) -> None:
    """Refuse options that contradict each other, or that the others leave without effect."""

    def clash(name: str, other: str, why: str) -> None:
        a, b = getattr(config, name), getattr(config, other)
        raise OptionError(f"{name}={a!r} contradicts {other}={b!r}: {why}.")

    def changed(name: str) -> bool:
        return bool(getattr(config, name) != getattr(Config, name))

    if config.model == "softmax":
        if config.proxies != "learned":
            clash("proxies", "model", "softmax learns its weights; use proxies='learned' or "
                  "model='normface' or 'proxydr'")  # fmt: skip
        if config.scale != "fixed":
            clash("scale", "model", "softmax logits have no scale; use scale='fixed' or "
                  "model='normface' or 'proxydr'")  # fmt: skip
    if config.model == "corr":
        if config.proxies not in ("mds", "unit-sphere"):
            clash("proxies", "model", "corr pulls features to proxies that the tree has fixed; use "
                  "proxies='mds' or 'unit-sphere'")  # fmt: skip
        if changed("loss"):
            clash("loss", "model", "corr is a loss of its own")
        if config.scale != "fixed":
            clash("scale", "model", "the corr loss has no scale; use scale='fixed'")
        if config.class_prior:
            clash("class_prior", "model", "the corr loss has no class probabilities")
    if config.model in ("softmax", "corr"):
        for name in ("form", "scale_value"):
            if changed(name):
                clash(name, "model", f"{config.model} does not use {name}")
    if config.loss in OF_LIBRARY:
        if config.model != "normface":
            clash("loss", "model", f"{config.loss} takes cosines; use model='normface'")
        for name, usual in (("form", "euclidean"), ("scale", "fixed"), ("class_prior", False)):
            if getattr(config, name) != usual:
                clash(name, "loss", f"{config.loss} takes cosines times a fixed scale, and no more")
    if config.loss == "supcon" and config.proxies == "learned":
        clash("proxies", "loss", "supcon has no proxies to learn; use proxies='ema', which follow")
    for name in ("label_smoothing", "class_weights"):
        if changed(name) and config.loss in (*OF_LIBRARY, "cpcc"):
            clash(name, "loss", f"{config.loss} is a loss of batches, not of samples")
    for name, losses in OPTION_OF_LOSS.items():
        if changed(name) and config.loss not in losses:
            clash(name, "loss", f"only {' and '.join(losses)} use{'s' * (len(losses) == 1)} it")
    if changed("ema_alpha") and config.proxies != "ema":
        clash("ema_alpha", "proxies", "only EMA proxies use ema_alpha")
    if changed("mds_beta") and config.proxies != "mds":
        clash("mds_beta", "proxies", "only MDS proxies use mds_beta")
    if changed("scale_value") and config.scale == "dynamic":
        clash("scale_value", "scale", "a dynamic scale starts from its own equation")
    if config.weights_sha256 is not None and config.weights is None:
        clash("weights_sha256", "weights", "there is no file that could have it")
    for name in ("pretrained", "weights"):
        if not changed(name):
            continue
        if config.random_backbone:
            clash(name, "random_backbone", "a backbone starts either pretrained or random")
        if config.backbone == "small-cnn":
            clash(name, "backbone", "small-cnn has no pretrained weights")
    if config.backbone == "small-cnn":
        if config.first_conv != "auto":
            clash("first_conv", "backbone", "small-cnn is made for small inputs as it is")
    else:
        for name in ("width", "norm"):
            if changed(name):
                clash(name, "backbone", f"only small-cnn uses {name}")
    if config.data == "quickdraw":
        for name in ("root", "tree", "image_size", "channels", "validation", "test", "cache"):
            if changed(name):
                clash(name, "data", "quickdraw ships with its own images, tree and splits")
        if config.size_informed:
            clash("size_informed", "data", "all quickdraw images have one size")
    elif config.subset is not None:
        clash("subset", "data", "only quickdraw has a subset of classes to choose")
    elif config.root is None:
        clash("root", "data", f"{config.data} is read from your disk, so root must say where")
    if config.data == "folder" and config.tree is None:
        clash("tree", "data", "an image folder needs a file with its class tree")
    if config.data == "cifar100" and config.size_informed:
        clash("size_informed", "data", "all cifar100 images have one size")
    watches_validation = "validation" in config.monitor
    if config.patience is not None and config.validation == 0 and watches_validation:
        clash("patience", "validation", "early stopping watches the validation accuracy")
    if changed("accumulate") and config.loss in (*OF_LIBRARY, "cpcc"):
        clash("accumulate", "loss", f"{config.loss} looks at a whole batch")
    if config.random_backbone:
        for name in ("freeze", "backbone_rate"):
            if changed(name):
                clash(name, "random_backbone", "nothing of that backbone is trained")
    if changed("interpolation") and not config.augment:
        clash("interpolation", "augment", "without maps there are no pixels to interpolate")
    if config.split == "paper":
        if config.data == "quickdraw":
            clash("split", "data", "quickdraw ships with its own splits")
        if changed("split_seed"):
            clash("split_seed", "split", "the paper draws by the training seed")
    if config.dynamic_scale == "published" and config.class_prior and config.scale == "dynamic":
        clash("class_prior", "dynamic_scale", "the published code fails with both")
    if changed("momentum") and config.optimizer != "sgd":
        clash("momentum", "optimizer", "only sgd uses momentum")
    if config.precision == "16-mixed" and config.accelerator == "cpu":
        clash("precision", "accelerator", "16-bit floats with scaled loss need a GPU; use "
              "precision='bf16-mixed'")  # fmt: skip
