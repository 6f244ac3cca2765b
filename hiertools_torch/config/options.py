"""The options of a training run: names, kinds, bounds, defaults, and what each means."""

# ruff: noqa: RUF009 (fields carry their help text; `_option` is `field`)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "FILLED",
    "GROUPS",
    "LOGGED",
    "LOGGERS",
    "OF_LIBRARY",
    "OF_OWN_HEAD",
    "OPTION_OF_LOSS",
    "PLANKTON",
    "START_PARTS",
    "WHOLE_SUBSETS",
    "Options",
]

Data = Literal[
    "quickdraw",
    "emoji",
    "cifar100",
    "nabirds",
    "micros",
    "microl",
    "mesoz",
    "plankton",
    "folder",
    "own",
]
Model = Literal["softmax", "normface", "proxydr", "corr", "own"]
Loss = Literal[
    "cross-entropy", "hxe", "soft-labels", "multi-level", "cpcc",
    "arcface", "cosface", "proxy-anchor", "supcon",
]  # fmt: skip
Augment = Literal["affine", "trivial", "randaugment", "none", "own"]
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

OF_OWN_HEAD = (
    "form", "loss", "proxies", "scale", "scale_value", "dynamic_scale", "softmax_start",
    "class_prior", "ema_alpha", "mds_beta", "dim", *OPTION_OF_LOSS,
)  # fmt: skip
"""Options that an own head leaves without effect."""

FILLED = ("affine", "trivial", "randaugment")
"""Augmentations that bring in pixels from outside the image."""

LOGGERS = ("csv", "tensorboard")
"""What can be written beside log.csv."""

WHOLE_SUBSETS = ("100", "all")
"""Values of ``subset`` that are no names of classes."""

START_PARTS = ("backbone", "embedding", "head")
"""What a run can take from another."""

PLANKTON = ("micros", "microl", "mesoz", "plankton")


SHIPPED = {
    "quickdraw": ("root", "tree", "image_size", "channels", "validation", "test", "cache"),
    "emoji": ("root", "image_size", "validation", "test", "cache"),
}
"""Data that ship with hiertools, and the options of data that they leave without effect."""

GROUPS = ("data", "model", "optim", "log", "running")
"""Groups that files of options may be written in."""


def _option(default: Any, group: str, doc: str, **bounds: float) -> Any:
    return field(default=default, metadata={"doc": doc, "group": group, "bounds": bounds})


