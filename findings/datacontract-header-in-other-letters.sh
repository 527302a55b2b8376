#!/usr/bin/env bash
# Expected: datacontract-cli finds the columns of a CSV file whatever the case of their names, as DuckDB does, or says that they
#   are missing.
# Seen: with CODE in the file and code in the contract, the check that the column is present passes (names are compared without
#   case), but the table that all other checks read is filled from names that agree to the letter (an INTERSECT of texts). So the
#   column is judged as empty: codes outside their list and values below the minimum pass, and so does the whole test.
#   Only `required` fails. Headers in the contract's letters fail, as they should.
# Heeded in: warehouse/contracts/site_contract.py writes the header of the site's file to the letter (docs/contract-files.md).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'datacontract-cli[duckdb]==1.2.8' duckdb==1.5.5
cd "$folder"
cat >contract.odcs.yaml <<'YAML'
apiVersion: v3.1.0
kind: DataContract
id: lesions
version: 1.0.0
status: active
servers: [{server: file, type: local, path: lesions.csv, format: csv}]
schema:
  - name: lesions
    properties:
      - name: code
        logicalType: string
        quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [rfa, mwa]}}]
      - name: mm
        logicalType: number
        logicalTypeOptions: {minimum: 2}
YAML
cat >headers.py <<'PY'
import logging
import sys
from importlib.metadata import version
from pathlib import Path

from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)
seen = {}
for header in ("code,mm", "CODE,MM"):
    Path("lesions.csv").write_text(f"{header}\nlaser,-5\n")
    run = DataContract(data_contract_file="contract.odcs.yaml").test()
    seen[header] = (run.result.value, [c.result.value for c in run.checks])
    print(f"datacontract-cli {version('datacontract-cli')}, header {header}: {seen[header]}")
if seen["code,mm"][0] != "failed" or seen["CODE,MM"] != ("passed", ["passed"] * 4):
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore headers.py
