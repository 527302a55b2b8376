"""Proposes what an export requires and no column of a source delivers: made of other columns, or asked."""

from schemas.export import Column
from warehouse.proposals.date_formats import dates_of
from warehouse.proposals.entry import Entry, Question, Value, column_value
from warehouse.proposals.facts import is_unique
from warehouse.proposals.feedings import Feeding
from warehouse.readers.near_names import shown, shown_list
from warehouse.sources.castor.columns import CUSTOM, own_column
from warehouse.sources.redcap_layout import INSTANCE

MADE_OF = {
    "session_id": ("patient_id", "session_date"),
    "exam_id": ("patient_id", "exam_date", "modality"),
    "specimen_id": ("patient_id", "specimen_date"),
}
"""Identifier -> the columns that it is made of where no column delivers it."""
MOST_TRIED = 20
ONE_OF = {"session_id": "session", "exam_id": "exam", "specimen_id": "specimen"}
SAME_IN_ALL = {
    "lesion_id": ("1", "If every row is its patient's only lesion, this names it."),
    "contrast_enhanced": ("yes", "If contrast was given at every exam, say so; it decides which exams count."),
    "modality": ("ct", "If all exams are of one kind, say so: ct, mr, us, ceus or pet_ct."),
    "specimen_site": ("liver_metastasis", "If all specimens are from one site, say so: liver_metastasis, "
                      "other_metastasis, primary, ctdna; unknown if nobody knows."),
}  # fmt: skip
"""Required column -> the value of the answer, and the question."""


def made_or_asked(feeding: Feeding, column: Column, sure: dict[str, str]) -> Entry:
    """Return the entry of a required column that the source lacks. `sure` has the source columns that are sure."""
    name = column.name
    if name in MADE_OF:
        return _made(feeding, name, sure)
    if name in SAME_IN_ALL:
        value, reason = SAME_IN_ALL[name]
        question = f"No column of {feeding.source.name} is known as {name}. {reason}"
        same: list[tuple[str, Value]] = [(name, {"value": value})]
        if name == "lesion_id" and INSTANCE in feeding.source.header:
            question += " If every instance is another lesion, the instance names it."
            same.append((name, INSTANCE))
        if name == "lesion_id" and (custom := _named_row(feeding)) is not None:
            question += " If every row is another lesion, its name in Castor names it."
            same.append((name, custom))
        return Entry(name, None, "", (Question(question, tuple(same)),))
    unused = _unused(feeding)
    dates = _dates(feeding, unused) if column.kind == "date" else []
    answers = tuple((name, column_value(one, format=formats)) for one, formats in dates) or ((name, "?"),)
    left = f" Columns that are not used: {shown_list(unused)}." if unused else ""
    reason = f"No column of {feeding.source.name} is known as {name}: {column.prose} Name it.{left}"
    return Entry(name, None, "", (Question(reason, answers),))


def _named_row(feeding: Feeding) -> str | None:
    """Return Castor's own column that names a row of repeating data."""
    is_castor = feeding.source.first.kind == "castor"
    return next((name for name in feeding.source.header if is_castor and own_column(name) == CUSTOM), None)


def _unused(feeding: Feeding) -> list[str]:
    """Return the source columns that nothing is read from."""
    used = {match.name for match in feeding.matches.best.values()}
    if feeding.block is not None:
        used |= feeding.block.taken(feeding.source.header)
    return [name for name in feeding.source.header if name.strip() and name not in used]


def _dates(feeding: Feeding, names: list[str]) -> list[tuple[str, list[str]]]:
    """Return the columns whose cells are all dates, with the formats that read them, one for each order."""
    found = []
    for name in names[:MOST_TRIED]:
        facts = feeding.facts([name])
        if shown(name) == name and facts.count():
            dates = dates_of(facts, ())
            found += [(name, list(formats)) for formats in dates.orders.values() if not dates.n_unread]
    return found


def _made(feeding: Feeding, name: str, sure: dict[str, str]) -> Entry:
    best = feeding.matches.best
    parts = [sure.get(part) or best[part].name for part in MADE_OF[name] if part in best]
    one = ONE_OF[name]
    if name == "specimen_id" and "specimen_date" not in sure:
        return _one_per_patient(feeding, name, sure)
    if "patient_id" not in sure or MADE_OF[name][1] not in sure:
        reason = f"No column of {feeding.source.name} names the {one}. Make it of the patient's and the date's column"
        if not {"patient_id", MADE_OF[name][1]} <= best.keys():
            return Entry(name, None, "", (Question(f"{reason}.", ((name, _join(*parts, "?")),)),))
        return Entry(name, None, "", (Question(f"{reason}, once these are answered.", ((name, _join(*parts)),)),))
    key = [*parts, *([sure["lesion_id"]] if "lesion_id" in sure else [])]
    of = "patient and date" if len(parts) == 2 else "patient, date and modality"
    is_shown = not feeding.source.is_declared and is_unique(feeding.con, feeding.source, key, parts[:2])
    if name == "specimen_id" or is_shown or feeding.block is not None:
        note = f"No column of {feeding.source.name} names the {one}: it is made of {of}."
        return Entry(name, _join(*parts), note)
    doubt = f"{of} do not tell all rows apart"
    if feeding.source.is_declared:
        doubt = f"only a file shows whether {of} tell its rows apart"
    reason = (
        f"No column of {feeding.source.name} names the {one}, and {doubt}. If rows of one {of} are of one {one}, "
        "take this."
    )
    return Entry(name, None, "", (Question(reason, ((name, _join(*parts)),)),))


def _one_per_patient(feeding: Feeding, name: str, sure: dict[str, str]) -> Entry:
    if "patient_id" not in sure:
        reason = f"No column of {feeding.source.name} names the specimen."
        if (match := feeding.matches.best.get("patient_id")) is None:
            return Entry(name, None, "", (Question(reason, ((name, "?"),)),))
        reason += " If every patient has one, the patient's column names it, once that is answered."
        return Entry(name, None, "", (Question(reason, ((name, match.name),)),))
    patient = [sure["patient_id"]]
    if not feeding.source.is_declared and is_unique(feeding.con, feeding.source, patient, patient):
        note = f"No column of {feeding.source.name} names the specimen: it has the patient's, who has one row."
        return Entry(name, sure["patient_id"], note)
    reason = f"No column of {feeding.source.name} names the specimen. If every patient has one, take this."
    return Entry(name, None, "", (Question(reason, ((name, sure["patient_id"]),)),))


def _join(*parts: str) -> Value:
    return {"join": list(parts), "with": "_"}
