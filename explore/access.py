"""Lets in only who has the key, and tells the browser to load and send nothing elsewhere.

Every user of a machine can connect to its loopback, whatever the rights of the releases' files. So the address that
the command prints holds a key; the browser gets it as a cookie, which pages of other sites cannot use
(docs/decisions/0041).
"""

import hmac
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY, SEEN = "key", "seen"
WITHOUT_KEY = "Open the address that `registry {command}` printed: it holds the key to this page."
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline'",  # drawings carry their colours as style attributes
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
NOT_STORED = {"cache-control": "no-store"}
"""What a page says of patients stays out of the browser's cache on disk."""


class OnlyWithKey:
    """Refuse requests without the key, and add the headers that keep the page to itself.

    `port` is part of the cookie's name, because a browser sends cookies to every port of a machine.
    `command` printed the address.
    """

    def __init__(self, app: ASGIApp, key: str, port: int, command: str = "explore"):
        self.app, self.key, self.cookie = app, key, f"{command}-{port}"
        self.refusal = WITHOUT_KEY.format(command=command)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on or refuse it (the ASGI interface)."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.query_params.get(KEY)
        if given is not None and request.method == "GET" and self._fits(given):
            await self._welcome(request)(scope, receive, _with_headers(send))
        elif self._fits(request.cookies.get(self.cookie, "")):
            await self.app(scope, receive, _with_headers(send))
        else:
            refusal = Response(self.refusal, 403, media_type="text/plain")
            await refusal(scope, receive, _with_headers(send))

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.key.encode())

    def _welcome(self, request: Request) -> Response:
        """Send the browser to the same address without the key, which stays in a cookie until the browser ends."""
        rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != KEY])
        answer = RedirectResponse(f"{request.url.path}?{rest}" if rest else request.url.path, 303)
        answer.set_cookie(self.cookie, self.key, httponly=True, samesite="lax")
        return answer


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            named = {name.decode().lower() for name, _ in message["headers"]}
            own = HEADERS | ({} if "cache-control" in named else NOT_STORED)
            message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in own.items())]
        await send(message)

    return sent
