#!/bin/bash
# Expected: a file that does not say how its letters are encoded fails, or is read as the caller says; a file that does
#   say so is read as it says.
# Seen: an SPSS file with character code 2 or 3 (ASCII, as old versions wrote for every text) and no name of an encoding,
#   and a Stata file before version 14, are read as Windows-1252 without a word: Cyrillic becomes Latin letters. With
#   encoding= a file that states UTF-8 is decoded with the caller's encoding all the same, and becomes garbled.
#   Names and places change silently, and with them the identifiers made of them.
# Heeded in: warehouse/readers/statistics/encodings.py (such files are refused unless the site names an encoding, and
#   what a file states is never overridden).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyreadstat==1.3.7 polars==2.1.0 pandas==2.3.3
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import struct, sys

import polars as pl
import pyreadstat

folder = sys.argv[1]
print("pyreadstat", pyreadstat.__version__)
moscow, ascii_text = "\u041c\u043e\u0441\u043a\u0432\u0430", "Moscow"
seen = {}

pyreadstat.write_sav(pl.DataFrame({"city": [ascii_text]}), f"{folder}/a.sav")
content = open(f"{folder}/a.sav", "rb").read()
at = content.index(struct.pack("<3i", 7, 20, 1))  # the record that names the encoding
(length,) = struct.unpack_from("<i", content, at + 12)
content = content[:at] + content[at + 16 + length :]
machine = struct.pack("<4i", 7, 3, 4, 8)  # the record whose last number is the character code
code_at = content.index(machine) + len(machine) + 28
for code in (2, 3):
    old = content[:code_at] + struct.pack("<i", code) + content[code_at + 4 :]
    open(f"{folder}/old.sav", "wb").write(old.replace(ascii_text.encode(), moscow.encode("cp1251")))
    frame, meta = pyreadstat.read_sav(f"{folder}/old.sav")
    seen[f"SPSS, code {code}"] = (frame["city"][0] == moscow, meta.file_encoding)

pyreadstat.write_dta(pl.DataFrame({"city": [ascii_text]}), f"{folder}/a.dta", version=13)
content = open(f"{folder}/a.dta", "rb").read()
open(f"{folder}/old.dta", "wb").write(content.replace(ascii_text.encode(), moscow.encode("cp1251")))
seen["Stata 13"] = (pyreadstat.read_dta(f"{folder}/old.dta")[0]["city"][0] == moscow, None)

pyreadstat.write_sav(pl.DataFrame({"city": ["M\u00fcnchen"]}), f"{folder}/new.sav")
frame, meta = pyreadstat.read_sav(f"{folder}/new.sav", encoding="cp1252")
seen["SPSS, UTF-8 stated, cp1252 named"] = (frame["city"][0] == "M\u00fcnchen", meta.file_encoding)

for what, (is_right, encoding) in seen.items():
    print(f"{what:<33} read rightly: {is_right}; encoding reported: {encoding}")
sys.exit(1 if any(is_right for is_right, _ in seen.values()) else 0)
PYTHON
