"""Sets what all declarations of site.toml's keys have in common: unknown keys and wrong types are refused."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Settings(BaseModel):
    """A table of site.toml. Raises pydantic's ValidationError, which settings_errors.py turns into one sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _as_text(value: Any) -> Any:
    """Return a number as the text that a cell has: -9 and 1.0 are "-9" and "1"."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return str(int(value)) if value == int(value) else str(value)


def _as_tuple(value: Any) -> Any:
    """Return one text as a tuple of it, and a list as a tuple."""
    if isinstance(value, list | tuple):
        return tuple(value)
    return (value,) if isinstance(value, str | int | float) else value


Text = Annotated[str, BeforeValidator(_as_text)]
"""A text, or a number that stands for the text of a cell."""
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_tuple)]
"""One text, or a list of texts."""
