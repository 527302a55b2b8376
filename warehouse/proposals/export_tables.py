"""Puts together what is proposed for one export: its sources, filter, columns and wide columns."""

from collections.abc import Sequence
from dataclasses import replace

from schemas.export import Column
from warehouse.proposals.column_entries import Delivered, entry_of
from warehouse.proposals.declared_tables import with_untold
from warehouse.proposals.entry import Entry, Question, Table, Value
from warehouse.proposals.feedings import Feeding
from warehouse.proposals.matches import Match
from warehouse.proposals.merged_entries import merged
from warehouse.proposals.near_columns import near_entries
from warehouse.proposals.required_entries import MADE_OF, SAME_IN_ALL, made_or_asked
from warehouse.proposals.titles import shown_title
from warehouse.proposals.toml_lines import value_text, with_asked
from warehouse.proposals.words import NO_ABLATION, Strength, code_of
from warehouse.readers.near_names import shown, shown_list

RECORD_NUMBERS = (
    "{} holds the hospital's own record numbers, by its name. They should not leave it: deliver a pseudonym. "
    "Take this line only if they are pseudonyms."
)
PARTS = (
    "{0} Its rows have no {1}, so none would load. What {3} lacks and {2} has must be copied into the rows of {3}, "
    "such as with XLOOKUP in Excel: a row of the registry comes from one row of one table."
)


def export_tables(
    feedings: Sequence[Feeding], others: Sequence[Feeding], missing: dict[str, tuple[str, ...]], decimal: dict[str, str]
) -> list[Table]:
    """Return the tables of an export, from its sources (the best first); `others` only have columns of it.

    `missing` and `decimal` are by source. Empty if the files have the export's own columns and nothing has to be said.
    """
    export = feedings[0].export
    if (
        len(feedings) == 1
        and feedings[0].is_own_folder
        and feedings[0].is_canonical
        and not _needs_words(feedings[0], missing, decimal)
        and not near_entries(feedings)
    ):
        return []
    names = [feeding.source.name for feeding in feedings]
    head = Table(f"[exports.{export.name}]")
    if names != [export.name]:
        head.entries.append(Entry("source", names[0] if len(names) == 1 else names))
    for other in others:
        if lacking := lacks(other):
            reason = PARTS.format(other_columns(other), shown_list(lacking), other.source.name, names[0])
            head.entries.append(Entry("source", None, "", (Question(reason),)))
            continue
        reason = (
            f"{other_columns(other)} If it is a source too, take this, and name its columns beside those below, as in "
            f"patient_id = {_both(feedings[0], other)}."
        )
        head.entries.append(Entry("source", None, "", (Question(reason, (("source", [*names, other.source.name]),)),)))
    head.entries += _filter(feedings[0])
    if feedings[0].source.first.kind == "redcap":
        from warehouse.proposals.redcap_entries import row_entries

        head.entries += row_entries(feedings[0])
    if feedings[0].form is not None:
        head.entries.append(Entry("instrument", feedings[0].form))
    listed = Table(f"[exports.{export.name}.columns]")
    entries = merged([_columns(one, missing, decimal, len(feedings) > 1) for one in feedings], names)
    listed.entries = sorted((*entries, *near_entries(feedings)), key=lambda one: export.column_names.index(one.key))
    tables = [head, listed] if listed.entries else [head]
    if (block := feedings[0].block) is not None:
        tables.append(
            Table(
                f"[[exports.{export.name}.repeat]]",
                [
                    Entry("column", block.column),
                    Entry("labels", list(block.labels)),
                    Entry("columns", dict(block.columns)),
                ],
            )
        )
    return tables


def _needs_words(feeding: Feeding, missing: dict[str, tuple[str, ...]], decimal: dict[str, str]) -> bool:
    """Return whether a source with canonical names has cells that the registry would not read as they are."""
    entries = _columns(feeding, missing, decimal, is_one_of_several=False)
    return any(isinstance(entry.value, dict) or entry.questions for entry in entries) or bool(
        missing[feeding.source.name] or decimal[feeding.source.name] == ","
    )


def other_columns(other: Feeding) -> str:
    """Return a sentence about a source that has columns of an export which is read from others."""
    columns = shown_list(match.name for name, match in other.matches.best.items() if name != "patient_id")
    return f"{other.source.name} has columns of {other.export.name} too: {columns}."


def lacks(feeding: Feeding) -> list[str]:
    """Return the required columns that a source lacks and that cannot be made, so that no row of it would load."""
    has = {*feeding.matches.best, *(feeding.block.columns if feeding.block else ())}
    can_be_made = {*MADE_OF, *SAME_IN_ALL, "gene"}
    return [c.name for c in feeding.export.columns if c.required and c.name not in has | can_be_made]


