"""Draws random files as a site, a broken export or an attacker might deliver them, with the expected result if known.

What the refresh may do with them is in `test_fuzz_files`.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import Any

import openpyxl
import polars as pl
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from tests.warehouse.kit import DEFAULTS
from warehouse.readers.bounds import MAX_COLUMNS

MARK = "Qzxj"
"""The text in every row's note; no reason may contain it."""
TRAP = "fuzz_trap_was_sprung"
"""The file that would be created if any of the cells were executed."""
ALLOWED_BYTES = 1 << 18
"""How large the tests let a packed file become when it is unpacked."""
WIDE = 10_000
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "shift_jis", "utf-7", "utf-8")
JUNK = (b'"', b"\n", b"\r", b"\r\n", b",", b"\0", b"\xff", b"\n\n", b"\x1a", b"," * 50)
HUGE_CHARS = 300_000

FORMULAS = (
    f"=cmd|'/C touch {TRAP}'!A0",
    f"@SUM(1)*cmd|'/C touch {TRAP}'!A0",
    '=HYPERLINK("file:///etc/passwd")',
    f"$(touch {TRAP})",
    f"`touch {TRAP}`",
    f"'; COPY (SELECT 1) TO '{TRAP}'; --",
    "'); DROP TABLE raw.patients; --",
    "\"; ATTACH ':memory:' AS x; --",
    f"{{{{ open('{TRAP}', 'w') }}}}",
    f"__import__('os').system('touch {TRAP}')",
    "<script>alert(1)</script>",
)
DATES = (
    *("2020-02-29", "2021-02-29", "29/02/2020", "02/29/2020", "2020-2-9", "20200229", "2020-02-29T00:00:00"),
    *("44000", "29 Feb 2020", "２０２０-０２-２９", "2020\u201002\u201029", "0000-00-00", "9999-12-31", "10000-01-1"),
    *("-020-01-01", "2020-02-29Z", "infinity", "epoch", "today", "2020-W09-6", "+020-01-01", "2020-+1-01"),
    *("0044-03-15", "2020- 1-01", "2020-01-1\u00a0", "0000-01-01", "2020-1--01"),
)
NUMBERS = (
    *("1,5", "1.234,5", "1,234.5", "1e3", "２５", "25 mm", ".5", "5.", "+5", "-0", "1e999", "nan", "inf", "0x1F"),
    *("1_000", "١٢", "½", "--1", "1e-400", "9" * 400, "1950.0", "1e", "∞", "2³", "1'000", "0" * 300 + "1"),
)
TEXTS = (
    *("", " ", "NULL", "\\N", "\ufeff", "\x1a", '"', '""', 'a"b', "a\nb", "a\r\nb", "a\rb", ",", ";", "\t", "\x7f"),
    *("\u202egnp", "👩\u200d🔬", "e\u0301", "\u2028", "\x0b", "\\", "\\u0000", "%s%n", "Ünï", "中文", "{", "[]", "'"),
)
ODD_CELLS = st.one_of(
    st.sampled_from(FORMULAS),
    st.sampled_from(DATES),
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)
NAMES = ("a", "2024-06-30_a", "a'b", "a;b", f"$(touch {TRAP})", "=cmd", "ü", "a[*]", "--help", "a\nb", "%s", "a" * 200)
PLAIN, GZIP, XLSX, NDJSON, PARQUET = ".csv", ".csv.gz", ".xlsx", ".ndjson", ".parquet"


@dataclass(frozen=True, repr=False)
class Fuzzed:
    """One file. `n_rows` is how many rows an accepted file must have, `refusal` a word of the reason if it must be
    refused; with neither, both outcomes are right. `notes` are the unknown cells that the raw table must hold."""

    what: str
    export: str
    name: str
    content: bytes
    n_rows: int | None = None
    refusal: str | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.what}, {self.export}, {self.name[:20]}, {len(self.content)} bytes: {self.content[:150]!r}>"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))  # hypothesis would print every byte of a dataclass


Rows = list[dict[str, str]]


@st.composite
def odd_rows(draw: st.DrawFn, export: str) -> Rows:
    """Draw one to four rows of the export in which about half of the cells are odd; each has a note with MARK."""
    rows = []
    for number in range(draw(st.integers(1, 4))):
        cells = {name: draw(ODD_CELLS) if draw(st.booleans()) else cell for name, cell in DEFAULTS[export].items()}
        rows.append(cells | {"sex": draw(ODD_CELLS), "note": f"{MARK}{number}{draw(ODD_CELLS)}{MARK}"})
    return rows


