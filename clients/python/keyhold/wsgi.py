from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from ._forward_auth import ForwardAuth
from ._identity import Identity

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]


class KeyholdWSGIMiddleware:
    """Lets through only requests with a good key: ``app.wsgi_app = KeyholdWSGIMiddleware(app.wsgi_app, url=…, keyspace=…)``.

    The application finds the :class:`Identity` in ``environ["keyhold"]``. WSGI knows the path only decoded, so what is
    asked about is the path that the application sees, in its canonical spelling. The client's address is the server's
    own ``REMOTE_ADDR``.
    """

    def __init__(self, app: App, *, url: str, keyspace: str, **options: Any) -> None:
        """:param options: those of :class:`ForwardAuth`."""
        self._app = app
        self._forward_auth = ForwardAuth(url, keyspace, **options)
        self._variable = "HTTP_" + self._forward_auth.credential_header.upper().replace("-", "_")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        credential = environ.get(self._variable)
        outcome = self._forward_auth.decide(
            environ["REQUEST_METHOD"],
            _target_of(environ),
            [] if credential is None else [credential.strip(" \t").encode("latin-1")],
            environ.get("REMOTE_ADDR"),
        )
        if isinstance(outcome, Identity):
            return self._app({**environ, "keyhold": outcome}, start_response)
        start_response(f"{outcome.status} {HTTPStatus(outcome.status).phrase}", list(outcome.headers))
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else outcome.body]


def _target_of(environ: Environ) -> bytes:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    target = quote(path.encode("latin-1"), safe="/!$&'()*+,:=@~") or "/"
    query = environ.get("QUERY_STRING", "")
    return (f"{target}?{query}" if query else target).encode("latin-1")
