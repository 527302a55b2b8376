"""The released demonstration study, shared by the session."""

from tests.e2e.demonstration import demonstration

__all__ = ["demonstration"]
