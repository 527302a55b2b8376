"""Starlette's client of an application, without a server or a browser."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would have httpx under another name, which the guard does not use
    from starlette.testclient import TestClient

__all__ = ["TestClient"]
