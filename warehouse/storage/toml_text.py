"""Reads TOML that somebody wrote by hand, and reports whatever is wrong with it as one kind of error.

Python's reader raises errors of other kinds for a number with thousands of digits and for deeply nested brackets.
"""

import tomllib

MAX_CHARS = 1 << 20
"""The settings of any home are about a thousandth of this."""


class NotToml(ValueError):
    """The text is not TOML; `where` is the place, such as "line 2, column 5", or ''."""

    def __init__(self, why: str, where: str = ""):
        super().__init__(why)
        self.where = where


def read_toml(text: str) -> dict:
    """Return the parsed text. Raises NotToml if it is not TOML, too long, or nested too deeply."""
    if len(text) > MAX_CHARS:
        raise NotToml(f"it is longer than {MAX_CHARS:,} characters")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _, found, place = str(error).rpartition("(at ")
        raise NotToml(str(error), place.rstrip(")") if found else "") from None
    except RecursionError:
        raise NotToml("its brackets or names are nested too deeply") from None
    except ValueError:
        raise NotToml("a number in it is too long") from None
