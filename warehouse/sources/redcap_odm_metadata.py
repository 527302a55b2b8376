"""Collects what a REDCap project's XML says of the project before its data: fields, forms, events, what repeats."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warehouse.sources.redcap_dictionary import (
    FIXED_CHOICES,
    STATUS_LABEL,
    WITH_CHOICES,
    WITHOUT_COLUMN,
    Dictionary,
    DictionaryField,
    checked,
    choices_in,
    plain_label,
)
from warehouse.sources.redcap_layout import EVENT, INSTANCE, INSTRUMENT, STATUS_NAME

Attributes = Mapping[str, str]
KINDS = {"select": "dropdown", "textarea": "notes"}
"""Types of fields as the XML names them -> as the data dictionary does."""
VALIDATIONS = {"float": "number", "int": "integer"}
GROUP = "redcap_data_access_group"
CLASSIC_EVENT = "event_1_arm_1"
"""The event to which everything belongs in a project without events; it is no column of the export."""


@dataclass
class ProjectMetadata:
    """A project's metadata. `items` are the attributes of columns by name, `text` labels by name of a column."""

    record_id: str = ""
    events: list[str] = field(default_factory=list)
    forms: dict[str, str] = field(default_factory=dict)
    repeating_forms: set[tuple[str, str]] = field(default_factory=set)
    repeating_events: set[str] = field(default_factory=set)
    forms_of_event: dict[str, list[str]] = field(default_factory=dict)
    has_groups: bool = False
    items: dict[str, Attributes] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    checkboxes: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    _form_of_oid: dict[str, str] = field(default_factory=dict)
    _form_of_group: dict[str, str] = field(default_factory=dict)
    _order: dict[str, str] = field(default_factory=dict)
    _inside: dict[str, str] = field(default_factory=dict)

    def start(self, element: str, attributes: Attributes) -> None:
        """Take an element's attributes."""
        if element == "MetaDataVersion":
            self.record_id = attributes.get("RecordIdField", "")
        elif element == "StudyEventDef":
            self.events.append(attributes.get("UniqueEventName", ""))
            self.forms_of_event[self.events[-1]] = []
        elif element == "FormRef" and self.events:
            self.forms_of_event[self.events[-1]].append(attributes.get("FormName", ""))
        elif element == "RepeatingInstrument":
            self.repeating_forms.add((attributes.get("UniqueEventName", ""), attributes.get("RepeatInstrument", "")))
        elif element == "RepeatingEvent":
            self.repeating_events.add(attributes.get("UniqueEventName", ""))
        elif element == "DataAccessGroups":
            self.has_groups = True
        else:
            self._start_definition(element, attributes)

    def _start_definition(self, element: str, attributes: Attributes) -> None:
        if element in ("FormDef", "ItemGroupDef", "ItemDef", "CodeList", "CodeListItem"):
            self._inside[element] = attributes.get("CodedValue" if element == "CodeListItem" else "OID", "")
        if element == "FormDef":
            form = attributes.get("FormName", "")
            self.forms[form] = attributes.get("Name", form)
            self._form_of_oid[attributes.get("OID", "")] = form
        elif element == "ItemGroupRef":
            self._form_of_group[attributes.get("ItemGroupOID", "")] = self._form_of_oid.get(self._inside["FormDef"], "")
        elif element == "ItemRef":
            self._order[attributes.get("ItemOID", "")] = self._form_of_group.get(self._inside["ItemGroupDef"], "")
        elif element == "ItemDef":
            self.items[attributes.get("OID", "")] = dict(attributes)
        elif element == "CodeList":
            name = attributes.get("OID", "").removesuffix(".choices")
            self.choices[name] = {}
            self.checkboxes[name] = attributes.get("CheckboxChoices", "")

    def text(self, path: list[str], text: str) -> None:
        """Take the text of a TranslatedText or of the missing-data codes below `path`."""
        if path[-1:] == ["GlobalVariables"]:
            self.missing = choices_in(text)
        elif path[-1:] == ["Question"]:
            self.labels[self._inside["ItemDef"]] = text
        elif path[-1:] == ["Decode"]:
            codes = self.choices[self._inside["CodeList"].removesuffix(".choices")]
            codes[self._inside["CodeListItem"]] = plain_label(text)

    @property
    def columns(self) -> dict[str, str]:
        """Return the form of each data column, in the order of a flat export."""
        return {
            name: form
            for name, form in self._order.items()
            if name in self.items and name != GROUP and self.items[name].get("FieldType") != WITHOUT_COLUMN
        }

    def header(self) -> list[str]:
        """Return the header of the flat export: record id, REDCap's own columns, fields and forms' statuses."""
        own = [EVENT] if self.events else []
        own += [INSTRUMENT, INSTANCE] if self.repeating_forms or self.repeating_events else []
        own += [GROUP] if self.has_groups else []
        return [self.record_id, *own, *(name for name in self.columns if name != self.record_id)]

    def forms_of_row(self, event: str, instrument: str) -> list[str]:
        """Return the forms of a row: the repeating instrument, or the event's forms that do not repeat there."""
        if instrument:
            return [instrument]
        forms = self.forms_of_event.get(event, []) if event else list(self.forms)
        return [form for form in forms if (event or CLASSIC_EVENT, form) not in self.repeating_forms]

    def dictionary(self) -> Dictionary:
        """Return the data dictionary. Raises RegistryError if the file has no fields."""
        found: dict[str, DictionaryField] = {}
        for name, form in self._order.items():
            item = self.items.get(name, {})
            variable = item.get("Variable", name)
            is_status = name == f"{form}{STATUS_NAME}" and plain_label(self.labels.get(name, "")) == STATUS_LABEL
            if "FieldType" not in item or is_status or variable in found:  # REDCap's own columns have no type
                continue
            found[variable] = self._field(name, variable, form, item)
        fields = tuple(sorted(found.values(), key=lambda one: one.name != self.record_id))
        return checked(Dictionary(fields, dict(self.forms), dict(self.missing)))

    def _field(self, name: str, variable: str, form: str, item: Attributes) -> DictionaryField:
        kind = KINDS.get(item.get("FieldType", ""), item.get("FieldType", ""))
        choices = choices_in(self.checkboxes.get(name, "")) if kind == "checkbox" else self.choices.get(name, {})
        validation = item.get("TextValidationType", "")
        return DictionaryField(
            variable,
            form,
            kind,
            plain_label(self.labels.get(name, "")),
            FIXED_CHOICES.get(kind) or (choices if kind in WITH_CHOICES else {}),
            item.get("Identifier", "").lower() == "y",
            VALIDATIONS.get(validation, validation),
        )
