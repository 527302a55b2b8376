#!/bin/bash
# Expected: openpyxl, pandas and python-calamine all read a date cell of a workbook as a date.
# Seen: if the cell has one of the number formats 27 to 36 or 50 to 58 (by number alone, as Chinese, Japanese and
#   Korean Excel write their everyday dates, such as 31 for yyyy"年"m"月"d"日"), openpyxl and pandas (through openpyxl) read
#   the number 44995, and python-calamine reads the date. The same file gives different data depending on the library.
#   ECMA-376 Part 1, 18.8.30 lists these numbers; a workbook does not contain their format codes.
#   Session and exam dates of such a hospital become whole numbers, which pass as identifiers or fail as dates.
# Heeded in: docs/decisions/0026 (the built-in formats of East Asian workbooks count as dates).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check openpyxl==3.1.5 pandas==2.3.3 python-calamine==0.9.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import datetime, pathlib, sys, warnings, zipfile

import openpyxl, pandas, python_calamine

warnings.simplefilter("ignore")
NUMBERS = (14, 31, 57)
path = pathlib.Path(sys.argv[1]) / "dates.xlsx"
main, rel = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org"
office = f"{rel}/officeDocument/2006/relationships"
styles = "".join(f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" applyNumberFormat="1"/>' for n in NUMBERS)
cells = "".join(f'<c r="{"ABC"[i]}1" s="{i}"><v>44995</v></c>' for i in range(3))
parts = {
    "[Content_Types].xml": f'<Types xmlns="{rel}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{rel}/package/2006/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rel}/package/2006/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{main}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3">{styles}</cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1">{cells}</row></sheetData></worksheet>',
}
with zipfile.ZipFile(path, "w") as file:
    for name, body in parts.items():
        file.writestr(name, body)

seen = {
    f"openpyxl {openpyxl.__version__}": [c.value for c in openpyxl.load_workbook(path).active[1]],
    f"pandas {pandas.__version__}": list(pandas.read_excel(path, header=None).iloc[0]),
    "python-calamine 0.9.1": python_calamine.load_workbook(str(path)).get_sheet_by_index(0).to_python()[0],
}
is_as_noted = True
for library, values in seen.items():
    kinds = ["date" if isinstance(v, datetime.date) else f"number {float(v):.0f}" for v in values]
    print(library, dict(zip(NUMBERS, kinds)))
    read_as = "date" if library.startswith("python-calamine") else "number 44995"
    is_as_noted &= kinds == ["date", read_as, read_as]
sys.exit(0 if is_as_noted else 1)
PYTHON
