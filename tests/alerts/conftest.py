"""Servers that listen, and the secrets that alerts.toml names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.alerts.listeners import MailServer, WebServer, served


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server that listens."""
    with MailServer() as server, served(server):
        yield server


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A web server that listens."""
    with WebServer() as server, served(server):
        yield server


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_WORD", "open sesame")
    monkeypatch.setenv("HOOK_WORD", "Bearer 17")
