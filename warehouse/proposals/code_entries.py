"""Proposes the codes of a column: words that the dictionary knows are mapped, others are asked.

Values are written out only where they cannot be a person's name or number (facts.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.codes import ROMAN_SEGMENT
from schemas.export import Column, Export
from warehouse.proposals.entry import Entry, Question, column_value
from warehouse.proposals.facts import MOST_VALUES, OF_SEVERAL, Facts, Value, may_be_shown
from warehouse.proposals.languages import further_codes
from warehouse.proposals.missing_words import means_not_known
from warehouse.proposals.words import NO_ABLATION, code_of
from warehouse.sources.cell_steps import as_compared

MOST_ASKED = 12
ASKED = "?"
"""What stands in an answer for a code that a person fills in; left so, its rows are set aside by the rules."""
TRUTH = {"0", "1"}
UNKNOWN = "unknown"


def coded(
    export: Export,
    column: Column,
    origin: str | None,
    facts: Facts,
    shown_name: str,
    missing: Iterable[str],
    language: str | None = None,
) -> Entry | None:
    """Return what is proposed for a coded column; None if wide columns hold the registry's codes already.

    `language` is that of the source's names of columns, None if it is not known.
    """
    values = facts.values()
    if values is None:
        reason = (
            f"{shown_name} has more than {MOST_VALUES} different values, too many for codes. Is it the right column?"
        )
        return Entry(column.name, None, "", (Question(reason, ((column.name, column_value(origin)),)),))
    words = {word.lower() for word in missing}
    values = [value for value in values if value.text.lower() not in words]
    labels = facts.labels()
    if labels:
        return _labelled(export, column, origin, shown_name, values, labels)
    known, unknown = _sorted_out(export, column, values, facts.legend())
    codes = {text: code for text, code in known.items() if as_compared(text) != code and not _is_own(column, text)}
    entry = _entry(column, origin, shown_name, codes, unknown, has_labels=False)
    if entry is None or entry.value is None:
        return entry
    texts = [value.text for value in values]
    further = _of_legend(export, column, facts.legend()) or further_codes(export, column, texts, language)
    taken = words | {as_compared(text) for text in texts}
    return replace(entry, further={word: code for word, code in further.items() if as_compared(word) not in taken})


def _of_legend(export: Export, column: Column, legend: Mapping[str, str]) -> dict[str, str]:
    """Return the codes of a legend whose words are known."""
    found = {text: code_of(export, column, word) for text, word in legend.items() if not _is_own(column, text)}
    return {text: code for text, code in found.items() if code is not None and code != NO_ABLATION}


def _is_own(column: Column, text: str) -> bool:
    """Return whether the registry reads the cell as it is: its codes, and Roman segments."""
    plain = text.strip().lower()
    return plain in column.codes or (column.name == "segment" and plain in ROMAN_SEGMENT)


def _sorted_out(
    export: Export, column: Column, values: Sequence[Value], legend: Mapping[str, str]
) -> tuple[dict[str, str], list[Value]]:
    """Return the code of each known value, and the values that are not known.

    A legend in the column's name outranks every other meaning: 1 is no where it says so.
    """
    texts = {as_compared(value.text) for value in values}
    has_other_digits = column.kind == "flag" and any(text.isdecimal() for text in texts - TRUTH)
    known: dict[str, str] = {}
    unknown = []
    seen: set[str] = set()
    for value in values:
        if as_compared(value.text) in seen:
            continue  # RFA and rfa are compared alike
        seen.add(as_compared(value.text))
        is_own = _is_own(column, value.text)
        word = None if is_own else legend.get(as_compared(value.text))
        code = code_of(export, column, word or as_compared(value.text))
        if code is None and word and UNKNOWN in column.codes and means_not_known(word):
            code = UNKNOWN
        if code == NO_ABLATION:
            continue  # asked as a filter of rows, not as a code (export_tables.py)
        if word is None and legend and not is_own and as_compared(value.text).isdecimal():
            code = None  # a number that the legend leaves out
        if code is None or (word is None and has_other_digits and as_compared(value.text) in TRUTH):
            unknown.append(value)
        else:
            known[as_compared(value.text) if value.text.lower() != as_compared(value.text) else value.text] = str(code)
    return known, unknown


def _labelled(
    export: Export, column: Column, origin: str | None, shown_name: str, values: Sequence[Value], labels: dict[str, str]
) -> Entry | None:
    """Return what is proposed where the file's value labels say what its codes mean."""
    by_code = {as_compared(code): label for code, label in labels.items()}
    codes: dict[str, str] = {}
    unknown: list[Value] = []
    for label in dict.fromkeys(by_code.values()):
        code = code_of(export, column, label)
        if code is None and UNKNOWN in column.codes and means_not_known(label):
            code = UNKNOWN
        if code in (None, NO_ABLATION):
            unknown.append(Value(label, 0, OF_SEVERAL))  # a label is the file's own word for a code, not a cell
        elif label.strip().lower() != code:
            codes[label] = str(code)
    texts = {label.strip().lower() for label in by_code.values()}
    unknown += [
        v
        for v in values
        if as_compared(v.text) not in by_code and v.text.strip().lower() not in texts and not _is_own(column, v.text)
    ]
    return _entry(column, origin, shown_name, codes, unknown, has_labels=True)


def _entry(
    column: Column, origin: str | None, shown_name: str, codes: dict[str, str], unknown: list[Value], has_labels: bool
) -> Entry | None:
    value = column_value(origin, labels=has_labels or None, codes=codes or None)
    if not unknown:
        return Entry(column.name, value) if value != {} else None
    shown = [one.text for one in unknown if may_be_shown(one)][:MOST_ASKED]
    n_hidden = len(unknown) - len(shown)
    meaning = ", ".join(column.codes)
    hidden = f" {n_hidden:,} of them are not written here." if n_hidden else ""
    reason = f"{shown_name}: {_values(len(unknown))} no word of the dictionary.{hidden} What does each mean: {meaning}?"
    answers = tuple(((column.name, "codes", text), ASKED) for text in shown)
    return Entry(column.name, value or None, "", (Question(reason, answers),))


def _values(n: int) -> str:
    return "1 value is" if n == 1 else f"{n:,} values are"
