"""Options that contradict each other, or that the others leave without effect."""

from __future__ import annotations

from hiertools._core.checks import closest, name_list
from hiertools.errors import OptionError
from hiertools_torch.config.options import (
    FILLED,
    LOGGED,
    LOGGERS,
    OF_LIBRARY,
    OF_OWN_HEAD,
    OPTION_OF_LOSS,
    SHIPPED,
    START_PARTS,
    WHOLE_SUBSETS,
    Options,
)  # fmt: skip

__all__ = ["check_contradictions", "check_words", "listed"]


def listed(words: str | None) -> tuple[str, ...]:
    """Return the words between commas, each once."""
    return tuple(dict.fromkeys(w for word in (words or "").split(",") if (w := word.strip())))


def check_words(config: Options) -> None:
    """Refuse words that are made of parts, and of parts that there aren't."""
    name = config.monitor.removeprefix("-")
    if name not in LOGGED:
        near = closest(name, LOGGED)
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"monitor has no option {config.monitor!r}; valid ones: {name_list(LOGGED, 20)}.{hint}"
        )
    for name, valid in (("start_parts", START_PARTS), ("log", LOGGERS)):
        given = getattr(config, name)
        wrong = [word for word in listed(given) if word not in valid]
        if wrong or (given is not None and not listed(given)):
            near = closest(wrong[0], valid) if wrong else None
            hint = f" Did you mean {near!r}?" if near else ""
            raise OptionError(
                f"{name} has no option {given!r}; it is made of {name_list(valid)}, with commas."
                f"{hint}"
            )
    if config.data == "quickdraw" and config.subset not in (None, *WHOLE_SUBSETS):
        classes = listed(config.subset)
        if len(classes) < 2:
            raise OptionError(
                f"subset={config.subset!r} names {'one' if classes else 'no'} class, and a "
                "classifier tells at least two apart; give several with commas ('cat,dog'), "
                f"{' or '.join(WHOLE_SUBSETS)}."
            )
    library, _, rest = config.backbone.partition(":")
    if config.backbone not in ("small-cnn", "own") and not (
        library in ("timm", "torchvision") and rest
    ):
        near = closest(
            config.backbone, ["small-cnn", "own", "timm:resnet50", "torchvision:resnet50"]
        )
        hint = f" Did you mean {near!r}?" if near else ""
        raise OptionError(
            f"backbone has no option {config.backbone!r}; valid ones: 'small-cnn', 'timm:NAME', "
            f"'torchvision:NAME', 'own'.{hint}"
        )


def check_contradictions(config: Options) -> None:
    """Refuse options that contradict each other, or that the others leave without effect."""

    def clash(name: str, other: str, why: str) -> None:
        a, b = getattr(config, name), getattr(config, other)
        raise OptionError(f"{name}={a!r} contradicts {other}={b!r}: {why}.")

    def changed(name: str) -> bool:
        return bool(getattr(config, name) != getattr(Options, name))

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
    if config.model == "own":
        for name in OF_OWN_HEAD:
            if changed(name) and (name, config.proxies) != ("proxies", "learned"):
                clash(name, "model", f"an own head brings its own {name.replace('_', ' ')}")
    elif config.loss in OF_LIBRARY:
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
    for name, file in (
        ("weights_sha256", "weights"),
        ("start_from_sha256", "start_from"),
        ("start_parts", "start_from"),
    ):
        if getattr(config, name) is not None and getattr(config, file) is None:
            clash(name, file, "there is no file that could have it")
    for name in ("pretrained", "weights", "random_backbone"):
        if config.start_from is not None and changed(name):
            clash(name, "start_from", "a backbone starts from one place")
    for name in ("pretrained", "weights"):
        if not changed(name):
            continue
        if config.random_backbone:
            clash(name, "random_backbone", "a backbone starts either pretrained or random")
        if config.backbone == "small-cnn":
            clash(name, "backbone", "small-cnn has no pretrained weights")
        if config.backbone == "own":
            clash(name, "backbone", "an own backbone starts with the weights that it has")
    if config.first_conv != "auto":
        if config.backbone == "small-cnn":
            clash("first_conv", "backbone", "small-cnn is made for small inputs as it is")
        if config.backbone == "own":
            clash("first_conv", "backbone", "an own backbone stays as it is")
    if config.backbone != "small-cnn":
        for name in ("width", "norm"):
            if changed(name):
                clash(name, "backbone", f"only small-cnn uses {name}")
    if config.subset is not None and config.data != "quickdraw":
        clash("subset", "data", "only quickdraw has a subset of classes to choose")
    if config.data in SHIPPED:
        for name in SHIPPED[config.data]:
            if changed(name):
                clash(name, "data", f"{config.data} ships with its own images, tree and splits")
    elif config.data == "own":
        for name in ("root", "tree", "size_informed", "on_bad_image", "split"):
            if changed(name):
                clash(name, "data", "own data bring their images and tree as they are")
    elif config.root is None:
        clash("root", "data", f"{config.data} is read from your disk, so root must say where")
    if config.data == "folder" and config.tree is None:
        clash("tree", "data", "an image folder needs a file with its class tree")
    if config.size_informed and config.data in (*SHIPPED, "cifar100"):
        clash("size_informed", "data", f"all {config.data} images have one size")
    watches_validation = "validation" in config.monitor
    if config.patience is not None and config.validation == 0 and watches_validation:
        clash("patience", "validation", "early stopping watches the validation accuracy")
    if changed("accumulate") and config.loss in (*OF_LIBRARY, "cpcc"):
        clash("accumulate", "loss", f"{config.loss} looks at a whole batch")
    if config.random_backbone:
        for name in ("freeze", "backbone_rate"):
            if changed(name):
                clash(name, "random_backbone", "nothing of that backbone is trained")
    if changed("interpolation") and config.augment != "affine":
        clash("interpolation", "augment", "without maps there are no pixels to interpolate")
    if changed("fill") and config.augment not in FILLED:
        clash("fill", "augment", "nothing comes in from outside the images")
    if config.split == "paper":
        if config.data in SHIPPED:
            clash("split", "data", f"{config.data} ships with its own splits")
        if changed("split_seed"):
            clash("split_seed", "split", "the paper draws by the training seed")
    if config.dynamic_scale == "published" and config.class_prior and config.scale == "dynamic":
        clash("class_prior", "dynamic_scale", "the published code fails with both")
    if changed("momentum") and config.optimizer != "sgd":
        clash("momentum", "optimizer", "only sgd uses momentum")
    if config.precision == "16-mixed" and config.accelerator == "cpu":
        clash("precision", "accelerator", "16-bit floats with scaled loss need a GPU; use "
              "precision='bf16-mixed'")  # fmt: skip
