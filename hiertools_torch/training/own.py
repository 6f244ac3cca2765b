"""`Own`: what a run is made of that is a user's own object, and what is written down of it.

A config says "own" where an object stands. A run keeps no object: its checkpoints hold the weights,
and by the path of its class and digests of its shapes the same object, given again, is known.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from hiertools.errors import ClassMismatchError, OptionError
from hiertools_torch.data.own import OwnData, class_path
from hiertools_torch.heads.head import ProxyHead
from hiertools_torch.heads.objective import CrossEntropy
from hiertools_torch.training.own_head import OwnHead

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hiertools_torch.config import Config

__all__ = [
    "Own",
    "OwnHead",
    "Records",
    "check_same_objects",
    "learns_probabilities",
    "settled",
    "taken",
]

Records = dict[str, dict[str, str]]
"""What is written down of each object: its class, and digests."""

FIELD_OF = {"data": "data", "backbone": "backbone", "head": "model", "augment": "augment"}
"""The field of `Config` that says "own" where an object is given."""

KINDS: dict[str, tuple[type, str]] = {
    "data": (OwnData, "OwnData(...), or the name of a data set"),
    "backbone": (nn.Module, "a torch.nn.Module, or a name such as 'timm:resnet50'"),
    "head": (nn.Module, "a torch.nn.Module; model= takes the names of heads"),
    "augment": (Callable, "a function of an image, or a name such as 'trivial'"),  # type: ignore[dict-item]
}


@dataclass(frozen=True, eq=False)
class Own:
    """Objects of a user's own; None where the config names what is meant.

    Attributes
    ----------
    data : OwnData
    backbone : nn.Module
        Images to features; `n_features` of them, once `settled` has seen.
    head : nn.Module
        Features to logits.
    augment : callable
        A training image (planes, height, width) to another.
    """

    data: OwnData | None = None
    backbone: nn.Module | None = None
    head: nn.Module | None = None
    augment: Callable[[torch.Tensor], Any] | None = None
    n_features: int = 0

    def given(self) -> dict[str, Any]:
        """Return the objects that there are."""
        return {name: thing for name in FIELD_OF if (thing := getattr(self, name)) is not None}

    def wanted_by(self, config: Config) -> Own:
        """Return those objects alone of which a config says "own"."""
        given = self.given()
        return Own(
            **{n: thing for n, thing in given.items() if getattr(config, FIELD_OF[n]) == "own"}
        )

    def records(self) -> Records:
        """Return what is written down of each; of weights, before they are trained."""
        return {
            name: {
                "class": class_path(thing.parts["train"] if name == "data" else thing),
                **(_made(thing) if name == "augment" else {}),
                **(_digests(thing) if name in ("backbone", "head") else {}),
            }
            for name, thing in self.given().items()
        }

    def named_head(
        self,
        classes: tuple[str, ...],
        weights: NDArray[np.float64] | None,
        label_smoothing: float,
    ) -> ProxyHead | OwnHead:
        """Return the head with the names of its classes, which it may have itself."""
        head = self.head
        assert head is not None
        if not isinstance(head, ProxyHead):
            return OwnHead(head, classes, weights, label_smoothing)
        if weights is not None or label_smoothing:
            raise OptionError(
                "an own ProxyHead has a loss of its own; give class_weights= and label_smoothing= "
                "to the head itself."
            )
        if head.targets.reduction != "mean":
            raise OptionError(
                f"the own head has reduction={head.targets.reduction!r}; training takes the mean."
            )
        if head.n_classes != len(classes):
            raise ClassMismatchError(
                f"the own head is for {head.n_classes} classes, and the data have {len(classes)}."
            )
        if head.classes == tuple(map(str, range(len(classes)))):  # none were given
            head.classes = classes
        if head.classes != classes:
            place = next(i for i in range(len(classes)) if head.classes[i] != classes[i])
            raise ClassMismatchError(
                f"the own head's class {place} is {head.classes[place]!r}, and that of the data is "
                f"{classes[place]!r}; give both the same classes in the same order."
            )
        return head


def taken(options: Mapping[str, Any], head: Any = None) -> tuple[Own, dict[str, Any]]:
    """Part objects from options of a config, which say "own" in their place.

    Examples
    --------
    >>> own, options = taken({"backbone": nn.Flatten(), "epochs": 3})
    >>> options
    {'backbone': 'own', 'epochs': 3}
    """
    left = dict(options)
    found: dict[str, Any] = {}
    for name, (kind, wanted) in KINDS.items():
        thing = head if name == "head" else left.get(name)
        if thing is None or (isinstance(thing, str | bool) and name != "head"):
            continue
        if not isinstance(thing, kind):
            raise OptionError(f"{name} must be {wanted}; got {type(thing).__name__}.")
        found[name] = thing
        field = FIELD_OF[name]
        if name == "head" and left.get(field) not in (None, "own"):
            raise OptionError(f"head= and model={left[field]!r} are two heads; give one.")
        left[field] = "own"
    return Own(**found), left


def settled(config: Config, own: Own, how: str = "train(...)") -> tuple[Config, Own]:
    """Fill in what objects decide; return copies of modules, which training may then change.

    Raises
    ------
    OptionError
        The config speaks of an object that isn't there, or the other way round; or one that can't
        be used.
    """
    for name, field in FIELD_OF.items():
        there, wanted = getattr(own, name) is not None, getattr(config, field) == "own"
        if wanted and not there:
            raise OptionError(
                f"{field}='own' stands for an object that no file holds; give it (again) by "
                f"{name}= to hiertools_torch.{how}, or by --own."
            )
        if there and not wanted:
            raise OptionError(
                f"{name}= is an object, but the config says {field}={getattr(config, field)!r}; "
                f"leave that out, or say {field}='own'."
            )
    changes: dict[str, Any] = {}
    if own.data is not None and (config.image_size is None or config.channels is None):
        planes, height, width = own.data.shape()
        if config.image_size is None:
            if height != width:
                raise OptionError(
                    f"the own images are no squares (the first is {height} x {width}); say by "
                    "image_size= to which they are to be scaled."
                )
            changes["image_size"] = height
        if config.channels is None:
            changes["channels"] = "grey" if planes == 1 else "rgb"
    if own.head is not None:
        head = _copied(own.head, "head")
        own = replace(own, head=head)
    config = config.replace(**changes) if changes else config
    if own.backbone is not None:
        backbone = _copied(own.backbone, "backbone")
        n_features = _feature_size(backbone, config.planes, config.pixels)
        own = replace(own, backbone=backbone, n_features=n_features)
    return config, own


def learns_probabilities(config: Config, head: ProxyHead | OwnHead) -> bool:
    """Say whether logits are trained to be log probabilities, up to a constant."""
    if config.model != "own":
        return config.learns_probabilities
    return isinstance(head, OwnHead) or isinstance(head.objective, CrossEntropy)


def check_same_objects(saved: Mapping[str, Any], now: Records, where: object) -> None:
    """Refuse objects of other classes or shapes than those that a checkpoint was made with.

    Raises
    ------
    OptionError
        They differ.
    """
    for name, record in now.items():
        before = saved.get(name, {})
        if before.get("class") != record["class"]:
            raise OptionError(
                f"{where} was made with the {name} {before.get('class')}, and now "
                f"{record['class']} is given; give the same, or start a new run."
            )
        if before.get("made") != record.get("made"):
            raise OptionError(
                f"{where} was made with {name}={before.get('made')}, and now {record['made']} is "
                "given; give the same, or start a new run."
            )
        if before.get("shapes") != record.get("shapes"):
            raise OptionError(
                f"{where} was made with a {name} of the same class {record['class']}, but with "
                "other parameters (names, shapes, types, or which of them are trained); build it "
                "as it was, or start a new run."
            )


def _copied(module: nn.Module, name: str) -> nn.Module:
    """Return a copy, so that training leaves the object that was given as it is."""
    try:
        return copy.deepcopy(module)
    except Exception as cause:
        raise OptionError(
            f"the own {name} {class_path(module)} can't be copied ({type(cause).__name__}: "
            f"{cause}); training works on a copy, so that the object stays as it is."
        ) from cause


def _feature_size(backbone: nn.Module, planes: int, side: int) -> int:
    """Return how many features a backbone gives, by a dry run."""
    shape, what = (2, planes, side, side), f"the own backbone {class_path(backbone)}"
    modes = {module: module.training for module in backbone.modules()}
    backbone.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            features = backbone(torch.zeros(shape))
    except Exception as cause:
        raise OptionError(
            f"{what} fails on images of shape {shape}: {type(cause).__name__}: {cause}."
        ) from cause
    for module, mode in modes.items():
        module.training = mode
    seen = tuple(features.shape) if isinstance(features, torch.Tensor) else type(features).__name__
    if not isinstance(features, torch.Tensor) or features.ndim != 2 or len(features) != 2:
        raise OptionError(
            f"{what} must give one row of features an image, (2, features) for two; it gives "
            f"{seen}."
        )
    return int(features.shape[1])


def _made(thing: object) -> dict[str, str]:
    """Return what Python shows of a transform, which tells its settings."""
    return {"made": re.sub(r" at 0x[0-9a-f]+", "", " ".join(repr(thing).split()))}


def _digests(module: nn.Module) -> dict[str, str]:
    """Return digests of the shapes of a module's state, and of the state itself."""
    shapes, values = hashlib.sha256(), hashlib.sha256()
    trained = {name for name, weight in module.named_parameters() if weight.requires_grad}
    for name, tensor in module.state_dict().items():
        shapes.update(repr((name, tuple(tensor.shape), tensor.dtype, name in trained)).encode())
        raw = tensor.detach().cpu().contiguous().flatten().view(torch.uint8)
        values.update(raw.numpy().tobytes())
    return {"shapes": shapes.hexdigest(), "sha256": values.hexdigest()}
