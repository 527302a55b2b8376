"""Writes a proposal as the text of a site.toml: sure lines as they are, questions as comments above ready answers."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import replace

from schemas.exports import EXPORTS
from warehouse.proposals.entry import Entry, Key, Table, Value

WIDTH = 112
QUESTION = "# ? "
FURTHER = "Not in these files, but a later one may have"
IN_PLACE = " The answer takes the place of the line above."
BARE_KEYS = {
    *("from", "format", "unit", "codes", "labels", "value", "join", "with"),
    *(name for export in EXPORTS.values() for name in export.column_names),
}
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}


def text_of(opening: str, tables: Iterable[Table]) -> str:
    """Return the tables as the text of a site.toml below an opening comment."""
    parts = [_comment(opening)]
    for table in tables:
        lines = [table.header, *(line for entry in table.entries for line in _lines(entry))]
        if table.question:
            lines = [_comment(table.question, QUESTION), *(f"# {line}" for line in lines if not line.startswith("#"))]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _lines(entry: Entry) -> list[str]:
    found = []
    if entry.note:
        found.append(_comment(entry.note))
    has_additions = any(isinstance(key, tuple) for question in entry.questions for key, _ in question.answers)
    line = f"{_key(entry.key)} = {value_text(with_further(entry))}"
    if entry.value is not None and (has_additions or (entry.further and len(line) > WIDTH)):
        found += _spread((entry.key,), entry.value)
        if entry.further:
            found += [_comment(f"{FURTHER}:"), *_spread((entry.key, "codes"), dict(entry.further))]
    elif entry.value is not None:
        if entry.further:
            found.append(_comment(f"{FURTHER}: {', '.join(entry.further)}."))
        found.append(line)
    for question in entry.questions:
        takes_place = entry.value is not None and any(key == entry.key for key, _ in question.answers)
        found.append(_comment(f"{question.reason}{IN_PLACE if takes_place else ''}", QUESTION))
        found += [f"# {_key(key)} = {value_text(value)}" for key, value in question.answers]
    return found


def with_further(entry: Entry) -> Value:
    """Return an entry's value with the words among its codes that no cell has yet."""
    if not entry.further:
        return entry.value or {}
    table: dict = dict(entry.value) if isinstance(entry.value, dict) else {"from": entry.value}
    return {**table, "codes": {**table.get("codes", {}), **entry.further}}


def with_asked(entry: Entry) -> Value:
    """Return an entry's value, for an entry that is asked itself, with each code that its questions ask for as a ?."""
    answers = [answer for question in entry.questions for answer in question.answers]
    open_codes = {key[-1]: str(value) for key, value in answers if isinstance(key, tuple)}
    return with_further(replace(entry, further=open_codes))


def _comment(text: str, begin: str = "# ") -> str:
    """Return a text as comment lines; those after the first are indented as far as `begin`, unlike answers."""
    behind = "#".ljust(len(begin))
    lines = textwrap.wrap(text, WIDTH, break_on_hyphens=False, initial_indent=begin, subsequent_indent=behind)
    return "\n".join(lines)


def value_text(value: Value) -> str:
    """Return a value as TOML.

    >>> value_text({"from": "Geschlecht", "codes": {"m": "male"}})
    '{ from = "Geschlecht", codes = { "m" = "male" } }'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(value_text(one) for one in value)}]"
    inner = ", ".join(f"{_inner_key(key)} = {value_text(one)}" for key, one in value.items())
    return f"{{ {inner} }}"


def _inner_key(key: str) -> str:
    """Return a key of an inline table: the keys of site.toml and canonical columns bare, a site's codes in quotes."""
    return key if key in BARE_KEYS else _quoted(key)


def _spread(path: tuple[str, ...], value: Value) -> list[str]:
    """Return one line for each part of a column, so that an answer can add another: sex.codes."m" = "male"."""
    if isinstance(value, str) and len(path) == 1:
        return [f"{_key((*path, 'from'))} = {value_text(value)}"]
    if not isinstance(value, dict):
        return [f"{_key(path)} = {value_text(value)}"]
    return [line for key, part in value.items() for line in _spread((*path, key), part)]


def _key(key: Key) -> str:
    if isinstance(key, tuple):
        first, *rest = key
        return ".".join(
            [_key(first), *(part if part in BARE_KEYS and n == 0 else _quoted(part) for n, part in enumerate(rest))]
        )
    return key if BARE_KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    escaped = "".join(
        ESCAPES.get(letter) or (letter if letter.isprintable() else f"\\U{ord(letter):08x}") for letter in text
    )
    return f'"{escaped}"'
