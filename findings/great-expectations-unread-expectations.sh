#!/usr/bin/env bash
# Expected: a suite in Great Expectations' JSON form that names an expectation the library cannot make (a slip in the type, or a
#   severity it does not know) is refused, or fails when it is run.
# Seen: ExpectationSuite logs a traceback, leaves that expectation out and goes on. A suite of which nothing is left evaluates 0
#   expectations and succeeds, on a column of nothing but nulls. A misspelt argument does raise, so slips differ by their place.
# Heeded in: warehouse/expectations/suite_form.py (each expectation is read and made by itself; without a result it is an error).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check great_expectations==1.24.1 pandas==2.3.3
cd "$folder"
cat >suites.py <<'PY'
import json
import logging
import os
import sys

os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
import pandas as pd
from great_expectations.data_context.types import base

logging.disable(logging.CRITICAL)  # the tracebacks
config = base.DataContextConfig(
    store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    progress_bars=base.ProgressBarsConfig(globally=False),
    analytics_enabled=False,
)
context = gx.get_context(mode="ephemeral", project_config=config)
asset = context.data_sources.add_pandas("frames").add_dataframe_asset("rows")
batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pd.DataFrame({"mm": [None, None]})})
sound = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "mm"}}
slips = {
    "as it should be": sound,
    "a slip in the type": sound | {"type": "expect_column_values_to_not_be_nul"},
    "an unknown severity": sound | {"severity": "error"},
}
seen = {}
for name, expectation in slips.items():
    suite = gx.ExpectationSuite(**json.loads(json.dumps({"name": name, "expectations": [expectation]})))
    result = batch.validate(suite)
    seen[name] = (len(suite.expectations), result.statistics["evaluated_expectations"], result.success)
    print(f"great_expectations {gx.__version__}, {name}: in the suite, evaluated, success: {seen[name]}")
if list(seen.values()) != [(1, 1, False), (0, 0, True), (0, 0, True)]:
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore suites.py
