"""Puts together what is proposed for one source: its folder and files, and how they are read."""

from collections.abc import Sequence

from schemas.exports import EXPORTS
from warehouse.proposals.decimals import Decimal, decimal_of
from warehouse.proposals.encodings import SHOWN
from warehouse.proposals.entry import Entry, Question, Table
from warehouse.proposals.feedings import Feeding
from warehouse.proposals.missing_words import MissingWords, missing_words
from warehouse.proposals.near_columns import source_notes
from warehouse.proposals.site_sources import SiteSource

NUMERIC = ("number", "integer")
DECIMAL_ASKED = Entry(
    "decimal",
    questions=(
        Question(
            "Only a file can tell how numbers are written. If the comma is the decimal sign, take this.",
            (("decimal", ","),),
        ),
    ),
)
DOUBTED = (
    "Some letters fit {} as well. Look at the names of columns and codes below; if letters are wrong, take another."
)


def decimal_in(feedings: Sequence[Feeding]) -> Decimal:
    """Return the decimal sign of the number columns that the source delivers."""
    facts = [facts for one in feedings for column, _, facts in one.asked() if column.kind in NUMERIC]
    return decimal_of(facts)


def missing_in(feedings: Sequence[Feeding]) -> MissingWords:
    """Return the cells that mean: not known."""
    return missing_words((one.export, column, facts) for one in feedings for column, _, facts in one.asked())


def source_table(
    source: SiteSource, decimal: Decimal, missing: MissingWords, dictionary: str | None, feedings: Sequence[Feeding]
) -> Table | None:
    """Return the table of a source, which `feedings` read; None if it is an export's own folder and needs no table."""
    look = source.first
    entries = [
        Entry("kind", look.kind if look.kind != "table" else None),
        Entry("folder", source.folder if source.folder != source.name else None),
        Entry("files", list(source.files) or None),
        _encoding(source),
        Entry("delimiter", look.reading.delimiter),
        _decimal(decimal) if decimal != "." or not _is_untold(source, feedings) else DECIMAL_ASKED,
        Entry("sheet", look.reading.sheet),
        Entry("header_row", look.reading.header_row if look.reading.header_row > 1 else None),
        Entry("dictionary", dictionary),
        _missing(missing),
    ]
    table = Table(f"[sources.{source.name}]", [one for one in entries if one.value is not None or one.questions])
    if not table.entries and source.name in EXPORTS:
        return None
    table.entries += source_notes(source, feedings)
    return table


def _is_untold(source: SiteSource, feedings: Sequence[Feeding]) -> bool:
    """Return whether nothing shows how the numbers of the source are written: it has columns of numbers and no file."""
    own_form = all(one.is_own_folder and one.is_canonical for one in feedings)
    return (
        source.is_declared
        and not own_form
        and any(column.kind in NUMERIC for one in feedings for column, _, _ in one.asked())
    )


def _encoding(source: SiteSource) -> Entry:
    encoding = source.first.encoding
    others = [SHOWN.get(name, name) for name in encoding.doubts]
    answers = tuple(("encoding", name) for name in encoding.doubts)
    questions = (Question(DOUBTED.format(", ".join(others)), answers),) if others else ()
    return Entry("encoding", None if encoding.is_default else encoding.name, "", questions)


def _decimal(decimal: Decimal) -> Entry:
    if decimal == "asked":
        reason = "Numbers have commas and points. If the comma is the decimal sign, take this."
        return Entry("decimal", None, "", (Question(reason, (("decimal", ","),)),))
    return Entry("decimal", "," if decimal == "," else None)


def _missing(missing: MissingWords) -> Entry:
    if not missing.asked:
        return Entry("missing", list(missing.sure) or None)
    listed = ", ".join(missing.asked)
    reason = (
        f"{listed} looks like a code for not known, but may be a value or an identifier elsewhere. If not, take this."
    )
    answer = [*missing.sure, *missing.asked]
    return Entry("missing", list(missing.sure) or None, "", (Question(reason, (("missing", answer),)),))
