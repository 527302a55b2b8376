"""Proposes how one canonical column is delivered: its dates, its unit, its codes; or asks."""

from dataclasses import dataclass

from schemas.export import Column, Export
from warehouse.proposals.code_entries import coded
from warehouse.proposals.date_formats import dates_of
from warehouse.proposals.entry import Entry, Question, Value, column_value
from warehouse.proposals.facts import Facts, without
from warehouse.proposals.languages import language_of
from warehouse.proposals.missing_words import labelled_numbers
from warehouse.proposals.plausible import CENTIMETRES_BELOW, DIAMETERS, SECONDS_ABOVE, SHORT_LENGTHS
from warehouse.proposals.titles import shown_title
from warehouse.readers.numbers import NUMBER
from warehouse.sources.site_mapping import CASTOR_DATES
from warehouse.sources.units import UNIT_OF
from warehouse.storage.sql_files import sql_text

POINTED = r"[+-]?\d{1,3}([.,]\d{3})+([.,]\d+)?"
OWN_UNIT = {"power_w": "w", "dfi_months": "months"}


@dataclass(frozen=True)
class Delivered:
    """A canonical column as a source delivers it. `origin` is the source column, None for wide columns.

    `unit` is the one in the column's name; `has_centimetres`: another length of the source is in cm.
    """

    export: Export
    column: Column
    origin: str | None
    facts: Facts
    unit: str | None
    missing: tuple[str, ...]
    decimal: str
    has_centimetres: bool = False

    @property
    def shown_name(self) -> str:
        """Return the source column's name, or those of wide columns, for a sentence."""
        names = [self.facts.source.called(name) for name in self.facts.names]
        return names[0] if len(names) == 1 else f"{names[0]}, {names[1]}{', ...' if len(names) > 2 else ''}"


def entry_of(delivered: Delivered) -> Entry | None:
    """Return what is proposed for a column; None if wide columns need nothing said."""
    kind = delivered.column.kind
    if kind == "date":
        return _date(delivered)
    if kind in ("number", "integer"):
        return _number(delivered)
    if kind in ("code", "flag"):
        return coded(
            delivered.export,
            delivered.column,
            delivered.origin,
            delivered.facts,
            delivered.shown_name,
            tuple(delivered.missing),
            language_of(delivered.facts.source.wordings),
        )
    return _line(delivered, column_value(delivered.origin))


def _line(delivered: Delivered, value: Value, *questions: Question, note: str = "") -> Entry | None:
    if value == {} and not questions:
        return None
    return Entry(delivered.column.name, value or None, note, questions)


def _asked(delivered: Delivered, reason: str, *values: Value) -> Entry:
    answers = tuple((delivered.column.name, value) for value in values)
    return Entry(delivered.column.name, None, "", (Question(reason, answers),))


def _date(delivered: Delivered) -> Entry | None:
    found = dates_of(delivered.facts, delivered.missing)
    name = delivered.shown_name
    if delivered.facts.source.first.kind == "castor" and found.are_all(CASTOR_DATES):
        return _line(delivered, column_value(delivered.origin))  # Castor writes no other, so that none is named
    values = {order: column_value(delivered.origin, format=list(formats)) for order, formats in found.orders.items()}
    n_unread = f"{found.n_unread:,} of its cells are in no known date format; " if found.n_unread else ""
    if len(values) > 1:
        order = " or ".join(values)
        return _asked(
            delivered,
            f"{name}: {n_unread}no day in it is above 12, so its cells do not say whether dates are {order}. Take one.",
            *values.values(),
        )
    if not values:
        return _asked(
            delivered,
            f"{name}: {n_unread}write its format: %d is the day, %m the month, %Y the year.",
            column_value(delivered.origin, format=["%d.%m.%Y"]),
        )
    value = next(iter(values.values()))
    if found.n_unread:
        reason = f"{name}: {n_unread}they would be set aside. Add their format, or the words that mean: not known."
        return _line(delivered, value, Question(reason))
    return _line(delivered, value)


def _number(delivered: Delivered) -> Entry | None:
    name, column, facts = delivered.shown_name, delivered.column.name, delivered.facts
    plain = "replace(cell, ',', '.')" if delivered.decimal == "," else "cell"
    is_number = f"regexp_full_match({plain}, {sql_text(NUMBER)}) OR regexp_full_match(cell, '{POINTED}')"
    n_other = facts.count(f"{without('cell', delivered.missing)} AND NOT ({is_number})")
    units, unit = UNIT_OF.get(column, {}), delivered.unit
    questions = []
    if n_other:
        cells = "1 cell is" if n_other == 1 else f"{n_other:,} cells are"
        questions.append(
            Question(f"{name}: {cells} no number and would be set aside. A word for not known belongs to missing.")
        )
    if labelled := labelled_numbers(facts, delivered.missing):
        listed = ", ".join(f"{code} ({shown_title(label) or 'a label'})" for code, label in labelled.items())
        questions.append(
            Question(f"{name}: the file gives a label to {listed}. If it is no value, add it to missing of the source.")
        )
    if unit is not None and unit not in units and unit != OWN_UNIT.get(column):
        reason = f"{name} is given in {unit}, which is not one of its units ({', '.join(units) or 'it has none'})."
        return _asked(delivered, f"{reason} Take a line only if it fits.", column_value(delivered.origin))
    median = facts.median(delivered.decimal, delivered.missing)
    doubt = _doubt(delivered, median)
    if doubt:
        values = [column_value(delivered.origin, unit=one) for one in units]
        entry = _asked(delivered, f"{name}: {doubt}", *values)
        return Entry(entry.key, None, "", (*entry.questions, *questions))
    factor = units.get(unit, 1.0) if unit else 1.0
    value = column_value(delivered.origin, unit=unit if factor != 1 or unit == "ug/l" else None)
    return _line(delivered, value, *questions)


def _doubt(delivered: Delivered, median: float | None) -> str:
    """Return why the unit of a column is asked, '' if it is clear."""
    column, unit = delivered.column.name, delivered.unit
    if median is None:
        return ""
    if column in DIAMETERS:
        if median < CENTIMETRES_BELOW and unit != "cm":
            but = ", though its name says mm" if unit == "mm" else ""
            return f"half of the values are below {CENTIMETRES_BELOW}, as centimetres are{but}. Which unit is it?"
        if median >= CENTIMETRES_BELOW and unit == "cm":
            return (
                f"its name says cm, but half of the values are {CENTIMETRES_BELOW} or more, as millimetres are. "
                "Which unit is it?"
            )
    if column in SHORT_LENGTHS and unit is None and column != delivered.origin and delivered.has_centimetres:
        return "other lengths of these files are in cm, and its name gives no unit. Which unit is it?"
    if column == "vaf_percent" and unit != "percent" and 0 < median <= 1:
        return "half of the values are 1 or less, as fractions are. Which is it?"
    if column == "time_min" and unit is None and median > SECONDS_ABOVE:
        return f"half of the values are above {SECONDS_ABOVE}, as seconds are. Which unit is it?"
    return ""
