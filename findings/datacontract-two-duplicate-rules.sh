#!/usr/bin/env bash
# Expected: a data contract with two rules of the metric duplicateValues for one table (two keys, say) is valid ODCS 3.1; each
#   rule gets a verdict, and the test fails if one of them is broken.
# Seen: datacontract-cli names a check by table, column and metric. Of two such rules the later one's verdict replaces the
#   earlier one's, and the later has none: a broken key is "passed" with the reason "was 1, expected = 0", and the command ends
#   with 0. In the other order the test fails. Two rowCount or nullValues rules end in "Duplicate column name" instead, which
#   at least fails, but takes the sound rules of the table along. Two rules of type sql are kept apart.
# Heeded in: warehouse/contracts/own_entries.py states each metric once for a column, and the second of a kind in SQL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'datacontract-cli[duckdb]==1.2.8' duckdb==1.5.5
cd "$folder"
printf 'patient_id,exam_id,modality\nP-1,E-1,ct\nP-1,E-1,mr\n' >exams.csv
contract() { # the two rules in this order
  cat <<YAML
apiVersion: v3.1.0
kind: DataContract
id: exams
version: 1.0.0
status: active
servers: [{server: file, type: local, path: exams.csv, format: csv}]
schema:
  - name: exams
    properties:
      - {name: patient_id, logicalType: string}
      - {name: exam_id, logicalType: string}
      - {name: modality, logicalType: string}
    quality:
      - {id: first, metric: duplicateValues, mustBe: 0, arguments: {properties: $1}}
      - {id: second, metric: duplicateValues, mustBe: 0, arguments: {properties: $2}}
YAML
}
key='[patient_id, exam_id]'
wide='[patient_id, exam_id, modality]'
contract "$key" "$wide" >broken-first.odcs.yaml
contract "$wide" "$key" >broken-second.odcs.yaml
venv/bin/datacontract --version
for order in first second; do
  venv/bin/datacontract lint "broken-$order.odcs.yaml" >lint.txt && echo "broken-$order is valid ODCS"
  code=0
  venv/bin/datacontract test "broken-$order.odcs.yaml" >test.txt 2>&1 || code=$?
  echo "the rule that is broken comes $order: exit code $code"
  printf '%s' "$code" >>codes.txt
done
cat >verdict.py <<'PY'
import logging
import sys

from datacontract.data_contract import DataContract

logging.disable(logging.CRITICAL)
run = DataContract(data_contract_file="broken-first.odcs.yaml").test()
said = [(c.result and c.result.value, c.reason) for c in run.checks if c.type == "model_duplicate_values"]
print(f"verdicts, {run.result.value} in all: {said}")
expected = [("passed", "Actual duplicate_count(exams) was 1, expected = 0"), (None, None)]
if run.result.value != "passed" or said != expected or open("codes.txt").read() != "01":
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore verdict.py
