"""Fixtures of the erasure's tests."""

from tests.warehouse.conftest import kit

__all__ = ["kit"]