def _both(one: Feeding, other: Feeding) -> str:
    """Return the list of the patients' columns of two sources, as site.toml has it."""
    best = [feeding.matches.best["patient_id"].name for feeding in (one, other)]
    return value_text(list(dict.fromkeys(best)))


def _columns(
    feeding: Feeding, missing: dict[str, tuple[str, ...]], decimal: dict[str, str], is_one_of_several: bool
) -> list[Entry]:
    """Return the entries of an export's columns from one source, in the order of the export.

    A column that has its own name needs an entry only beside other sources, where it may have another.
    """
    source, words = feeding.source.name, missing[feeding.source.name]
    found: dict[str, Entry] = {}
    sure: dict[str, str] = {}
    has_cm = any(match and match.unit == "cm" for _, match, _ in feeding.asked()) or (
        feeding.block is not None and "cm" in feeding.block.units.values()
    )
    for column, match, facts in feeding.asked():
        unit = match.unit if match else feeding.block.units.get(column.name) if feeding.block else None
        origin = match.name if match else None
        delivered = Delivered(feeding.export, column, origin, facts, unit, words, decimal[source], has_cm)
        entry = with_untold(delivered, entry_of(delivered))
        if match is not None and (reason := _why_asked(feeding, column, match)):
            found[column.name] = _asked(reason, column.name, feeding.matches.rivals.get(column.name, []), match, entry)
            continue
        if entry is not None and match is not None and match.by_title:
            entry = _with_title(feeding, match, entry)
        if entry is not None and (is_one_of_several or not _is_itself(entry, column.name)):
            found[column.name] = entry
        if match is not None and (entry is None or entry.value is not None):
            sure[column.name] = match.name
    of_block = {feeding.block.column, *feeding.block.columns} if feeding.block else set()
    for column in feeding.export.columns:
        if column.required and column.name not in {*found, *sure, *of_block}:
            found[column.name] = made_or_asked(feeding, column, sure)
    return [found[name] for name in feeding.export.column_names if name in found]


def _called(feeding: Feeding, matches: Sequence[Match]) -> str:
    return ", ".join(feeding.source.called(match.name) for match in matches)


def _with_title(feeding: Feeding, match: Match, entry: Entry) -> Entry:
    """Return the entry with a note of what the file calls the column: V12 alone says nothing to who reads it."""
    title = shown_title(feeding.source.title(match.name))
    return replace(entry, note=f"{shown(match.name)}: {title}") if title and not entry.note else entry


def _is_itself(entry: Entry, name: str) -> bool:
    """Return whether the entry says only that a column has its own name, which needs no word."""
    return isinstance(entry.value, str) and entry.value.strip().lower() == name and not entry.questions


def _why_asked(feeding: Feeding, column: Column, match: Match) -> str:
    """Return why a column is asked though its name may mean it; '' if its name is sure."""
    if rivals := feeding.matches.rivals.get(column.name):
        return f"Several columns may be {column.name}: {_called(feeding, rivals)}. Take one."
    if match.strength > Strength.asked:
        return ""
    if column.name == "patient_id":
        return match.reason or RECORD_NUMBERS.format(feeding.source.called(match.name))
    may_be = f"{feeding.source.called(match.name)} may be {column.name}: {column.prose}"
    return match.reason or f"{may_be} Take this line only if it is meant."


def _asked(reason: str, column: str, rivals: Sequence[Match], match: Match, entry: Entry | None) -> Entry:
    """Return the question with one answer for each column that may be meant; a single one with its codes and units."""
    values: list[Value] = [rival.name for rival in rivals]
    if not rivals:
        answers = [answer for question in (entry.questions if entry else ()) for answer in question.answers]
        found = [value for key, value in answers if key == column]
        values = [with_asked(entry)] if entry and entry.value is not None else found or [match.name]
        if any(isinstance(key, tuple) for key, _ in answers):
            reason += " Write a code in place of each ?."
    return Entry(column, None, "", (Question(reason, tuple((column, value) for value in values)),))


def _filter(feeding: Feeding) -> list[Entry]:
    """Return the question whether only ablations are of the export, where a column also names other procedures."""
    match = feeding.matches.best.get("modality")
    if feeding.export.name != "rfa_sessions" or match is None:
        return []
    column = feeding.export.column("modality")
    codes = {v.text: code_of(feeding.export, column, v.text) for v in feeding.facts([match.name]).values() or []}
    others = [text for text, code in codes.items() if code == NO_ABLATION]
    ablations = [text for text, code in codes.items() if code not in (None, NO_ABLATION)]
    if not others or not ablations:
        return []
    reason = (
        f"{shown(match.name)} also names other procedures ({', '.join(others)}). Are only ablations meant? Take this."
    )
    where: dict[str, Value] = {match.name: list(ablations)}
    return [Entry("where", None, "", (Question(reason, (("where", where),)),))]
