"""Refuses requests from other hosts and other sites' pages to a server on loopback.

A request is answered only if its Host header names this machine, if its origin (when it gives one) is the page itself,
and if it changes things by POST alone (docs/decisions/0021).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
READING = ("GET", "HEAD")
WRITING = "POST"


class SameOrigin:
    """Refuse requests from a page of another origin, and every method except GET, HEAD and same-origin POST."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it (the ASGI interface)."""
        if scope["type"] in ("http", "websocket") and (why := _refused(scope)):
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": why})
                return
            await PlainTextResponse(why, 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def only_here(app: ASGIApp, hosts: Iterable[str] = LOCAL_HOSTS) -> ASGIApp:
    """Return the application behind the same refusals: requests for the named hosts from their own pages only."""
    return TrustedHostMiddleware(SameOrigin(app), allowed_hosts=list(hosts), www_redirect=False)


def _refused(scope: Scope) -> str:
    """Return why the request is refused, in one sentence; '' if it is not."""
    headers = Headers(scope=scope)
    host, origin, site = headers.get("host", ""), headers.get("origin"), headers.get("sec-fetch-site", "same-origin")
    method = scope.get("method", "GET")
    referer = headers.get("referer") if method == WRITING and origin is None else None
    if not all(_is_own_page(page, host) for page in (origin, referer) if page is not None):
        return "This request comes from a page that is not the registry's: open the interface itself."
    if scope["type"] == "websocket" or method == WRITING:
        return "" if site in ("same-origin", "none") else "Only the interface itself may change anything: open it."
    if scope["path"].rstrip("/").endswith("/graphql") and scope.get("query_string"):
        return "Send GraphQL queries by POST."
    return "" if method in READING else f"{method} is not allowed; use GET, HEAD or POST."


def _is_own_page(address: str, host: str) -> bool:
    """Return whether the address is a page that the guard itself serves, over plain HTTP on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.netloc == host
