from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from ._forward_auth import Denial, ForwardAuth
from ._identity import Identity
from ._self_service import MAX_BODY_BYTES, SelfService

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class KeyholdWSGIMiddleware:
    """Lets through only requests with a good key: ``app.wsgi_app = KeyholdWSGIMiddleware(app.wsgi_app, url=…, keyspace=…)``.

    The application finds the :class:`Identity` in ``environ["keyhold"]``. WSGI knows the path only decoded, so what is
    asked about is the path that the application sees, in its canonical spelling. The client's address is the server's
    own ``REMOTE_ADDR``.
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
        self._variable = "HTTP_" + self._forward_auth.credential_header.upper().replace("-", "_")
        self._self_service = (
            None
            if self_service_path is None
            else SelfService(url, keyspace, self_service_path, self._forward_auth)
        )

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        target = _target_of(environ)
        if self._self_service is not None and self._self_service.serves(target):
            outcome = self._manage(self._self_service, environ, target)
        else:
            outcome = self._decide(environ, target)
        if isinstance(outcome, Identity):
            return self._app({**environ, "keyhold": outcome}, start_response)
        start_response(f"{outcome.status} {HTTPStatus(outcome.status).phrase}", list(outcome.headers))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else outcome.body]

    def _decide(self, environ: Environ, target: bytes) -> Identity | Denial:
        credential = environ.get(self._variable)
        return self._forward_auth.decide(
            environ["REQUEST_METHOD"],
            target,
            [] if credential is None else [credential.strip(" \t").encode("latin-1")],
            environ.get("REMOTE_ADDR"),
        )

    def _manage(self, self_service: SelfService, environ: Environ, target: bytes) -> Denial:
        return self_service.answer(
            environ["REQUEST_METHOD"],
            target,
            _headers_of(environ),
            _read_body(environ),
            environ.get("REMOTE_ADDR"),
        )


def _target_of(environ: Environ) -> bytes:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    target = quote(path.encode("latin-1"), safe="/!$&'()*+,:=@~") or "/"
    query = environ.get("QUERY_STRING", "")
    return (f"{target}?{query}" if query else target).encode("latin-1")


def _headers_of(environ: Environ) -> list[tuple[bytes, bytes]]:
    named = [(name.removeprefix("HTTP_"), value) for name, value in environ.items() if name.startswith("HTTP_")]
    named.append(("CONTENT_TYPE", environ.get("CONTENT_TYPE", "")))
    return [
        (name.replace("_", "-").lower().encode("latin-1"), value.encode("latin-1")) for name, value in named if value
    ]


def _read_body(environ: Environ) -> bytes:
    most = MAX_BODY_BYTES + 1
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        most = min(most, int(length))
    elif not environ.get("wsgi.input_terminated"):
        # Without a length such a server does not say where the body ends.
        return b""
    return environ["wsgi.input"].read(most)
