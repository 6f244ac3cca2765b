"""`Config`: everything that decides a training run, typed and checked."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

from hiertools._core.checks import name_list
from hiertools._core.doors import behind_doors, door
from hiertools._core.files import write_text
from hiertools.errors import OptionError
from hiertools_torch.config.contradictions import check_contradictions, check_words, listed
from hiertools_torch.config.files import known, read_config_file
from hiertools_torch.config.options import GROUPS, Options
from hiertools_torch.config.schema import checked, json_schema

__all__ = ["FIELDS", "Config", "takes_fields"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Config(Options):
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

    def __post_init__(self) -> None:
        """Check types, ranges and contradictions."""
        # Not by asdict, which goes into values, and a mapping in a file may hold itself.
        given = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        for name, value in checked(given).items():
            object.__setattr__(self, name, value)
        if self.proxies is None:
            object.__setattr__(self, "proxies", _usual_proxies(self.model, self.loss))
        check_words(self)
        check_contradictions(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], /, where: str = "config") -> Config:
        """Build a config from a mapping, flat or in groups; say of unknown keys what was meant."""
        return cls(**known(values, where))

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
            YAML (``.yaml``, ``.yml``) or TOML (``.toml``) files of ``key: value`` lines, flat or in
            the groups ``data``, ``model``, ``optim``, ``log`` and ``running``.
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
        return json_schema()

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
    def logs(self) -> tuple[str, ...]:
        """The loggers that are named, each once."""
        return listed(self.log)

    @property
    def learns_probabilities(self) -> bool:
        """Whether the logits are trained to be log probabilities, up to a constant."""
        return self.model != "corr" and self.loss not in ("proxy-anchor", "supcon")

    @property
    def pixels(self) -> int:
        """Side in pixels that images are scaled to, with the default of the data set."""
        return self.image_size or {"quickdraw": 28, "emoji": 32, "cifar100": 32}.get(self.data, 128)

    @property
    def planes(self) -> int:
        """Colour planes of an image, with the default of the data set: 1 or 3."""
        channels = self.channels or ("grey" if self.data in ("quickdraw", "mesoz") else "rgb")
        return 1 if channels == "grey" else 3


FIELDS = tuple(item.name for item in dataclasses.fields(Config))


def _without_groups(function: F) -> F:
    """Refuse a group of options as an argument: it would be taken for a wrong value of one."""

    @functools.wraps(function)
    def entered(*args: Any, **kwargs: Any) -> Any:
        for group in GROUPS:
            held = kwargs.get(group)
            if isinstance(held, Mapping):
                names = f" ({name_list(held)})" if held else ""
                raise OptionError(
                    f"{group}={{...}} is a group, as config files have them: give its options"
                    f"{names} as arguments, or the whole mapping to Config.from_dict()."
                )
        return function(*args, **kwargs)

    return entered  # type: ignore[return-value]


Config.__init__ = _without_groups(door(own_check=FIELDS)(Config.__init__))  # type: ignore[method-assign]


@overload
def takes_fields(function: F, /) -> F: ...
@overload
def takes_fields(*, without: tuple[str, ...]) -> Callable[[F], F]: ...
def takes_fields(
    function: Callable[..., Any] | None = None, /, *, without: tuple[str, ...] = ()
) -> Any:
    """Put a door before what takes fields of `Config` as options; it checks their kinds itself.

    `without`: fields that it gives itself.
    """
    if function is None:
        return functools.partial(takes_fields, without=without)
    passed = door(passes_to=Config.__init__, without=without, own_check=FIELDS)
    return _without_groups(passed(function))


Config.replace = takes_fields(Config.replace)  # type: ignore[method-assign]
Config.read = classmethod(takes_fields(Config.read.__func__))  # type: ignore[assignment,attr-defined]
behind_doors(Config)


def _usual_proxies(model: str, loss: str) -> str:
    if model == "corr":
        return "mds"
    return "ema" if loss == "supcon" else "learned"
