#!/bin/bash
# Expected: with pytest-xdist's `--dist loadgroup`, tests that share an xdist_group run in one worker, so that a fixture of the
#   group is made once.
# Seen: pytest-xdist 3.8.0 with pytest 9.2.0 deals the tests of a group to both workers, without a word: xdist appends the
#   group to the test's private `_nodeid`, and pytest 9.2 no longer derives the test's id from it. A fixture of 20 s is made
#   twice, and tests that must not run beside each other do. `--dist loadfile` and pytest 9.0.3 still group.
# Heeded in: pyproject.toml (`--dist loadfile`).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/test_grouped.py" <<'PYTHON'
import time

import pytest


@pytest.mark.xdist_group("one")
@pytest.mark.parametrize("n", range(8))
def test_in_a_group(n, worker_id, request):
    time.sleep(0.2)
    with open(request.config.rootpath / "workers.txt", "a") as file:
        file.write(worker_id + "\n")
PYTHON
workers() { # PYTEST DIST: how many workers ran the tests of the group
    python3 -m venv --clear "$folder/venv"
    "$folder/venv/bin/pip" install -q --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
    rm -f "$folder/workers.txt"
    (cd "$folder" && venv/bin/python -m pytest -q -p no:cacheprovider --rootdir . -n 2 --dist "$2" test_grouped.py >/dev/null)
    sort -u "$folder/workers.txt" | wc -l
}
before=$(workers 9.0.3 loadgroup) now=$(workers 9.2.0 loadgroup) file=$(workers 9.2.0 loadfile)
echo "workers of one group: pytest 9.0.3 loadgroup $before, pytest 9.2.0 loadgroup $now, pytest 9.2.0 loadfile $file"
[ "$before" = 1 ] && [ "$now" = 2 ] && [ "$file" = 1 ]
