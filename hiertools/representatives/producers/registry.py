"""Which producers there are: the built-in ones, and those that other packages register."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, cast

from hiertools._core import checks
from hiertools._core.doors import behind_doors, door
from hiertools._core.files import named_path
from hiertools._core.schemes import call_source, source_options, unknown_scheme
from hiertools._core.text_files import ending_of
from hiertools.errors import MissingDependencyError, OptionError
from hiertools.representatives.distance_matrix import DistanceMatrix
from hiertools.representatives.representatives import ClassRepresentatives

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["Producer", "ProducerInfo", "is_source", "list_producers", "produce"]

GROUP = "hiertools.producers"
"""Entry-point group under which a package registers producers: name = scheme."""

# Two letters at least: C:\data is a path.
_SCHEME = re.compile(r"([a-z][\w+.-]+):(.*)", re.DOTALL)


class Producer(Protocol):
    """What makes class representatives of a source: any callable of this form.

    It takes what stands behind the colon of ``"scheme:rest"``, and options by name (values are text
    where they were written into the source: ``"scheme:rest?name=value"``). A package offers one as
    an entry point of the group ``hiertools.producers`` whose name is the scheme. The first line of
    its docstring is shown by ``hiertools producers``; attributes ``example`` and ``extra`` (text)
    are shown too where it has them.

    Examples
    --------
    In the ``pyproject.toml`` of the package:

    .. code-block:: toml

        [project.entry-points."hiertools.producers"]
        embeddings-db = "my_package.producer:from_database"
    """

    def __call__(self, rest: str, /, **options: Any) -> ClassRepresentatives | DistanceMatrix:
        """Return the class representatives that `rest` names."""
        ...


@behind_doors
@dataclass(frozen=True)
class ProducerInfo:
    """What is known about a producer.

    Attributes
    ----------
    scheme : str
        What stands before the colon.
    describes : str
        What it reads, in a few words.
    example : str
        A source as it would be written.
    package : str
        The distribution that brings it; "hiertools" for the built-in ones.
    extra : str
        The extra that installs what it needs; "" for nothing.
    problem : str
        Why it can't be used now; "" if it can.
    """

    scheme: str
    describes: str
    example: str
    package: str = "hiertools"
    extra: str = ""
    problem: str = ""

    @property
    def available(self) -> bool:
        """Whether it can be used as things are installed now."""
        return not self.problem


@dataclass(frozen=True)
class _BuiltIn:
    """A producer of ours: where it lies and what it needs, known without loading it."""

    place: str
    describes: str
    example: str
    extra: str = ""
    needs: tuple[str, ...] = ()


BUILT_IN: Mapping[str, _BuiltIn] = MappingProxyType(
    {
        "npz": _BuiltIn("files:from_file", "vectors and class names in .npz", "npz:proxies.npz"),
        "csv": _BuiltIn("files:from_file", "a table, the class first", "csv:proxies.csv"),
        "parquet": _BuiltIn(
            "files:from_file",
            "a table, the class first",
            "parquet:proxies.parquet",
            "parquet",
            ("pyarrow",),
        ),
        "safetensors": _BuiltIn(
            "safetensors_file:from_safetensors",
            "the head among the tensors of a .safetensors file",
            "safetensors:model.safetensors?classes=names.txt",
            "safetensors",
            ("safetensors",),
        ),
        "torch": _BuiltIn(
            "torch_models:from_checkpoint",
            "the head of a PyTorch checkpoint (.pt, .pth, .ckpt)",
            "torch:model.pt?classes=names.txt&layer=fc",
            "torch",
            ("torch",),
        ),
        "timm": _BuiltIn(
            "timm_models:from_timm",
            "the head of a timm model",
            "timm:resnet50",
            "vision",
            ("torch", "timm"),
        ),
        "torchvision": _BuiltIn(
            "torchvision_models:from_torchvision",
            "the head of a torchvision classifier",
            "torchvision:resnet50",
            "vision",
            ("torch", "torchvision"),
        ),
        "transformers": _BuiltIn(
            "transformers_models:from_transformers",
            "the head of a transformers classifier of images, text or sound",
            "transformers:path/to/model",
            "transformers",
            ("torch", "transformers"),
        ),
        "sentence-transformers": _BuiltIn(
            "text_encoders:from_sentence_transformers",
            "embeddings of the class names",
            "sentence-transformers:path/to/model?classes=names.txt",
            "transformers",
            ("torch", "sentence_transformers"),
        ),
        "onnx": _BuiltIn(
            "onnx_heads:from_onnx",
            "the last Gemm or MatMul of an ONNX graph",
            "onnx:model.onnx?classes=names.txt",
            "onnx",
            ("onnx",),
        ),
        "prototypes": _BuiltIn(
            "embeddings:from_embeddings",
            "normalised mean embedding of each class, of .npz with embeddings and labels",
            "prototypes:train.npz?method=medoid",
        ),
        "confusion": _BuiltIn(
            "confusions:from_confusion_file",
            "distances from how often classes are taken for each other",
            "confusion:confusion.csv",
        ),
        "random-cnn": _BuiltIn(
            "random_cnn:from_random_cnn",
            "prototypes of an untrained network: a control",
            "random-cnn:small?images=path/to/folder",
            "torch",
            ("torch", "PIL"),
        ),
    }
)

# A plain path goes to the producer of its ending.
ENDINGS = {
    ".npz": "npz",
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".parquet": "parquet",
    ".safetensors": "safetensors",
    ".pt": "torch",
    ".pth": "torch",
    ".ckpt": "torch",
    ".bin": "torch",
    ".onnx": "onnx",
}


@door
def produce(
    source: str | os.PathLike[str],
    /,
    **options: Any,  # a plug-in has what options it likes; `call_source` checks the names
) -> ClassRepresentatives | DistanceMatrix:
    """Return the class representatives that a source names.

    Parameters
    ----------
    source
        ``"scheme:rest"``, such as ``"timm:resnet50"``; options may follow as in a web address,
        ``"torch:model.pt?classes=names.txt&layer=fc"``. Or a path, which goes to the producer of
        its ending (.npz, .csv, .tsv, .parquet, .safetensors, .pt, .pth, .ckpt, .bin, .onnx).
    **options
        The producer's own, such as ``classes=``; they take precedence over those in the source.
        Wherever ``classes=`` is one, ``names=imagenet`` stands for the 1000 classes of ImageNet in
        the order of classifiers, called as in `hiertools.load_imagenet_tree`, and
        ``names=synsets`` for their ids.

    Returns
    -------
    ClassRepresentatives
        Or a `DistanceMatrix`, from ``confusion:``.

    Raises
    ------
    OptionError
        A scheme that no one offers, an unknown option.
    MissingDependencyError
        A producer whose library is not installed, or a plug-in that fails on import.
    RepresentativesError, FileFormatError
        As the producer has it.

    See Also
    --------
    list_producers : what is installed.

    Examples
    --------
    >>> import hiertools as ht
    >>> ht.ClassRepresentatives([[1, 0], [0, 1]], ["lynx", "newt"]).save("reps.npz")
    >>> produce("npz:reps.npz")
    ClassRepresentatives(2 classes x 2 dimensions, kind='representative')
    >>> produce("reps.npz") == produce("npz:reps.npz")
    True
    """
    named_path(source, "the source")
    text = os.fspath(source)
    scheme, rest = _split(text)
    function = _producer(scheme, text)
    known = BUILT_IN.get(scheme)
    main, _, query = rest.partition("?")
    given = {**source_options(query, text), **options}
    if known and "names" in given:
        given = _with_imagenet_names(function, given)
    hint = f", for instance {known.example!r}" if known else ""
    result = call_source(
        function, main, text, given, what=f"produce(): the producer {scheme!r}", hint=hint
    )
    if not isinstance(result, ClassRepresentatives | DistanceMatrix):
        raise OptionError(
            f"the producer {scheme!r} must return ClassRepresentatives or a DistanceMatrix; it "
            f"returned {type(result).__name__}."
        )
    return result


@door
def is_source(source: object, /) -> bool:
    """Tell what is for `produce`: ``"scheme:rest"``, or the path of a model file.

    Paths of .npz, .csv and .parquet are for `hiertools.read_representatives`.

    Examples
    --------
    >>> is_source("timm:resnet50"), is_source("model.onnx?classes=names.txt")
    (True, True)
    >>> is_source("proxies.npz"), is_source("C:/proxies.npz")
    (False, False)
    """
    if not isinstance(source, str | os.PathLike):
        return False
    text = os.fspath(source)
    if isinstance(source, str) and _SCHEME.fullmatch(text) and not os.path.exists(text):
        return True
    path = text if os.path.exists(text) else text.partition("?")[0]
    return ENDINGS.get(ending_of(path), "npz") not in ("npz", "csv", "parquet")


def _split(text: str) -> tuple[str, str]:
    match = _SCHEME.fullmatch(text)
    if match and not os.path.exists(text):
        return match.group(1), match.group(2)
    path, _, query = text.partition("?")
    ending = ending_of(path)
    if ending not in ENDINGS:
        raise OptionError(
            f"{text!r} is neither scheme:rest nor a file of a known ending "
            f"({', '.join(ENDINGS)}); see `hiertools producers`."
        )
    # A question mark in the name of a file that exists is no query.
    return ENDINGS[ending], text if query and not os.path.exists(text) else path


def _with_imagenet_names(function: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with ``names=imagenet`` written out, for producers without that option."""
    own = inspect.signature(function).parameters
    if "names" in own or "classes" not in own:
        return dict(given)
    if "classes" in given:
        raise OptionError("names= and classes= both say what the classes are called; give one.")
    from hiertools.representatives.producers._imagenet import imagenet_names

    rest = {name: value for name, value in given.items() if name != "names"}
    return {**rest, "classes": imagenet_names(given["names"])}


