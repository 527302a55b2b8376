"""Puts the entries of several sources of one export together, since a canonical column has one line in site.toml."""

from collections.abc import Collection, Sequence

from warehouse.proposals.entry import Entry, Question, Value
from warehouse.sources.cell_steps import as_compared


def merged(parts: Sequence[list[Entry]], names: Sequence[str]) -> list[Entry]:
    """Return the entries of the sources `names` as one: alternative names, all formats and codes.

    Where two sources contradict each other, the first one's line stands and the other's is asked.
    """
    found: dict[str, Entry] = {}
    for entry in (entry for part in parts for entry in part):
        before = found.setdefault(entry.key, entry)
        if before is not entry:
            found[entry.key] = _together(before, entry) or _contradicting(before, entry, names)
    return list(found.values())


def _contradicting(one: Entry, other: Entry, names: Sequence[str]) -> Entry:
    reason = f"The sources {', '.join(names)} deliver {one.key} in different ways, and one line holds for all."
    answers = ((one.key, other.value),) if other.value is not None else ()
    return Entry(one.key, one.value, one.note, (*one.questions, Question(reason, answers), *other.questions))


def _together(one: Entry, other: Entry) -> Entry | None:
    """Return two entries of a column as one, None if they contradict each other."""
    if one == other:
        return one
    if one.value is None or other.value is None:
        return None
    a, b = _as_table(one.value), _as_table(other.value)
    codes_a, codes_b = _codes(a), _codes(b)
    differs = any(a.get(key) != b.get(key) for key in ("unit", "labels", "join", "with", "value"))
    if differs or any(codes_a[key] != codes_b[key] for key in codes_a.keys() & codes_b.keys()):
        return None
    both = {**a, **b}
    for key in ("from", "format"):
        if values := list(dict.fromkeys([*_listed(a.get(key)), *_listed(b.get(key))])):
            both[key] = values[0] if key == "from" and len(values) == 1 else values
    if codes_a or codes_b:
        both["codes"] = codes_a | codes_b
    questions = (*one.questions, *(question for question in other.questions if question not in one.questions))
    note = " ".join(dict.fromkeys(note for note in (one.note, other.note) if note))
    value = both["from"] if set(both) == {"from"} else both
    return Entry(one.key, value, note, questions, _further(one, other, {*codes_a, *codes_b}, questions))


def _further(one: Entry, other: Entry, seen: Collection[str], questions: Collection[Question]) -> dict[str, str]:
    """Return the words for codes that neither source has, each once; none that is a cell or is asked."""
    asked = {key[-1] for question in questions for key, _ in question.answers if isinstance(key, tuple)}
    taken = {as_compared(text) for text in {*seen, *asked}}
    codes = {*one.further.values()} & {*other.further.values()}
    found: dict[str, str] = {}
    for word, code in (*one.further.items(), *other.further.items()):
        if as_compared(word) not in taken and code in codes:
            taken.add(as_compared(word))
            found[word] = code
    return found


def _as_table(value: Value) -> dict[str, Value]:
    return dict(value) if isinstance(value, dict) else {"from": value}


def _codes(table: dict[str, Value]) -> dict[str, Value]:
    codes = table.get("codes")
    return dict(codes) if isinstance(codes, dict) else {}


def _listed(value: Value | None) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list) else []
