"""Opens an OpenDocument spreadsheet (.ods): its sheets, whether they are visible, and their merged cells.

The parts of the file are read, and not what calamine makes of them: calamine 0.9.1 gives 0.12 for 12 %, 1.0 for yes,
1017 for 001017, nothing for an error, and no merged cells.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from warehouse.readers import size_limits
from warehouse.readers.workbook.book import Sheet
from warehouse.readers.workbook.damage import is_of_machine
from warehouse.readers.workbook.document_cells import Cells, Merged
from warehouse.readers.workbook.markup import parse
from warehouse.readers.workbook.merges import Row, filled_down
from warehouse.storage.errors import DeliveryRejected

NO_DOCUMENT = "The file is not a valid OpenDocument spreadsheet."
CONTENT, MANIFEST, PACKAGE = "content.xml", "META-INF/manifest.xml", "encrypted-package"
ENCRYPTED = b"encryption-data"
LOCKED = DeliveryRejected("The spreadsheet is protected by a password.", "Remove the password and deliver it again.")


class Document:
    """An open .ods. Raises DeliveryRejected if it is protected or unpacks beyond its bound."""

    def __init__(self, path: Path):
        self.parts = zipfile.ZipFile(path)
        self.bound_bytes = size_limits.bound_of(path.stat().st_size, size_limits.MAX_WORKBOOK_BYTES)
        try:
            size_limits.refuse_beyond(sum(part.file_size for part in self.parts.infolist()), self.bound_bytes)
            names = self.parts.namelist()
            if PACKAGE in names or (MANIFEST in names and ENCRYPTED in self.parts.read(MANIFEST)):
                raise LOCKED
        except BaseException:
            self.parts.close()
            raise

    @cached_property
    def _found(self) -> Merged:
        events = Merged()
        with self.parts.open(CONTENT) as part:
            for _ in parse(part, events):
                pass
        return events

    @property
    def sheets(self) -> list[Sheet]:
        """Return the sheets in order; `part` is the number of the sheet, from 0."""
        found = self._found
        return [
            Sheet(name, str(number), style not in found.hidden_styles)
            for number, (name, style) in enumerate(found.sheets)
        ]

    def rows(self, sheet: Sheet, header_row: int = 1) -> "DocumentRows":
        """Return the sheet's rows."""
        return DocumentRows(self, int(sheet.part), self._found.areas[int(sheet.part)], header_row)


class DocumentRows:
    """The rows of a sheet of an .ods."""

    def __init__(self, document: Document, number: int, merged: list[tuple[int, int, int, int]], header_row: int):
        self._document, self._merged = document, merged
        self._events = Cells(number, header_row)

    @property
    def n_hidden(self) -> int:
        """Return how many hidden rows were read so far."""
        return self._events.n_hidden

    @property
    def days(self) -> set[int]:
        """Return the columns, from 1, in which a date cell was read so far."""
        return self._events.days

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, with each merge's value in all of its rows."""
        return filled_down(self._merged, self._rows())

    def _rows(self) -> Iterator[Row]:
        with self._document.parts.open(CONTENT) as part:
            for _ in parse(part, self._events):
                ready, self._events.done = self._events.done, []
                for number, n_times, cells in ready:
                    for place in range(n_times):
                        yield number + place, list(cells)
                if self._events.is_over:
                    return


@contextmanager
def open_document(path: Path) -> Iterator[Document]:
    """Open the .ods at `path`; whatever is wrong with it while it is read becomes DeliveryRejected."""
    document = None
    try:
        document = Document(path)
        yield document
    except DeliveryRejected:
        raise
    except Exception as error:  # a damaged file fails in zip, inflate or XML, each with errors of its own
        if is_of_machine(error):
            raise
        raise DeliveryRejected(NO_DOCUMENT) from None
    finally:
        if document is not None:
            document.parts.close()
