"""Fixtures of the tests by site and over time."""

from tests.warehouse.conftest import kit

__all__ = ["kit"]
