"""Opens the file of a workbook: its sheets and whether they are visible, its number formats, its shared texts.

Styles are read only for their number formats, so that an odd fill or font does not make a workbook unreadable.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from warehouse.readers import size_limits
from warehouse.readers.workbook import markup, texts
from warehouse.readers.workbook.damage import is_of_machine
from warehouse.readers.workbook.format_codes import BUILT_IN
from warehouse.readers.workbook.number_formats import NumberFormat
from warehouse.readers.workbook.signatures import what_it_is
from warehouse.storage.errors import DeliveryRejected

NO_WORKBOOK = "The file is not a valid Excel workbook."
GENERAL = "General"
SHEET_KIND = "/worksheet"
TRUE = ("1", "true", "on")


@dataclass(frozen=True)
class Sheet:
    """A sheet of cells: its name, its part, and whether it is visible."""

    name: str
    part: str
    is_visible: bool


class Book:
    """An open workbook. Raises DeliveryRejected if the file is not one, or unpacks beyond its bound."""

    def __init__(self, path: Path, most_bytes: int, cure: str):
        try:
            self._zip = zipfile.ZipFile(path)
            self._parts = {part.filename.lstrip("/").lower(): part for part in self._zip.infolist()}
        except Exception:  # a damaged directory fails with errors of many kinds
            raise what_it_is(path) or DeliveryRejected(NO_WORKBOOK) from None
        self.bound_bytes = size_limits.bound_of(path.stat().st_size, most_bytes)
        size_limits.refuse_beyond(sum(part.file_size for part in self._parts.values()), self.bound_bytes, cure)
        self._main = self._main_part()
        if self._main is None:
            self.close()
            raise what_it_is(path) or DeliveryRejected(NO_WORKBOOK)
        self._elements = self._read(self._main)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def part(self, name: str) -> IO[bytes]:
        """Open a part for reading. Names are compared without regard to case. Raises KeyError if there is none."""
        return self._zip.open(self._parts[name.lower()])

    def _read(self, name: str) -> list[tuple[str, dict[str, str]]]:
        with self.part(name) as part:
            return markup.elements(part)

    def _main_part(self) -> str | None:
        """Return the part that lists the sheets according to the file's own relationships, or None."""
        if "_rels/.rels" not in self._parts:
            return None
        for target, kind in self._targets("_rels/.rels", "").values():
            if kind.endswith("/officeDocument") and target.lower() in self._parts and target.lower().endswith(".xml"):
                return target
        return None

    def _targets(self, rels: str, folder: str) -> dict[str, tuple[str, str]]:
        """Return (part, kind) by id for the relationships in a relationships part."""
        found = {}
        if rels.lower() in self._parts:
            for name, attributes in self._read(rels):
                if name == "Relationship" and attributes.get("TargetMode") != "External":
                    target = attributes.get("Target", "")
                    part = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
                    found[attributes.get("Id", "")] = posixpath.normpath(part), attributes.get("Type", "")
        return found

    @cached_property
    def _relations(self) -> dict[str, tuple[str, str]]:
        assert self._main is not None
        folder, name = posixpath.split(self._main)
        return self._targets(posixpath.join(folder, "_rels", name + ".rels"), folder)

    def _part_of_kind(self, ending: str) -> str | None:
        parts = (part for part, kind in self._relations.values() if kind.endswith(ending))
        return next((part for part in parts if part.lower() in self._parts), None)

    @cached_property
    def sheets(self) -> list[Sheet]:
        """Return the sheets of cells in order, without charts."""
        found = []
        for name, attributes in self._elements:
            if name == "sheet":
                part, kind = self._relations.get(attributes.get("r:id", ""), ("", ""))
                if kind.endswith(SHEET_KIND):
                    is_visible = attributes.get("state", "visible") == "visible"
                    found.append(Sheet(attributes.get("name", ""), part, is_visible))
        return found

    @cached_property
    def is_1904(self) -> bool:
        """Return whether days are counted from 1904-01-01."""
        return any(name == "workbookPr" and a.get("date1904", "0").lower() in TRUE for name, a in self._elements)

    @cached_property
    def is_to_be_calculated(self) -> bool:
        """Return whether the workbook itself says that the values of its formulas are not final."""
        said = next((attributes for name, attributes in self._elements if name == "calcPr"), {})
        return said.get("fullCalcOnLoad", "0").lower() in TRUE or said.get("calcCompleted", "1").lower() not in TRUE

    @cached_property
    def was_calculated(self) -> bool:
        """Return whether a spreadsheet program has recorded that it calculated the workbook."""
        return any(name == "calcPr" for name, _ in self._elements) and not self.is_to_be_calculated

    @cached_property
    def formats(self) -> list[NumberFormat | None]:
        """Return the number format of each cell style, by its number; None if numbers are shown as stored."""
        part = self._part_of_kind("/styles")
        codes, styles, is_inside = dict(BUILT_IN), list[str](), False
        for name, attributes in self._read(part) if part else ():
            if name == "numFmt" and attributes.get("numFmtId", "").isdecimal():
                codes[int(attributes["numFmtId"])] = attributes.get("formatCode", GENERAL)
            elif name in ("cellXfs", "/cellXfs"):
                is_inside = name == "cellXfs"
            elif name == "xf" and is_inside:
                number = attributes.get("numFmtId", "0")
                styles.append(number)
        made = {
            code: NumberFormat(code, self.is_1904)
            for code in {codes.get(int(number), GENERAL) for number in styles if number.isdecimal()}
        }
        found = [made.get(codes.get(int(n), GENERAL)) if n.isdecimal() else None for n in styles]
        return [None if style is None or style.is_plain else style for style in found]

    @cached_property
    def texts(self) -> list[str]:
        """Return the shared texts."""
        part = self._part_of_kind("/sharedStrings")
        if part is None:
            return []
        with self.part(part) as file:
            return texts.shared_texts(file)


@contextmanager
def open_book(
    path: Path, most_bytes: int = size_limits.MAX_WORKBOOK_BYTES, cure: str = size_limits.CURE
) -> Iterator[Book]:
    """Open the workbook at `path`; whatever is wrong with it while it is read becomes DeliveryRejected.

    `cure` is given if it unpacks to more than `most_bytes`, or to much more than its own size.
    """
    book = None
    try:
        book = Book(path, most_bytes, cure)
        yield book
    except DeliveryRejected:
        raise
    except Exception as error:  # a damaged workbook fails in zip, inflate or XML, each with errors of its own
        if is_of_machine(error):
            raise
        raise DeliveryRejected(NO_WORKBOOK) from None
    finally:
        if book is not None:
            book.close()