@dataclass(frozen=True, kw_only=True)
class Options:
    """Every option; `hiertools_torch.Config` checks them."""

    # --- data ---
    data: Data = _option(
        "quickdraw",
        "Data",
        "Data set. quickdraw and emoji ship with hiertools; own stands for an object (OwnData).",
    )
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
        "Side in pixels that images are scaled to. [quickdraw: 28, emoji and cifar100: 32, own: "
        "the first image's, else 128]",
        ge=8,
    )
    channels: Literal["rgb", "grey"] | None = _option(
        None,
        "Data",
        "Colour or greyscale. [quickdraw and mesoz: grey, own: the first image's, else rgb]",
    )
    augment: Augment = _option(
        "affine",
        "Data",
        "Random changes of training images. affine: maps (15 degrees, 10 % shift, 0.9-1.1 scale, "
        "10 degrees shear) and horizontal flips; trivial, randaugment: TrivialAugmentWide and "
        "RandAugment of torchvision; own stands for an object.",
    )
    interpolation: Literal["bilinear", "nearest"] = _option(
        "bilinear", "Data", "Pixels of the affine maps; the paper's are nearest."
    )
    fill: Literal["background", "black"] = _option(
        "background",
        "Data",
        "What augmentation brings in from outside an image. background: the colour of most of the "
        "outermost pixels of training images, black if there is none; the paper's is black.",
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
        ge=0,
        lt=1,
    )
    test: float = _option(
        0.2,
        "Data",
        "Share of the images held out for testing where the data set has no test part.",
        ge=0,
        lt=1,
    )
    train_per_class: int | None = _option(
        None, "Data", "Use at most this many training images a class.", ge=1
    )
    split: Literal["by-class", "paper"] = _option(
        "by-class",
        "Data",
        "How parts are drawn: class by class, where the data bring none; or as the paper does: at "
        "random by the training seed, of all images together (cifar100: keeping its test images).",
    )
    split_seed: int = _option(
        0, "Data", "Seed of the splits by class, apart from the training seed.", ge=0
    )
    on_bad_image: Literal["error", "skip"] = _option(
        "error", "Data", "An image that does not decode: stop, or leave it out and say so."
    )
    workers: int = _option(0, "Data", "Processes that decode images; changes no result.", ge=0)
    cache: bool = _option(False, "Data", "Decode all images once and keep them in memory.")

    # --- model ---
    model: Model = _option("proxydr", "Model", "Classifier head; own stands for an object.")
    backbone: str = _option(
        "small-cnn",
        "Model",
        "small-cnn, timm:NAME or torchvision:NAME (timm:resnet50, ...); own stands for an object.",
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
    start_from: str | None = _option(
        None,
        "Model",
        "Start from what another run has learned: its folder (the best checkpoint), or a file of "
        "weights of a whole model or of its backbone (.safetensors, .pt, .pth).",
    )
    start_parts: str | None = _option(
        None,
        "Model",
        "What to take from there: backbone, embedding, head, with commas. [all there is; the head "
        "if it is for the same classes]",
    )
    start_from_sha256: str | None = _option(
        None, "Model", "What that file must have as its SHA-256; a run writes it down."
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
    width: int = _option(32, "Model", "Channels of the first convolution of small-cnn.", ge=1)
    norm: Literal["batch", "group"] = _option(
        "batch", "Model", "Normalisation in small-cnn; group has no batch statistics."
    )
    dropout: float = _option(0.3, "Model", "Dropout before the embedding layer.", ge=0, lt=1)
    dim: int = _option(128, "Model", "Dimensions of the embedding; an own head has its own.", ge=1)
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
        0.0, "Model", "Share of each label that all classes have in common.", ge=0, lt=1
    )
    class_weights: Literal["equal", "balanced"] = _option(
        "equal",
        "Model",
        "balanced: samples count the less the more of their class there are, so that classes "
        "count alike.",
    )
    hxe_alpha: float = _option(0.4, "Model", "How much less each finer level of hxe counts.", ge=0)
    soft_labels_beta: float = _option(
        10.0, "Model", "How hard the labels of soft-labels are.", ge=0
    )
    cpcc_weight: float = _option(1.0, "Model", "Weight of 1 - CPCC beside the cross-entropy.", ge=0)
    margin: float | None = _option(
        None, "Model", "[arcface: 28.6 (degrees), cosface: 0.35, proxy-anchor: 0.1]", gt=0
    )
    temperature: float | None = _option(None, "Model", "Of the cosines of supcon. [0.1]", gt=0)
    proxies: Literal["learned", "ema", "mds", "unit-sphere"] | None = _option(
        None,
        "Model",
        "Where proxies come from; unit-sphere: dot products equal similarities in the tree, in as "
        "many dimensions as there are classes. [corr: mds, supcon: ema, else learned]",
    )
    ema_alpha: float = _option(
        0.01, "Model", "Share of the batch mean in an EMA proxy update.", gt=0, le=1
    )
    mds_beta: float = _option(1.0, "Model", "beta of the distance transform of MDS proxies.", gt=0)
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
    scale_value: float = _option(10.0, "Model", "The fixed scale.", gt=0)
    class_prior: bool = _option(False, "Model", "Add the log share of each class to the logits.")
    size_informed: bool = _option(
        False, "Model", "Add a linear map of the log image size to the features."
    )

    # --- optimisation ---
    epochs: int = _option(20, "Optim", "Passes over the training images.", ge=0)
    batch_size: int = _option(64, "Optim", "Images a step, over all devices together.", ge=1)
    accumulate: int = _option(
        1,
        "Optim",
        "Parts that each step's batch is cut into, one after the other, to save memory.",
        ge=1,
    )
    optimizer: Literal["adam", "adamw", "sgd"] = _option("adamw", "Optim", "Optimiser.")
    learning_rate: float = _option(3e-3, "Optim", "Largest learning rate.", gt=0)
    backbone_rate: float = _option(
        1.0, "Optim", "Learning rate of the backbone, as a multiple of that of the rest.", gt=0
    )
    freeze: str | None = _option(
        None,
        "Optim",
        "Parts of the backbone to leave as they are, norms included: names of modules, with "
        "commas (conv1,bn1,layer1).",
    )
    weight_decay: float = _option(0.01, "Optim", "Weight decay; none on biases and norms.", ge=0)
    momentum: float = _option(0.9, "Optim", "Momentum of sgd.", ge=0, lt=1)
    schedule: Literal["constant", "cosine", "step", "one-cycle"] = _option(
        "cosine",
        "Optim",
        "Learning rate after the warm-up; step: a tenth after each third of what follows it; "
        "one-cycle: up and down along cosines, as PyTorch's OneCycleLR.",
    )
    warmup: float = _option(
        0.2, "Optim", "Share of all steps with linearly rising rate.", ge=0, le=1
    )
    clip: float | None = _option(None, "Optim", "Largest norm of the gradient.", gt=0)
    patience: int | None = _option(
        None, "Optim", "Stop after so many epochs without a better score.", ge=1
    )
    monitor: str = _option(
        "validation_accuracy",
        "Optim",
        "Score that says which model is best, and when to stop: a column of log.csv, -NAME if "
        "lower is better.",
    )
    seed: int = _option(0, "Optim", "Seed of weights, order, augmentation and dropout.", ge=0)

    # --- log ---
    log: str | None = _option(
        None,
        "Log",
        "Also write each epoch's scores for tensorboard or as csv (with commas: both), in the "
        "folder logs of the run.",
    )
    checkpoint_every: int = _option(
        0, "Log", "Also write last.pt every so many steps; 0: after each epoch only.", ge=0
    )

    # --- running ---
    accelerator: str = _option("auto", "Running", "cpu, cuda, mps or auto.")
    devices: int = _option(1, "Running", "Number of devices; more than one trains with DDP.", ge=1)
    precision: Precision = _option("32-true", "Running", "Precision of the arithmetic.")
