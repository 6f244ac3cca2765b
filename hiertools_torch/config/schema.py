"""The kinds and bounds of options, checked by pydantic, and as a JSON schema for editors.

Pydantic tells what is wrong in parts (which option, what kind of fault, which bound), of which
the sentences here are made.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import PydanticCustomError

from hiertools._core.checks import closest, name_list
from hiertools.errors import OptionError
from hiertools_torch.config.options import GROUPS, Augment, Options

__all__ = ["checked", "json_schema"]

BOUNDS = {"ge": "at least", "gt": "a number above", "lt": "below", "le": "at most"}

KINDS = {
    "int": "must be a whole number",
    "float": "must be a number",
    "finite": "must be a finite number",
    "bool": "must be true or false",
    "string": "must be a text",
}
"""What is wanted, by how pydantic's word for a fault begins."""


def _number(value: Any) -> Any:
    """Read numbers written as text: YAML takes 1e-4 (no point) for such."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _text(value: Any) -> Any:
    """Read paths and whole numbers as text, as YAML has ``subset: 100``."""
    if isinstance(value, str) and not value.strip():
        raise PydanticCustomError("blank", "blank")
    return str(value) if isinstance(value, Path | int) and not isinstance(value, bool) else value


def _switch(value: Any) -> Any:
    """Read true as the usual augmentation, and false as none."""
    return ("affine" if value else "none") if isinstance(value, bool) else value


READ: dict[Any, Any] = {float: _number, str: _text, Augment: _switch}


def _kind(hint: Any, bounds: Mapping[str, float]) -> Any:
    """Return the annotation of a field as pydantic checks it."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return typing.Union[tuple(_kind(each, bounds) for each in typing.get_args(hint))]  # noqa: UP007
    if hint is types.NoneType or hint not in (int, *READ):
        return hint
    limits: dict[str, Any] = dict(bounds)
    bounded = Annotated[hint, Field(**limits)] if limits and hint is not str else hint
    if hint not in READ:
        return bounded
    told = Augment | bool if hint == Augment else bounded
    return Annotated[bounded, BeforeValidator(READ[hint], json_schema_input_type=told)]


def _model() -> type[BaseModel]:
    hints = typing.get_type_hints(Options)
    fields: dict[str, Any] = {
        item.name: (
            _kind(hints[item.name], item.metadata["bounds"]),
            Field(
                item.default,
                description=item.metadata["doc"],
                json_schema_extra={"x-group": item.metadata["group"]},
            ),
        )
        for item in dataclasses.fields(Options)
    }
    strict = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())
    return create_model("Options", __config__=strict, **fields)


MODEL = _model()


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of all options, each of its kind and within its bounds.

    Raises
    ------
    OptionError
        One is not.
    """
    try:
        return dict(MODEL.model_validate(dict(values)))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise OptionError(_sentence(str(fault["loc"][0]), fault)) from None


def _sentence(name: str, fault: Any) -> str:
    value, kind, told = fault["input"], fault["type"], fault.get("ctx", {})
    if value is None:
        return f"{name} must have a value; got none."
    if kind == "blank":
        return f"{name} is empty: is a shell variable unset? Leave it out for none."
    if kind == "literal_error":
        hint = next(h for n, h in typing.get_type_hints(Options).items() if n == name)
        members = [typing.get_args(m) or (m,) for m in typing.get_args(hint)]
        valid = [word for each in members for word in each if isinstance(word, str)]
        near = closest(str(value), valid)
        meant = f" Did you mean {near!r}?" if near else ""
        return f"{name} has no option {value!r}; valid ones: {name_list(valid, 10)}.{meant}"
    for bound, words in BOUNDS.items():
        if bound in told:
            return f"{name} must be {words} {told[bound]}; got {value!r}."
    bounds = Options.__dataclass_fields__[name].metadata["bounds"]
    if kind == "finite_number" and "gt" in bounds:
        return f"{name} must be a number above {bounds['gt']}; got {value!r}."
    return f"{name} {KINDS[kind.partition('_')[0]]}; got {value!r}."


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of config files: every option, alone or in its group."""
    properties: dict[str, Any] = MODEL.model_json_schema()["properties"]
    groups: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for name, each in properties.items():
        del each["title"]
        groups[each["x-group"].lower()][name] = dict(each)
    for name, held in groups.items():
        group = {"type": "object", "properties": held, "additionalProperties": False}
        alone = properties.get(name)  # "data" and "model" are options, too
        properties[name] = group if alone is None else _either(alone, group)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Options of hiertools_torch train",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _either(option: Mapping[str, Any], group: Mapping[str, Any]) -> dict[str, Any]:
    about = {key: option[key] for key in ("description", "default", "x-group")}
    kind = {key: value for key, value in option.items() if key not in about}
    return {**about, "anyOf": [kind, group]}
