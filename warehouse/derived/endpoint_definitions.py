"""Definitions of endpoints: what each file of sql/endpoints/ declares, in its header and in its SELECT.

What belongs here: finding and reading them. What does not: putting them together (derive.py), and trying another
one on a release (diff/proposed_definition.py). A definition is one file; nothing else lists endpoints.
"""

import re
from dataclasses import dataclass

from warehouse.storage.sql_files import header_of, names_in, select_of

DECLARED = ("title", "meaning", "definition", "event", "competing", "censoring", "clock", "source", "reads")
"""What the header of every definition says."""
_NAMED = re.compile(r"'(?P<endpoint>\w+)' AS endpoint,\s*'(?P<level>\w+)' AS level")


@dataclass(frozen=True)
class Definition:
    """A file of sql/endpoints/: its name, the endpoint and level that it gives, its header, its SELECT."""

    file: str
    endpoint: str
    level: str
    header: dict[str, str]
    select: str

    @property
    def has_competing(self) -> bool:
        """Whether it names an event that competes."""
        return names_competing(self.header["competing"])


def names_competing(words: str) -> bool:
    """Whether a header's `competing` names an event: ``none``, alone or with a remark, is the only other answer."""
    return not re.match(r"none\b", words, re.IGNORECASE)


def definitions() -> list[Definition]:
    """All of them, in the order of their files. ValueError where a file does not name its endpoint and level."""
    return [_read(name) for name in names_in("endpoints")]


def definitions_of(endpoint: str) -> list[Definition]:
    """Those of one endpoint, whatever the case of its name; empty for an unknown one."""
    return [found for found in definitions() if found.endpoint == endpoint.upper()]


def competing() -> dict[tuple[str, str], bool]:
    """(endpoint, level) -> whether its definition names an event that competes."""
    return {(one.endpoint, one.level): one.has_competing for one in definitions()}


def _read(name: str) -> Definition:
    select = select_of(f"endpoints/{name}")
    named = _NAMED.search(select)
    if named is None:
        raise ValueError(f"sql/endpoints/{name}.sql does not name its endpoint and level")
    return Definition(name, named["endpoint"], named["level"], header_of(f"endpoints/{name}"), select)
