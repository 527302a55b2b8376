"""Reads from the records of an .xls what calamine leaves out: formats of cells, errors, hidden rows ([MS-XLS] 2.4).

calamine 0.9.1 gives 0.12 for 12 %, 1017 for 001017 and nothing for #N/A; an .xlsx of the same sheet is read as Excel
shows it (docs/decisions/0026), so an .xls is too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import unpack, unpack_from

from warehouse.readers.workbook.format_codes import BUILT_IN
from warehouse.readers.workbook.number_formats import NumberFormat
from warehouse.readers.workbook.sheet import FORMULA as NO_VALUE

BOF, EOF, BOUNDSHEET, DATEMODE, FORMAT, XF, FILEPASS = 0x0809, 0x000A, 0x0085, 0x0022, 0x041E, 0x00E0, 0x002F
NUMBER, RK, MULRK, FORMULA, BOOLERR, LABELSST, LABEL, ROW = 0x0203, 0x027E, 0x00BD, 6, 0x0205, 0x00FD, 0x0204, 0x0208
BIFF8 = 0x0600
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
HIDDEN_ROW = 0x20
ERROR_VALUE, EMPTY_VALUE = 2, 3
"""Kinds of a formula's value that is no number; 0 is text, 1 true or false."""
TO_BE_CALCULATED = 0x02
"""A formula's flag that its value is not final: libraries write 0 and leave the calculation to Excel."""
Place = tuple[int, int]
"""Row and column, from 0."""


class Locked(ValueError):
    """The workbook is protected by a password."""


@dataclass
class Marks:
    """What the records of a sheet say beyond its values.

    `numbers` are the numbers of cells whose format changes what is shown, and that format; `texts` the formats of text
    cells; `errors` what a cell with an error shows; `hidden` the hidden rows. `empty` are the formulas whose value is
    an empty text, `n_valued` counts the others: a library that calculates nothing (xlwt 1.3) stores only the former.
    """

    numbers: dict[Place, tuple[str, NumberFormat]] = field(default_factory=dict)
    texts: dict[Place, NumberFormat] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    empty: list[Place] = field(default_factory=list)
    n_valued: int = 0


class Records:
    """The records of a workbook's stream. Raises Locked if it is protected, struct.error if it is damaged."""

    def __init__(self, stream: bytes):
        self._stream = stream
        self._offsets: list[int] = []
        codes, styles, is_1904, version = dict(BUILT_IN), list[int](), False, BIFF8
        for kind, body in self._records(0):
            if kind == BOF:
                (version,) = unpack_from("<H", body)
            elif kind == FILEPASS:
                raise Locked
            elif kind == BOUNDSHEET:
                self._offsets.append(unpack_from("<I", body)[0])
            elif kind == DATEMODE:
                is_1904 = unpack_from("<H", body)[0] == 1
            elif kind == FORMAT:
                codes[unpack_from("<H", body)[0]] = _code(body[2:], version)
            elif kind == XF:
                styles.append(unpack_from("<H", body, 2)[0])
        made = {number: NumberFormat(codes.get(number, "General"), is_1904) for number in set(styles)}
        self._formats = [None if made[number].is_plain else made[number] for number in styles]

    @property
    def n_sheets(self) -> int:
        """Return the number of sheets, including charts and modules."""
        return len(self._offsets)

    def marks(self, number: int) -> Marks:
        """Return the marks of the sheet with that number, from 0, among all sheets of the workbook."""
        marks = Marks()
        for kind, body in self._records(self._offsets[number]):
            if kind == NUMBER:
                self._number(marks, body, unpack_from("<d", body, 6)[0])
            elif kind == RK:
                self._number(marks, body, _rk(unpack_from("<I", body, 6)[0]))
            elif kind == MULRK:
                row, first = unpack_from("<HH", body)
                for place in range((len(body) - 6) // 6):
                    style, packed = unpack_from("<HI", body, 4 + 6 * place)
                    self._keep(marks, (row, first + place), style, _rk(packed))
            elif kind == FORMULA:
                self._formula(marks, body)
            elif kind == BOOLERR and body[7]:
                marks.errors[unpack_from("<HH", body)] = ERRORS.get(body[6], "#N/A")
            elif kind in (LABELSST, LABEL):
                row, column, style = unpack_from("<HHH", body)
                if (shown := self._format(style)) is not None:
                    marks.texts[row, column] = shown
            elif kind == ROW and unpack_from("<H", body, 12)[0] & HIDDEN_ROW:
                marks.hidden.add(unpack_from("<H", body)[0])
        if marks.empty and not marks.n_valued:
            marks.errors |= dict.fromkeys(marks.empty, NO_VALUE)
        return marks

    def _formula(self, marks: Marks, body: bytes) -> None:
        row, column, style = unpack_from("<HHH", body)
        is_number = body[12:14] != b"\xff\xff"
        value = unpack_from("<d", body, 6)[0] if is_number else 0.0
        if is_number and value == 0 and unpack_from("<H", body, 14)[0] & TO_BE_CALCULATED:
            marks.errors[row, column] = NO_VALUE
        elif is_number:
            self._keep(marks, (row, column), style, value)
        elif body[6] == ERROR_VALUE:
            marks.errors[row, column] = ERRORS.get(body[8], "#N/A")
        if not is_number and body[6] == EMPTY_VALUE:
            marks.empty.append((row, column))
        else:
            marks.n_valued += 1

    def _number(self, marks: Marks, body: bytes, value: float) -> None:
        row, column, style = unpack_from("<HHH", body)
        self._keep(marks, (row, column), style, value)

    def _keep(self, marks: Marks, place: Place, style: int, value: float) -> None:
        if (shown := self._format(style)) is not None:
            marks.numbers[place] = repr(value), shown

    def _format(self, style: int) -> NumberFormat | None:
        return self._formats[style] if style < len(self._formats) else None

    def _records(self, at: int) -> Iterator[tuple[int, bytes]]:
        """Yield (kind, body) of the records from a place to the end of its part, without parts inside it (charts)."""
        depth = 0
        while True:
            kind, size = unpack_from("<HH", self._stream, at)
            body = self._stream[at + 4 : at + 4 + size]
            at += 4 + size
            depth += kind == BOF
            if depth <= 1:
                yield kind, body
            depth -= kind == EOF
            if depth <= 0:
                return


def _code(body: bytes, version: int) -> str:
    """Return a format's code: in BIFF8 with a length of two bytes and a flag for UTF-16, before that in cp1252."""
    if version != BIFF8:
        return body[1 : 1 + body[0]].decode("cp1252", "replace")
    (length,) = unpack_from("<H", body)
    is_wide = body[2] & 1
    return body[3 : 3 + length * (2 if is_wide else 1)].decode("utf-16-le" if is_wide else "latin-1", "replace")


def _rk(packed: int) -> float:
    """Return a number from its short form: 30 bits of an integer or of a double, possibly divided by 100."""
    if packed & 2:
        whole = packed >> 2
        value: float = whole - (1 << 30) if whole >= 1 << 29 else whole
    else:
        (value,) = unpack("<d", b"\0\0\0\0" + (packed & 0xFFFFFFFC).to_bytes(4, "little"))
    return value / 100 if packed & 1 else value
