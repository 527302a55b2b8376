"""A proxy in front of Dagster's web server that refuses requests from other hosts and other sites' pages.

Dagster's server has no users, so any page open in the same browser could start runs through it. A request, websockets
included, is passed on only if its Host header names this machine, if its origin (when it gives one) is the interface
itself, and if it changes things by POST alone (docs/decisions/0021).
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
import websockets
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from orchestration.same_origin import LOCAL_HOSTS, READING, WRITING, SameOrigin

OF_ONE_CONNECTION = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"),
    *("upgrade", "host", "content-length"),
}
"""Headers that concern a single connection (RFC 9110, 7.6.1), and those that the HTTP client sets itself."""


def guarded(upstream: str, hosts: Iterable[str] = LOCAL_HOSTS) -> Starlette:
    """Return the application that passes permitted requests for the named hosts on to `upstream` (host:port)."""
    client = httpx.AsyncClient(base_url=f"http://{upstream}", timeout=None, follow_redirects=False, trust_env=False)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    async def http(request: Request) -> Response:
        """Forward the request and stream the server's response back."""
        url = httpx.URL(path=request.url.path, query=request.url.query.encode() or None)
        body: AsyncIterator[bytes] | None = request.stream() if request.method == WRITING else None
        asked = client.build_request(request.method, url, headers=_passed_on(request.headers), content=body)
        try:
            answer = await client.send(asked, stream=True)
        except httpx.TransportError:
            return PlainTextResponse("The web server is not responding yet. Reload the page in a moment.", 503)
        passed = {k: v for k, v in answer.headers.items() if k not in OF_ONE_CONNECTION}
        return StreamingResponse(
            answer.aiter_raw(), answer.status_code, passed, background=BackgroundTask(answer.aclose)
        )

    async def websocket(socket: WebSocket) -> None:
        """Relay messages in both directions until one side closes."""
        query = f"?{socket.url.query}" if socket.url.query else ""
        address = f"ws://{upstream}{socket.url.path}{query}"
        protocols = [websockets.Subprotocol(name) for name in socket.scope.get("subprotocols", [])]
        async with websockets.connect(address, subprotocols=protocols or None, max_size=None, proxy=None) as server:
            await socket.accept(server.subprotocol)
            await _both_ways(socket, server)

    routes = [Route("/{path:path}", http, methods=[*READING, WRITING]), WebSocketRoute("/{path:path}", websocket)]
    trusted = Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    return Starlette(routes=routes, middleware=[trusted, Middleware(SameOrigin)], lifespan=lifespan)


def _passed_on(headers: Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OF_ONE_CONNECTION}


async def _both_ways(socket: WebSocket, server: websockets.ClientConnection) -> None:
    import asyncio
    from contextlib import suppress

    async def out() -> None:
        with suppress(WebSocketDisconnect, websockets.ConnectionClosed):
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await server.send(message.get("text") or message.get("bytes") or "")

    async def back() -> None:
        async for message in server:
            await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))

    tasks = [asyncio.create_task(out()), asyncio.create_task(back())]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    with suppress(RuntimeError):  # the browser has closed it already
        await socket.close()
