"""Tests a data contract with datacontract-cli and prints what its rules counted.

`python -m benchmarks.datacontract_peer.check CONTRACT`, run by the environment of requirements.txt, prints seconds,
peak memory and the count of each check as JSON. Imports are not timed; reading the contract and connecting are.
"""

from __future__ import annotations

import json
import logging
import sys

from datacontract.data_contract import DataContract

from benchmarks.meter import Meter


def main(path: str) -> None:
    """Test the contract and print the figures."""
    logging.disable(logging.CRITICAL)
    meter = Meter()
    run = DataContract(data_contract_file=path).test()
    figures = meter.read()
    counts = {check.key: check.diagnostics["value"] for check in run.checks if check.category == "quality"}
    print(json.dumps(figures | {"counts": counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
