"""Variants of one claim: the first few run in `make test`, all of them in `make test-all`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def quick(n: int, values: Iterable[Any]) -> list[Any]:
    """Return the values for parametrize, all but the first `n` marked long; several parameters come as a tuple."""
    return [
        value if place < n else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.long)
        for place, value in enumerate(values)
    ]
