"""Asks for what a file has nearly: dates of death without a vital status, a date of birth in place of its year.

Nothing in site.toml makes the one of the other, so the question says what to change in the export.
"""

from collections.abc import Sequence

from warehouse.proposals.entry import Entry, Question, Value
from warehouse.proposals.feedings import Feeding
from warehouse.proposals.site_sources import SiteSource
from warehouse.proposals.titles import wordings
from warehouse.proposals.units import split
from warehouse.proposals.words import near_column
from warehouse.readers.near_names import PERSONAL, shown, shown_list
from warehouse.readers.source import REASON
from warehouse.sources.castor.columns import own_column

NO_STATUS = (
    "{0} says when patients died, but no column of {1} says who is dead, and without that every date of death is set "
    "aside (rule PAT-06). Add a column to the export that says alive, dead or unknown, and write its name here."
)
ALL_DEAD = (
    "No column of {1} says who is dead, and without that every date of death is set aside (rule PAT-06). Every row has "
    "a date of death in {0}; if {1} is a table of deaths, take this."
)
YEARS = "The cells of {0} are years. If they are those of birth, take this."
INSTEAD = {
    "birth_date": (
        "{0} is a date of birth. The registry takes its year alone, which site.toml cannot cut off. Add a column with "
        "the year to the export (in Excel =YEAR(B2)), write its name here, and leave the date out: it tells who it is."
    ),
    "age": (
        "{0} is an age, which does not tell the year of birth. Add a column with that year to the export, and write "
        "its name here."
    ),
    "ras": (
        "{0} does not say whether KRAS or NRAS is mutated, and the registry counts each gene by itself. Add a column "
        "for each to the export."
    ),
    "recurrence_date": (
        "{0} says when a recurrence was seen. The registry judges that from the exams: deliver each exam as a row, "
        "with its date, its kind and what it showed of the lesion, also those without a recurrence."
    ),
}
"""What a column is -> why nothing is read from it, and what to deliver instead."""
OF_BIRTH = ("birth_date", "age")
UNUSED = "Nothing is read from {}."


def near_entries(feedings: Sequence[Feeding]) -> list[Entry]:
    """Return the questions about columns of patients that no source of the export has, but one has nearly."""
    if feedings[0].export.name != "patients":
        return []
    has = {column for one in feedings for column in one.matches.best}
    found = [] if "birth_year" in has else [entry for one in feedings if (entry := _year(one)) is not None][:1]
    with_deaths = [one for one in feedings if one.matches.name_of("death_date") is not None]
    if with_deaths and "vital_status" not in has:
        found.append(_status(with_deaths[0]))
    return found


def _status(feeding: Feeding) -> Entry:
    source, name = feeding.source, feeding.matches.best["death_date"].name
    is_of_deaths = not source.is_declared and feeding.facts([name]).count() == source.n_rows
    reason = (ALL_DEAD if is_of_deaths else NO_STATUS).format(source.called(name), source.name)
    answer: Value = {"value": "dead"} if is_of_deaths else "?"
    return Entry("vital_status", None, "", (Question(reason, (("vital_status", answer),)),))


def _year(feeding: Feeding) -> Entry | None:
    of_birth = [(kind, name) for kind in OF_BIRTH for name in _of_kind(feeding.source, kind)]
    if not of_birth:
        return None
    kind, name = of_birth[0]
    facts, called = feeding.facts([name]), feeding.source.called(name)
    is_year = kind == "birth_date" and facts.count() == facts.count("regexp_full_match(cell, '(19|20)[0-9]{2}')") > 0
    reason = (YEARS if is_year else INSTEAD[kind]).format(called)
    return Entry("birth_year", None, "", (Question(reason, (("birth_year", name if is_year else "?"),)),))


def source_notes(source: SiteSource, feedings: Sequence[Feeding]) -> list[Entry]:
    """Return what is said of a source's columns from which nothing is read, if anything is read from it."""
    if not feedings:
        return []
    used = {match.name for one in feedings for match in one.matches.best.values()}
    used |= {name for one in feedings if one.block for name in one.block.taken(source.header)}
    exports = {one.export.name for one in feedings}
    said: dict[str, Entry] = {}
    for kind, of_export in (("ras", "genotypes"), ("recurrence_date", "imaging_followups")):
        names = [name for name in _of_kind(source, kind) if name not in used]
        if names and of_export not in exports:
            said[names[0]] = Entry("", None, "", (Question(INSTEAD[kind].format(source.called(names[0]))),))
    asked = {name for kind in OF_BIRTH for name in _of_kind(source, kind)} if "patients" in exports else set()
    left = [name for name in source.header if name.strip() and name not in {*used, *said, *asked}]
    left = [name for name in left if not name.endswith(REASON)]
    if source.first.kind == "castor":
        left = [name for name in left if own_column(name) is None]
    notes = [Entry("", None, UNUSED.format(shown_list(left)))] if left else []
    return [*notes, *said.values()]


def _of_kind(source: SiteSource, kind: str) -> list[str]:
    """Return the columns that are of the kind by name or title."""
    return [
        name
        for name in source.header
        if name.strip()
        and shown(name) != PERSONAL
        and any(near_column(split(text).name) == kind for one in (name, source.title(name)) for text in wordings(one))
    ]
