"""Finds the fields of a Castor export: their titles and options, and whose forms they are."""

from collections.abc import Sequence
from dataclasses import replace

from warehouse.proposals.fields import Fields, StudyDictionary, also_called, prefixes_of
from warehouse.proposals.site_sources import SiteSource, with_names
from warehouse.proposals.study_files import KEPT, with_options
from warehouse.readers.near_names import shown
from warehouse.sources.castor.columns import CUSTOM, PARENT, RECORD, STUDY_TYPE, SURVEY, own_column
from warehouse.sources.castor.export_zip import EXPORT
from warehouse.sources.castor.option_groups import OptionGroups, read_option_groups
from warehouse.storage.errors import RegistryError

PATIENT_ID = "patient id"
TOGETHER = (
    "{} hold option groups or fields of a Castor study: deliver the whole ZIP of the export, or put them into one file "
    "beside site.toml, one below the other."
)
MOVE = "{} holds the option groups of {}: move it out of the folder, beside site.toml."


def castor_fields(source: SiteSource, dictionaries: Sequence[StudyDictionary], notes: list[str]) -> Fields:
    """Return a Castor source without Castor's own columns, but for the participant and the name of a row."""
    named = None
    if not source.first.forms:
        groups, named = _groups(source, dictionaries, notes)
        looks = tuple(replace(look, source=with_options(look.source, groups)) for look in source.looks)
        source = replace(source, looks=looks)
    names = [name if own_column(name) in (None, *KEPT) else "" for name in source.header]
    prefixes = prefixes_of(name for name in names if not own_column(name))
    others = {
        name: tuple(also_called(name, source.title(name), prefixes, _form(source, name))) for name in names if name
    }
    others |= {name: (PATIENT_ID,) for name in names if own_column(name) == RECORD}
    return Fields(with_names(source, names), others, named)


def _form(source: SiteSource, name: str) -> str:
    """Return the name of a field's form, '' for the study's own; a single file has it in its name."""
    if source.forms:
        kind, form = source.forms.get(name, (STUDY_TYPE, ""))
        return "" if kind == STUDY_TYPE else form
    is_of_rows = any(own_column(one) in (CUSTOM, PARENT, SURVEY) for one in source.first.header)
    return EXPORT.sub("", source.first.file_name.rsplit(".", 1)[0]) if is_of_rows else ""


def _groups(
    source: SiteSource, dictionaries: Sequence[StudyDictionary], notes: list[str]
) -> tuple[OptionGroups, str | None]:
    """Return the option groups among the site's files, and the name of their file if site.toml can name it."""
    own = [one for one in dictionaries if one.kind == "castor"]
    parts: list[str] = []
    for one in own:
        try:
            groups = read_option_groups([one.path.read_text(encoding="utf-8-sig")])
        except (RegistryError, UnicodeDecodeError):
            parts.append(shown(one.path.name))
            continue
        if not any(groups.options_of(name) or groups.title_of(name) for name in source.header):
            continue
        if not one.is_beside:
            notes.append(MOVE.format(shown(one.path.name), source.name))
        return groups, one.path.name
    if parts and (note := TOGETHER.format(", ".join(parts))) not in notes:
        notes.append(note)
    return OptionGroups(), None
