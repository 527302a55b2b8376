"""Turns a REDCap project's XML (CDISC ODM 1.3.1 with data) into the flat CSV that the project's export would be.

The file is read as a stream, one record at a time. A document type is refused, so that no entity can be declared.
"""

import csv
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

from warehouse.sources.redcap_dictionary import Dictionary
from warehouse.sources.redcap_layout import EVENT, INSTANCE, INSTRUMENT, STATUS_NAME
from warehouse.sources.redcap_odm_metadata import CLASSIC_EVENT, GROUP, Attributes, ProjectMetadata
from warehouse.storage.errors import DeliveryRejected, RegistryError

START_BYTES = 1 << 12
EXPORT_XML = "In REDCap, open Other Functionality, download the project as XML with all records and deliver that file."
METADATA_XML = (
    "In REDCap, open Other Functionality, download the project as XML without records (metadata only) and put it "
    "beside site.toml; deliver an XML with records in the source's folder, where it needs no dictionary."
)
TEXTS = ("TranslatedText", "MissingDataCodes")
"""Elements whose text is read."""
UNTOUCHED = "0"
"""The status of a form that nobody opened, which the XML leaves out and the CSV does not."""
Row = dict[str, str]
Key = tuple[str, str, str]
"""Event, repeating instrument and instance of a row; each '' where the row has none."""


class _Done(Exception):
    """Everything that was asked for has been read."""