def _producer(scheme: str, source: str) -> Callable[..., Any]:
    if scheme in BUILT_IN:
        entry = BUILT_IN[scheme]
        _refuse_missing(scheme, entry)
        module, _, name = entry.place.partition(":")
        found = import_module(f"hiertools.representatives.producers.{module}")
        return cast(Callable[..., Any], getattr(found, name))
    plugins = _entry_points()
    if scheme not in plugins:
        known = [*BUILT_IN, *plugins]
        raise unknown_scheme(source, scheme, known, "producer that is installed")
    try:
        return cast(Callable[..., Any], plugins[scheme].load())
    except Exception as cause:  # whatever goes wrong in there is to be named, not passed on
        raise MissingDependencyError(_failure(plugins[scheme], cause)) from cause


def _refuse_missing(scheme: str, entry: _BuiltIn) -> None:
    missing = [name for name in entry.needs if not _installed(name)]
    if missing:
        raise MissingDependencyError(
            f"{scheme}: needs {' and '.join(missing)}, which is not installed; install it with: "
            f"pip install 'hiertools[{entry.extra}]'."
        )


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _entry_points() -> dict[str, EntryPoint]:
    """Return the plug-ins by scheme; a built-in scheme can't be taken over."""
    from importlib import metadata

    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def _failure(point: EntryPoint, cause: BaseException) -> str:
    package = point.dist.name if point.dist is not None else point.value
    return (
        f"the producer {point.name!r} of the package {package!r} can't be loaded: "
        f"{type(cause).__name__}: {cause}. Other producers still work; mend or remove that package."
    )


