"""Writes the XML of a REDCap project (CDISC ODM 1.3.1), with or without its records, from its CSV files.

The elements are those of REDCap 14's downloads, as the sample projects have them; settings that nobody reads are left
out.
"""

import csv
import io
import itertools
from collections.abc import Collection
from xml.sax.saxutils import escape, quoteattr

from warehouse.sources.redcap_dictionary import Dictionary, DictionaryField, read_dictionary

ROOT = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" '
    'xmlns:redcap="https://projectredcap.org" ODMVersion="1.3.1" SourceSystem="REDCap">\n'
)
TYPES = {"dropdown": "select", "notes": "textarea"}
EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
CLASSIC = "event_1_arm_1"


def project_xml(dictionary: str, repeating: Collection[str] = (), data: str = "", missing: str = "") -> str:
    """The project's XML. `repeating` forms repeat at each event; `data` is its raw flat export, '' for none.

    `missing` are the missing-data codes as the project's settings show them, one a line.
    """
    project = read_dictionary(dictionary)
    rows = list(csv.DictReader(io.StringIO(data, newline="")))
    events = list(dict.fromkeys(row[EVENT] for row in rows if EVENT in row))
    said = [ROOT, '<Study OID="Project.Test"><GlobalVariables><StudyName>Test</StudyName>']
    said.append(f"<redcap:MissingDataCodes>{escape(missing)}</redcap:MissingDataCodes>")
    for event, form in itertools.product(events or [CLASSIC], repeating):
        said.append(
            f"<redcap:RepeatingInstrument redcap:UniqueEventName={quoteattr(event)} "
            f"redcap:RepeatInstrument={quoteattr(form)}/>"
        )
    said.append(f'</GlobalVariables><MetaDataVersion OID="M" redcap:RecordIdField={quoteattr(project.record_id)}>')
    for event in events:
        said.append(f'<StudyEventDef OID="Event.{event}" redcap:UniqueEventName={quoteattr(event)}>')
        said += [f'<FormRef FormOID="Form.{form}" redcap:FormName="{form}"/>' for form in project.forms]
        said.append("</StudyEventDef>")
    said += [_form(project, form) for form in project.forms]
    said += [_item(one, column) for one in project.fields for column in _columns(project, one)]
    said += [_codes(one, column) for one in project.fields for column in _columns(project, one) if one.choices]
    said.append("</MetaDataVersion></Study>\n")
    if data:
        said.append("<ClinicalData>")
        said += [_record(project, record, list(own)) for record, own in _by_record(project, rows)]
        said.append("</ClinicalData>\n")
    return "".join([*said, "</ODM>\n"])


def _columns(project: Dictionary, one: DictionaryField) -> list[str]:
    return [column.name for column in project.columns if column.field is one]


def _form(project: Dictionary, form: str) -> str:
    items = [column.name for column in project.columns if column.form == form]
    refs = "".join(f'<ItemRef ItemOID="{name}"/>' for name in items)
    status = f'<ItemDef OID="{form}_complete" redcap:Variable="{form}_complete" redcap:FieldType="select">'
    return (
        f'<FormDef OID="Form.{form}" Name="The {form}" redcap:FormName="{form}"><ItemGroupRef ItemGroupOID="{form}.a"/>'
        f'</FormDef><ItemGroupDef OID="{form}.a">{refs}</ItemGroupDef>'
        f"{status}<Question><TranslatedText>Complete?</TranslatedText></Question></ItemDef>\n"
    )


def _item(one: DictionaryField, column: str) -> str:
    more = f' redcap:TextValidationType="{one.validation}"' if one.validation else ""
    more += ' redcap:Identifier="y"' if one.is_identifier else ""
    kind = TYPES.get(one.kind, one.kind)
    question = f"<Question><TranslatedText>{escape(one.label)}</TranslatedText></Question>"
    return (
        f'<ItemDef OID="{column}" redcap:Variable="{one.name}" redcap:FieldType="{kind}"{more}>{question}</ItemDef>\n'
    )


def _codes(one: DictionaryField, column: str) -> str:
    choices = " | ".join(f"{code}, {label}" for code, label in one.choices.items())
    boxes = f" redcap:CheckboxChoices={quoteattr(choices)}" if one.kind == "checkbox" else ""
    codes = {"1": "Checked", "0": "Unchecked"} if boxes else one.choices
    items = "".join(
        f"<CodeListItem CodedValue={quoteattr(code)}><Decode><TranslatedText>{escape(label)}</TranslatedText></Decode>"
        "</CodeListItem>"
        for code, label in codes.items()
    )
    return f'<CodeList OID="{column}.choices" redcap:Variable="{one.name}"{boxes}>{items}</CodeList>\n'


def _by_record(project: Dictionary, rows: list[dict[str, str]]):
    ordered = sorted(rows, key=lambda row: row[project.record_id])
    return itertools.groupby(ordered, key=lambda row: row[project.record_id])


def _record(project: Dictionary, record: str, rows: list[dict[str, str]]) -> str:
    said = [f"<SubjectData SubjectKey={quoteattr(record)}>"]
    for row in rows:
        event, instrument = row.get(EVENT, ""), row.get(INSTRUMENT, "")
        if event:
            said.append(f'<StudyEventData StudyEventOID="Event.{event}" redcap:UniqueEventName={quoteattr(event)}>')
        for form in [instrument] if instrument else project.forms:
            names = [column.name for column in project.columns if column.form == form and row.get(column.name)]
            if names:
                said.append(f'<FormData FormOID="Form.{form}" FormRepeatKey="{row.get(INSTANCE) or 1}">')
                said += [f"<ItemData ItemOID={quoteattr(name)} Value={quoteattr(row[name])}/>" for name in names]
                said.append("</FormData>")
        said.append("</StudyEventData>" if event else "")
    return "".join([*said, "</SubjectData>\n"])
