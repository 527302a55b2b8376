"""Turns what pydantic finds wrong in a site.toml into one sentence: file, key, nearest known name, cure."""

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import RegistryError

CURES = {
    "literal_error": "Use one of {expected}.",
    "string_type": "Write it as text, in quotes.",
    "bool_type": "Write true or false.",
    "int_type": "Write a whole number.",
    "greater_than_equal": "Write a whole number, counted from 1.",
    "dict_type": "Write it as a table: {{ ... }}.",
    "model_type": "Write it as a table: {{ ... }}.",
    "tuple_type": 'Write it as a list: ["...", "..."].',
    "missing": "Add it.",
    "too_short": "Write at least one.",
}
"""pydantic's type of an error -> cure."""
WRONG = {"missing": "is missing", "too_short": "is empty"}
"""What is wrong, where it is not that the value has another type or is not among the known ones."""


def one_sentence(error: ValidationError, model: type[BaseModel], site: str, place: str) -> RegistryError:
    """Return the first error as a RegistryError; `place` is the table in site.toml that `model` was read from."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [str(part) for part in first["loc"]]
    key = ".".join([place, *map(shown, path)])
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        return unknown_key(site, ".".join([place, *map(shown, path[:-1])]), path[-1], _keys(model, path[:-1]))
    if kind == "value_error":
        return RegistryError(f"{site}/site.toml: {key}: {context['error']}.", "Correct the file.")
    wrong = WRONG.get(kind, "is not one of the known values" if kind == "literal_error" else "has the wrong type")
    cure = CURES.get(kind, "Correct it as docs/sources says.").format(**context)
    return RegistryError(f"{site}/site.toml: {key} {wrong}.", cure)


def unknown_key(site: str, place: str, key: str, known: Iterable[str]) -> RegistryError:
    """Return the refusal of a key that nothing reads."""
    known = list(known)
    named = f"{site}/site.toml: {place}.{shown(key)}" if place else f"{site}/site.toml: {shown(key)}"
    if near := nearest(key, known):
        return RegistryError(f"{named} is unknown; the nearest is {near}.", f"Write {near}.")
    return RegistryError(f"{named} is unknown.", f"Remove it; the known names here are {', '.join(known)}.")


def _keys(model: type[BaseModel], path: list[str]) -> list[str]:
    """Return the keys of the table at `path` below a model."""
    for part in path:
        field = next((f for name, f in model.model_fields.items() if part in (name, f.alias)), None)
        if field is not None:
            model = _model_in(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that a field holds, alone or in a dict or tuple; None if it holds none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _model_in(part)) is not None:
            return found
    return None
