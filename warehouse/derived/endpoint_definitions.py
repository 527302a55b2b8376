"""Reads what each file of sql/endpoints/ declares about an endpoint, in its header and in its SELECT.

Endpoints are listed nowhere else. A file makes one endpoint at one level, or two that differ in how a death counts; its
SELECT takes that from a short table, and each endpoint has its own header.
"""

import re
from dataclasses import dataclass

from warehouse.storage.sql_files import headers_in, names_in, select_of, sql_text

DECLARED = ("title", "meaning", "definition", "event", "competing", "censoring", "clock", "source", "reads")
"""The fields that the header of every definition has."""
_NAMED = re.compile(r"(?P<endpoint>\w+) v\d+")
_LEVEL = re.compile(r"'(?P<level>\w+)' AS level")


@dataclass(frozen=True)
class Definition:
    """An endpoint at one level: its file in sql/endpoints/, its header there, and the SELECT that gives its rows."""

    file: str
    endpoint: str
    level: str
    header: dict[str, str]
    select: str

    @property
    def has_competing(self) -> bool:
        """Whether the header names a competing event."""
        return names_competing(self.header["competing"])


def names_competing(words: str) -> bool:
    """Return whether a header's `competing` names an event; otherwise it is ``none``, alone or with a remark."""
    return not re.match(r"none\b", words, re.IGNORECASE)


def definitions() -> list[Definition]:
    """Return all definitions in the order of their files.

    Raises ValueError if a file does not name its endpoint and level.
    """
    return [found for name in names_in("endpoints") for found in _read(name)]


def definitions_of(endpoint: str) -> list[Definition]:
    """Return the definitions of one endpoint, whatever the case of its name; none for an unknown endpoint."""
    return [found for found in definitions() if found.endpoint == endpoint.upper()]


def competing() -> dict[tuple[str, str], bool]:
    """Return (endpoint, level) -> whether its definition names a competing event."""
    return {(one.endpoint, one.level): one.has_competing for one in definitions()}


def header_for(sql: str, endpoint: str) -> dict[str, str]:
    """Return the endpoint's header in a SQL text; the first if none names the endpoint, and {} if there is none."""
    headers = headers_in(sql)
    own = [header for header in headers if _endpoint_in(header) == endpoint]
    return next(iter([*own, *headers]), {})


def _endpoint_in(header: dict[str, str]) -> str | None:
    named = _NAMED.fullmatch(header.get("definition", ""))
    return named and named["endpoint"]


def _read(name: str) -> list[Definition]:
    sql = select_of(f"endpoints/{name}")
    headers, level = headers_in(sql), _LEVEL.search(sql)
    found = []
    for header in headers:
        endpoint = _endpoint_in(header)
        if endpoint is None or level is None:
            raise ValueError(f"sql/endpoints/{name}.sql does not name its endpoint and level")
        own = sql if len(headers) == 1 else f"SELECT * FROM (\n{sql}\n) WHERE endpoint = {sql_text(endpoint)}"  # noqa: S608
        found.append(Definition(name, endpoint, level["level"], header, own))
    return found
