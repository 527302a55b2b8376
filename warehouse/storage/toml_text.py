"""TOML that somebody wrote by hand, read so that whatever is wrong with it is told in one way.

Python's reader raises other errors than its own for a number of thousands of digits and for brackets within brackets.
"""

import tomllib

MAX_CHARS = 1 << 20
"""A setting of any home is a thousandth of that."""


class NotToml(ValueError):
    """The text is not TOML; `where` is the place, as "line 2, column 5", or ''. Nothing of the text is repeated."""

    def __init__(self, why: str, where: str = ""):
        super().__init__(why)
        self.where = where


def read_toml(text: str) -> dict:
    """What the text says. NotToml where it is none, too long, or nested too deep."""
    if len(text) > MAX_CHARS:
        raise NotToml(f"it is longer than {MAX_CHARS:,} characters")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _, found, place = str(error).rpartition("(at ")
        raise NotToml(str(error), place.rstrip(")") if found else "") from None
    except RecursionError:
        raise NotToml("its brackets or names are nested too deep") from None
    except ValueError:
        raise NotToml("a number in it is too long") from None
