#!/usr/bin/env bash
# Expected: datacontract-cli[xlsx] checks a workbook on a machine without the internet, since that extra installs DuckDB's extension
#   as a wheel, and the program looks there first "to support air-gapped environments".
# Seen: the wheel holds excel.duckdb_extension, the program looks for excel.duckdb_extension.gz, finds nothing, tries to download
#   it and fails; its cure is to install the extra that is installed. Loaded by its path, the wheel's file reads the workbook.
# Heeded in: warehouse/contracts/site_contract.py leaves out sources that are no CSV (docs/contract-files.md).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'datacontract-cli[xlsx]==1.2.8' duckdb==1.5.5 \
  duckdb-extension-excel==1.5.5 openpyxl==3.1.5
cd "$folder"
export HOME=$folder HTTP_PROXY=http://127.0.0.1:9 # no extension from before, and no internet
cat >workbook.py <<'PY'
import logging
import sys
from importlib import resources
from importlib.metadata import version
from pathlib import Path

import duckdb
import openpyxl
from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)
book = openpyxl.Workbook()
for row in (["code", "mm"], ["rfa", 5]):
    book.active.append(row)
book.save("lesions.xlsx")
Path("contract.odcs.yaml").write_text("""
apiVersion: v3.1.0
kind: DataContract
id: lesions
version: 1.0.0
status: active
servers: [{server: file, type: local, path: lesions.xlsx, format: xlsx}]
schema: [{name: lesions, properties: [{name: code, logicalType: string}]}]
""")
run = DataContract(data_contract_file="contract.odcs.yaml").test()
why = [check.reason for check in run.checks if check.reason]
print(f"datacontract-cli {version('datacontract-cli')}: {run.result.value}, {why}")

folder = Path(str(resources.files("duckdb_extension_excel"))) / "extensions" / f"v{duckdb.__version__}"
held = sorted(path.name for path in folder.iterdir())
con = duckdb.connect()
con.execute(f"LOAD '{folder / held[0]}'")
rows = con.execute("FROM read_xlsx('lesions.xlsx')").fetchall()
print(f"duckdb-extension-excel {version('duckdb-extension-excel')} holds {held}; loaded by its path it reads {rows}")
is_as_noted = run.result.value == "failed" and "datacontract-cli[xlsx]" in " ".join(why)
if not is_as_noted or held != ["excel.duckdb_extension"] or rows != [("rfa", 5.0)]:
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore workbook.py