@door
def list_producers() -> tuple[ProducerInfo, ...]:
    """Return every producer that is there: the built-in ones, then those of other packages.

    Nothing built in is loaded for it. Plug-ins are; one that fails says so in ``problem``.

    Returns
    -------
    tuple of ProducerInfo

    Examples
    --------
    >>> [info.scheme for info in list_producers() if not info.extra][:4]
    ['npz', 'csv', 'prototypes', 'confusion']
    """
    found = []
    for scheme, entry in BUILT_IN.items():
        try:
            _refuse_missing(scheme, entry)
            problem = ""
        except MissingDependencyError as missing:
            problem = str(missing)
        found.append(
            ProducerInfo(scheme, entry.describes, entry.example, "hiertools", entry.extra, problem)
        )
    for scheme, point in sorted(_entry_points().items()):
        package = point.dist.name if point.dist is not None else ""
        if scheme in BUILT_IN:
            problem = f"the scheme {scheme!r} is built in and can't be taken over; choose another."
            found.append(ProducerInfo(scheme, "", "", package, "", problem))
            continue
        try:
            function = point.load()
        except Exception as cause:  # noqa: BLE001  (one broken package must not hide the others)
            found.append(ProducerInfo(scheme, "", "", package, "", _failure(point, cause)))
            continue
        summary = (inspect.getdoc(function) or "").strip().partition("\n")[0]
        found.append(
            ProducerInfo(
                scheme,
                summary,
                str(getattr(function, "example", "")),
                package,
                str(getattr(function, "extra", "")),
            )
        )
    return tuple(found)


def require(module: str, scheme: str) -> Any:
    """Import a library that a built-in producer needs, or say which extra brings it."""
    return checks.need(module, BUILT_IN[scheme].extra, f"{scheme}:")
