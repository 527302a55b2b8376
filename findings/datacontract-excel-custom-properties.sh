#!/usr/bin/env bash
# Expected: a data contract that goes through the standard's Excel form (datacontract export excel, import excel) comes back as it
#   was, or the export refuses what the form cannot hold.
# Seen: the form depends on the contract's apiVersion. That of v3.1.0 has no place for customProperties of a quality rule: they are
#   left out with a warning and the command ends with 0. The same contract as v3.2.0 keeps them, nested lists too. In both, an example
#   that contains a comma comes back as two, and the text "1" as the number 1, without a word.
# Heeded in: nothing here reads that form; what a rule says under customProperties travels as YAML.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'datacontract-cli[excel]==1.2.8'
cd "$folder"
cat >round.py <<'PY'
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

CONTRACT = """
apiVersion: v{0}
kind: DataContract
id: sessions
version: 1.0.0
status: active
schema:
  - name: sessions
    logicalType: object
    physicalType: table
    properties:
      - name: power_w
        logicalType: number
        examples: ["Berlin, Mitte", "1"]
        quality:
          - id: HD-01
            metric: nullValues
            mustBe: 0
            customProperties: [{{property: canaries, value: [{{bad: {{power_w: ""}}}}]}}]
"""
seen = {}
for api in ("3.1.0", "3.2.0"):
    Path("in.yaml").write_text(CONTRACT.format(api))
    for step in ("export excel in.yaml --output form.xlsx", "import excel --source form.xlsx --output out.yaml"):
        subprocess.run(["venv/bin/datacontract", *step.split()], check=True, capture_output=True)
    given, back = (yaml.safe_load(Path(f"{name}.yaml").read_text())["schema"][0]["properties"][0] for name in ("in", "out"))
    kept = back["quality"][0].get("customProperties") == given["quality"][0]["customProperties"]
    seen[api] = (kept, back["examples"])
    print(f"datacontract-cli {version('datacontract-cli')}, v{api}: customProperties kept: {kept}; examples: {back['examples']}")
if seen != {"3.1.0": (False, ["Berlin", "Mitte", 1]), "3.2.0": (True, ["Berlin", "Mitte", 1])}:
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore round.py
