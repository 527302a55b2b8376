"""The linear algebra of the models uses one thread."""

import json
import os
import subprocess
import sys

import pytest

CODE = "import orchestration, scipy.linalg, threadpoolctl, json; print(json.dumps(threadpoolctl.threadpool_info()))"


@pytest.mark.long
def test_linear_algebra_uses_one_thread() -> None:
    """Each BLAS that numpy and scipy load after this package has one thread, unless the environment says more."""
    for asked, expected in ((None, 1), ("2", min(2, os.cpu_count() or 1))):
        variables = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
        variables |= {"OPENBLAS_NUM_THREADS": asked} if asked else {}
        ran = subprocess.run([sys.executable, "-c", CODE], env=variables, capture_output=True, text=True, check=True)
        threads = {one["num_threads"] for one in json.loads(ran.stdout) if one["internal_api"] == "openblas"}
        assert threads == {expected}