class _Reader:
    """Follows the elements of one file; hands each record's rows to `write` when its element ends."""

    def __init__(self, write: Callable[[list[Row]], object] | None) -> None:
        self.metadata = ProjectMetadata()
        self.has_data = False
        self._write = write
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._rows: dict[Key, Row] = {}
        self._groups: dict[str, str] = {}
        self._record = self._event = self._event_instance = self._instrument = self._instance = ""

    def read(self, file: BinaryIO) -> None:
        """Read the file. Raises DeliveryRejected if it is not a REDCap project's XML."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._take_text
        try:
            parser.ParseFile(file)
        except _Done:
            return
        except expat.ExpatError:
            raise DeliveryRejected("The file is not valid XML, or only a part of it.", EXPORT_XML) from None

    def _refuse_document_type(self, *_: Any) -> None:
        raise DeliveryRejected("The XML declares a document type, which REDCap never does.", EXPORT_XML)

    def _start(self, name: str, attributes: Attributes) -> None:
        element = _local(name)
        if element == "ItemData" and self.has_data:  # nearly all elements of a file; its attributes have no prefix
            self._take_value(attributes.get("ItemOID", ""), attributes.get("Value", ""))
            self._path.append(element)
            return
        attributes = {_local(key): value for key, value in attributes.items()}
        if not self._path and element != "ODM":
            raise DeliveryRejected("The file is XML, but not a REDCap project.", EXPORT_XML)
        if element in TEXTS:
            self._text = []
        elif element == "ClinicalData":
            self._begin_data()
        elif self.has_data:
            self._start_data(element, attributes)
        else:
            self.metadata.start(element, attributes)
        self._path.append(element)

    def _begin_data(self) -> None:
        if not self.metadata.items:
            raise DeliveryRejected("The XML holds records, but not the project's fields.", EXPORT_XML)
        if not self.metadata.record_id or self.metadata.record_id not in self.metadata.columns:
            raise DeliveryRejected("The XML does not say which field is the record id.", EXPORT_XML)
        self.has_data = True
        if self._write is None:
            raise _Done

    def _start_data(self, element: str, attributes: Attributes) -> None:
        if element == "SubjectData":
            self._record, self._event, self._event_instance = attributes.get("SubjectKey", ""), "", ""
            self._rows, self._groups = {}, {}
        elif element == "StudyEventData":
            self._event = attributes.get("UniqueEventName", "")
            is_repeating = self._event in self.metadata.repeating_events
            self._event_instance = attributes.get("StudyEventRepeatKey", "") if is_repeating else ""
        elif element == "FormData":
            form = attributes.get("FormOID", "").removeprefix("Form.")
            is_repeating = (self._event or CLASSIC_EVENT, form) in self.metadata.repeating_forms
            self._instrument = form if is_repeating else ""
            self._instance = attributes.get("FormRepeatKey", "") if is_repeating else self._event_instance
        elif element.startswith("ItemData"):  # a file is known by its name
            self._take_value(attributes.get("ItemOID", ""), attributes.get("DocName", ""))

    def _take_value(self, column: str, value: str) -> None:
        row = self._rows.setdefault((self._event, self._instrument, self._instance), {})
        if column == GROUP:
            self._groups[self._event] = value
        else:
            row[column] = value

    def _take_text(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        element = self._path.pop()
        if element in TEXTS and self._text is not None:
            if not self.has_data:
                self.metadata.text(self._path, "".join(self._text))
            self._text = None
        elif element == "SubjectData" and self._write is not None:
            self._write([self._finished(key, row) for key, row in self._rows.items()])

    def _finished(self, key: Key, row: Row) -> Row:
        event, instrument, instance = key
        group = self._groups.get(event) or next(iter(self._groups.values()), "")
        untouched = {f"{form}{STATUS_NAME}": UNTOUCHED for form in self.metadata.forms_of_row(event, instrument)}
        own = {EVENT: event, INSTRUMENT: instrument, INSTANCE: instance, GROUP: group}
        return {**untouched, **row, **own, self.metadata.record_id: self._record}


def is_odm(path: Path) -> bool:
    """Return whether the file's root element is that of an ODM document, whatever the file's name."""
    roots: list[str] = []

    def take_root(name: str, *_: Any) -> None:
        roots.append(_local(name))
        raise _Done

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = parser.StartElementHandler = take_root
    with open(path, "rb") as file, suppress(_Done, expat.ExpatError):
        parser.Parse(file.read(START_BYTES), False)
    return roots == ["ODM"]


def dictionary_of(path: Path) -> Dictionary:
    """Return the data dictionary in a project's XML, with the instruments' labels.

    Raises DeliveryRejected if the file is not a REDCap project's XML, RegistryError if it has no fields.
    """
    reader = _Reader(None)
    with open(path, "rb") as file:
        reader.read(file)
    return reader.metadata.dictionary()


def dictionary_in(text: str) -> Dictionary:
    """Return the data dictionary in the XML of a project without records.

    Raises RegistryError if it is not such an XML: an XML with records would be kept where no erasure reaches them.
    """
    reader = _Reader(None)
    try:
        reader.read(BytesIO(text.encode()))
    except DeliveryRejected as rejection:
        raise RegistryError(rejection.message, METADATA_XML) from None
    if reader.has_data:
        raise RegistryError("The XML holds records, and a data dictionary holds none.", METADATA_XML)
    return reader.metadata.dictionary()


def odm_to_flat(path: Path, target: Path) -> int:
    """Write the flat CSV export of a project's XML to `target`; return the number of its rows.

    Raises DeliveryRejected if the file is not a REDCap project's XML with data. Nothing is left at `target` then.
    """
    n_rows = 0
    written: csv.DictWriter | None = None
    with open(target, "w", encoding="utf-8", newline="") as file:

        def write(rows: list[Row]) -> None:
            nonlocal n_rows, written
            if written is None:
                written = _writer(file, reader.metadata)
            written.writerows(rows)
            n_rows += len(rows)

        reader = _Reader(write)
        try:
            with open(path, "rb") as source:
                reader.read(source)
            if not reader.has_data:
                raise DeliveryRejected("The XML holds a project without its records.", EXPORT_XML)
            write([])
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return n_rows


def _writer(file: Any, metadata: ProjectMetadata) -> csv.DictWriter:
    writer = csv.DictWriter(file, metadata.header(), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    return writer


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