def as_csv(rows: Rows, delimiter: str = ",", end: str = "\n", always_quoted: bool = True, last_end: bool = True) -> str:
    """The rows as CSV."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    text = end.join(delimiter.join(_cell(cell, delimiter, always_quoted) for cell in line) for line in lines)
    return text + end * last_end


def _cell(cell: str, delimiter: str, always_quoted: bool) -> str:
    if always_quoted or set(cell) & {'"', "\n", "\r", delimiter}:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def as_workbook(rows: Rows) -> bytes:
    """The rows as a workbook; cells that begin with = become formulas."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in (list(rows[0]), *(row.values() for row in rows)):
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("?", cell) for cell in line])
    sink = io.BytesIO()
    book.save(sink)
    return rezipped(sink.getvalue(), {})


def rezipped(workbook: bytes, parts: dict[str, bytes]) -> bytes:
    """The workbook with these parts added or replaced, and without its time of creation."""
    source, sink = zipfile.ZipFile(io.BytesIO(workbook)), io.BytesIO()
    kept = {name: source.read(name) for name in source.namelist() if name != "docProps/core.xml"}
    with zipfile.ZipFile(sink, "w") as target:
        for name, content in (kept | parts).items():
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def as_parquet(rows: Rows) -> bytes:
    """The rows as Parquet with text columns."""
    sink = io.BytesIO()
    pl.DataFrame(rows).write_parquet(sink)
    return sink.getvalue()


