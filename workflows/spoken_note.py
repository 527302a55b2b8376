"""Says the morning note in the registry's language: the file beside the page, and what `registry diff` prints.

The note is made in English and said block by block. Keys, names of files, columns and rules stay as they are.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis.report.blocks import Block, Callout, Cell, DataTable, Heading, Link, Paragraph, Row, Section
from languages.known import why_unknown
from languages.language import Language, language
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings

NUMBERS = re.compile(r"\d[\d,]*(?:\.\d+)?")
LETTERS = re.compile(r"[^\W\d_]")
STATE = re.compile(r"(?P<state>.+) (?P<day>\d{4}-\d{2}-\d{2}) \((?P<months>[\d.]+) mo\)")
WITH_WHY = re.compile(
    r"(?P<what>.*?)(?:, line (?P<line>\d+))? \((?P<why>[^()]+)\)|(?P<alone>.+), line (?P<alone_line>\d+)"
)


def spoken(section: Section, home: Home) -> Section:
    """Return the note in the language of registry.toml. One without a catalogue is named, and the note is English."""
    code = home_settings(home).language
    blocks = list(section.blocks)
    if unknown := why_unknown(code):
        return replace(section, blocks=[Paragraph(f"{unknown} This note is in English."), *blocks])
    return said(section, language(code))


def said(section: Section, one: Language) -> Section:
    """Return the section in that language."""
    if one.is_english:
        return section
    return replace(section, title=one.say(section.title), blocks=[_block(block, one) for block in section.blocks])


def _block(block: Block, one: Language) -> Block:
    if isinstance(block, Paragraph | Heading | Link):
        return replace(block, text=one.say(block.text))
    if isinstance(block, Callout):
        return replace(block, title=_title(block.title, one), text=one.say(block.text))
    if isinstance(block, DataTable):
        return replace(
            block,
            caption=one.say(block.caption),
            columns=[column._replace(label=one.say(column.label)) for column in block.columns],
            rows=[_row(row, one) for row in block.rows],
            notes=[one.say(note) for note in block.notes],
            spans=[(one.say(label), n) for label, n in block.spans],
        )
    return block


def _title(title: str, one: Language) -> str:
    """Return a title; that of a note on a site is its kind, and a place that stays."""
    kind, colon, place = title.partition(": ")
    return f"{one.word(kind)}{colon}{place}" if colon else one.say(title)


def _row(row: Row, one: Language) -> Row:
    return row._replace(cells=[_cell(cell, one) for cell in row.cells])


def _cell(cell: Cell | str, one: Language) -> Cell | str:
    if isinstance(cell, Cell):
        return cell._replace(text=words(cell.text, one))
    return words(cell, one)


def words(text: str, one: Language) -> str:
    """Return the text of a cell: a day, numbers, words, a state with its day, or a place with what is said of it."""
    if not LETTERS.search(text):
        day = one.day(text)
        return day if day != text else NUMBERS.sub(lambda found: one.number(found[0]), text)
    if (known := one.say(text)) != text:
        return known
    if found := STATE.fullmatch(text):
        months = f"{one.number(found['months'])} {one.word('mo')}"
        return f"{one.say(found['state'])} {one.day(found['day'])} ({months})"
    if found := WITH_WHY.fullmatch(text):
        place, line = found["what"] or found["alone"] or "", found["line"] or found["alone_line"]
        at = [f"{one.word('line')} {line}"] if line else []
        return ", ".join([place, *at]) + (f" ({one.say(found['why'])})" if found["why"] else "")
    return text


def is_said(text: str, one: Language, names: Sequence[str] = ()) -> bool:
    """Return whether a text of the note is known to the language: not only handed on, unless it has no words."""
    return not LETTERS.search(text) or text in names or words(text, one) != text
