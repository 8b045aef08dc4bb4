import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from ._forward_auth import Denial, ForwardAuth
from ._identity import Identity
from ._self_service import MAX_BODY_BYTES, SelfService

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class KeyholdMiddleware:
    """Lets through only requests with a good key: ``app.add_middleware(KeyholdMiddleware, url=…, keyspace=…)``.

    The application finds the :class:`Identity` in ``scope["keyhold"]`` and, with Starlette and FastAPI, in
    ``request.state.keyhold``. The client's address is the server's own ``scope["client"]``.
    """

    def __init__(
        self, app: App, *, url: str, keyspace: str, self_service_path: str | None = None, **options: Any
    ) -> None:
        """
        :param self_service_path: where customers manage their own keys; Keyhold answers there. Default: nowhere.
        :param options: those of :class:`ForwardAuth`.
        """
        self._app = app
        self._forward_auth = ForwardAuth(url, keyspace, **options)
        self._header_name = self._forward_auth.credential_header.lower().encode("ascii")
        self._self_service = (
            None
            if self_service_path is None
            else SelfService(url, keyspace, self_service_path, self._forward_auth)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        self_service = self._self_service
        if self_service is not None and scope["type"] == "http" and self_service.serves(_target_of(scope)):
            body = await _read_body(receive)
            client = scope.get("client")
            question = (scope["method"], _target_of(scope), scope["headers"], body, client[0] if client else None)
            await _answer_with(await asyncio.to_thread(self_service.answer, *question), send)
            return
        outcome = await self._decide(scope)
        if isinstance(outcome, Identity):
            state = {**scope.get("state", {}), "keyhold": outcome}
            await self._app({**scope, "keyhold": outcome, "state": state}, receive, send)
        elif scope["type"] == "http":
            await _answer_with(outcome, send)
        else:
            # Before the handshake is accepted, a close is an HTTP 403.
            await send({"type": "websocket.close", "code": 1008})

    async def _decide(self, scope: Scope) -> Identity | Denial:
        method = scope.get("method", "GET")
        credentials = [value for name, value in scope["headers"] if name.lower() == self._header_name]
        client = scope.get("client")
        question = (method, _target_of(scope), credentials, client[0] if client else None)
        remembered = self._forward_auth.remembered(*question)
        return remembered or await asyncio.to_thread(self._forward_auth.decide, *question)


def _target_of(scope: Scope) -> bytes:
    raw_path = scope.get("raw_path") or quote(scope["path"], safe="/!$&'()*+,:=@~").encode("ascii")
    query = scope.get("query_string", b"")
    return raw_path.partition(b"?")[0] + (b"?" + query if query else b"")


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body[: MAX_BODY_BYTES + 1]


async def _answer_with(denial: Denial, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in denial.headers]
    await send({"type": "http.response.start", "status": denial.status, "headers": headers})
    await send({"type": "http.response.body", "body": denial.body})