def places(size: int) -> st.SearchStrategy[int]:
    """Draw a place in a file of that size, as a fraction, because another version of a library may pack differently."""
    return st.integers(0, 10**6).map(lambda share: share * size // 10**6)


def packed(rows: Rows, suffix: str) -> bytes:
    """The rows in the format of the suffix."""
    if suffix == XLSX:
        return as_workbook(rows)
    if suffix == PARQUET:
        return as_parquet(rows)
    if suffix == NDJSON:
        return "".join(json.dumps(row) + "\n" for row in rows).encode()
    text = as_csv(rows).encode()
    return gzip.compress(text, mtime=0) if suffix == GZIP else text


@st.composite
def whole_csv(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw a CSV with nothing wrong but its cells."""
    rows = draw(odd_rows(export))
    delimiter, end = draw(st.sampled_from(",;\t")), draw(st.sampled_from(("\n", "\r\n")))
    text = as_csv(rows, delimiter, end, draw(st.booleans()), draw(st.booleans()))
    content = text.encode("utf-8-sig" if draw(st.booleans()) else "utf-8")
    suffix = PLAIN
    if draw(st.integers(0, 3)) == 0:
        content, suffix = gzip.compress(content, mtime=0), GZIP
    return Fuzzed("whole csv", export, name + suffix, content, len(rows), notes=tuple(row["note"] for row in rows))


@st.composite
def whole_typed(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw a workbook, NDJSON or Parquet file with nothing wrong but its cells."""
    suffix, rows = draw(st.sampled_from((XLSX, NDJSON, PARQUET))), draw(odd_rows(export))
    notes = () if suffix == XLSX else tuple(row["note"] for row in rows)  # a workbook keeps no control characters
    return Fuzzed("whole typed", export, name + suffix, packed(rows, suffix), len(rows), notes=notes)


@st.composite
def odd_json(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw NDJSON with values of any type, sometimes deeply nested."""
    scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD_CELLS)
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(ODD_CELLS, inner), max_leaves=4
    )
    lines = [json.dumps({column: draw(values) for column in (*DEFAULTS[export], "note")}) for _ in range(2)]
    if draw(st.booleans()):
        depth = draw(st.sampled_from((10, 1_000, 100_000)))
        lines.append('{"patient_id": ' + "[" * depth + f'"{MARK}"' + "]" * depth + "}")
    return Fuzzed("odd json", export, name + NDJSON, "\n".join(lines).encode())


@st.composite
def odd_encoding(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw a CSV in an encoding other than UTF-8, or with single bytes that are not UTF-8."""
    text = as_csv(draw(odd_rows(export)))
    encoding = draw(st.sampled_from(ENCODINGS))
    content = text.encode(encoding, "replace")
    if encoding == "utf-8":
        place, junk = (
            draw(places(len(content))),
            draw(st.sampled_from((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\0"))),
        )
        content = content[:place] + junk + content[place:]
    refusal = "binary" if b"\0" in content else None
    try:
        content.decode()
    except UnicodeDecodeError:
        refusal = refusal or "UTF-8"
    return Fuzzed(f"in {encoding}", export, name + PLAIN, content, refusal=refusal)


@st.composite
def damaged(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw a file of any format that is cut off, has bytes changed, inserted or removed, or mixes line ends."""
    suffix = draw(st.sampled_from((PLAIN, PLAIN, GZIP, XLSX, NDJSON, PARQUET)))
    content = packed(draw(odd_rows(export)), suffix)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(places(len(content)))
        how = draw(st.sampled_from(("cut", "flip", "insert", "remove", "ends")))
        if how == "cut":
            content = content[:place]
        elif how == "flip" and place < len(content):
            content = content[:place] + bytes([content[place] ^ draw(st.integers(1, 255))]) + content[place + 1 :]
        elif how == "insert":
            junk = draw(st.sampled_from(JUNK))
            content = content[:place] + junk + content[place:]
        elif how == "remove":
            content = content[:place] + content[place + draw(st.integers(1, 40)) :]
        else:
            content = content.replace(b"\n", draw(st.sampled_from((b"\r", b"\r\n"))), draw(st.integers(1, 3)))
    return Fuzzed(f"damaged {suffix}", export, name + suffix, content)


@st.composite
def noise(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw meaningless bytes under any file ending."""
    suffix = draw(st.sampled_from((PLAIN, GZIP, XLSX, NDJSON, PARQUET, ".exe", ".csv.zip", ".csv.csv", "")))
    text = st.text('patient_id,;\t"\n\r\\{}[]: 01', max_size=60).map(str.encode)
    return Fuzzed("noise", export, name + suffix, draw(st.one_of(st.binary(max_size=200), text)))


@cache
def large_files(export: str) -> tuple[Fuzzed, ...]:
    """The few large files: very many columns, huge cells, zip bombs; `large` makes their names unique."""
    row = DEFAULTS[export] | {"note": MARK}
    wide = row | {f"{MARK[:2]}{number}": "x" for number in range(WIDE)}
    widest = row | {f"{MARK[:2]}{number}": "x" for number in range(MAX_COLUMNS - len(row))}
    huge = row | {"note": MARK + "n" * HUGE_CHARS}
    one = as_csv([row]).encode()
    far_row = _with_part(SHEET, _sheet('<row r="999999999999">'))
    many = as_csv([row] * (ALLOWED_BYTES // 10)).encode()
    bomb = "unpacks to more than"
    return (
        Fuzzed("10,000 columns", export, "w.csv", as_csv([wide]).encode(), refusal="more than 2,000"),
        Fuzzed("as many columns as are read", export, "v.csv", as_csv([widest]).encode(), 1),
        Fuzzed("10,000 cells under few names", export, "c.csv", one + b"x," * WIDE + b"\n", refusal="cells"),
        Fuzzed("huge cell", export, "h.csv", as_csv([huge]).encode(), 1, notes=(huge["note"],)),
        Fuzzed("huge header", export, "n.csv", as_csv([row | {"n" * HUGE_CHARS: "x"}]).encode()),
        Fuzzed("huge open quote", export, "q.csv", one + b'"' + b"n,\n" * HUGE_CHARS, refusal="quote"),
        Fuzzed("gzip bomb of nothing", export, "z.csv.gz", gzip.compress(bytes(64 << 20)), refusal=bomb),
        Fuzzed("gzip bomb of rows", export, "r.csv.gz", gzip.compress(many), refusal=bomb),
        Fuzzed("gzip bomb in members", export, "m.csv.gz", gzip.compress(bytes(1 << 16)) * 64, refusal=bomb),
        Fuzzed("workbook bomb", export, "b.xlsx", _with_part("xl/media/a.bin", bytes(4 << 20)), refusal=bomb),
        Fuzzed("workbook of one long text", export, "t.xlsx", _one_long_text(), refusal=bomb),
        Fuzzed("workbook's row number", export, "y.xlsx", far_row, refusal="Excel"),
        Fuzzed("entities without end", export, "e.xlsx", _with_part(SHEET, _laughs()), refusal="Excel"),
    )


SHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _with_part(name: str, content: bytes) -> bytes:
    return rezipped(as_workbook([{"patient_id": "P1", "note": MARK}]), {name: content})


def _sheet(row: str, cells: str = f'<c t="inlineStr"><is><t>{MARK}</t></is></c>', times: int = 1) -> bytes:
    rows = f"{row}{cells}</row>" * times
    return f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def _one_long_text() -> bytes:
    """One cell far to the right in each of a thousand rows: a few bytes of XML, but 16 kilobytes of CSV per row."""
    return _with_part(SHEET, _sheet("<row>", '<c r="XFD1"><v>1</v></c>', 1_000))


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else MARK}">' for n in range(12))
    return f"<!DOCTYPE worksheet [{entities}]>".encode() + _sheet("<row>", "<c><v>&e11;</v></c>")


@st.composite
def large(draw: st.DrawFn, export: str, name: str) -> Fuzzed:
    """Draw one of the large files, under a unique name."""
    return draw(st.sampled_from(large_files(export)))


@st.composite
def fuzzed_files(draw: st.DrawFn) -> Fuzzed:
    """Draw one file of any kind."""
    often = (whole_csv, whole_csv, whole_csv, damaged, damaged, damaged)
    kinds = (*often, whole_typed, odd_json, odd_encoding, noise, large)
    return draw(draw(st.sampled_from(kinds))(draw(st.sampled_from(sorted(DEFAULTS))), draw(st.sampled_from(NAMES))))
