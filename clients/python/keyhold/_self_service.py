import http.client
import logging
import ssl
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from ._forward_auth import HOP_BY_HOP, UNAVAILABLE, Denial, ForwardAuth

log = logging.getLogger("keyhold")

MAX_BODY_BYTES = 64 * 1024
"""One byte more is enough for Keyhold to say that it is too many."""

PASSED_ON = frozenset({"authorization", "content-encoding", "content-type", "idempotency-key"})

# Keyhold waits for every node before a revocation returns.
TIMEOUT_SECONDS = 30.0


class SelfService:
    """Has Keyhold answer the customers' own management of their keys, at a path of the application."""

    def __init__(self, url: str, keyspace: str, path: str, forward_auth: ForwardAuth) -> None:
        """
        :param path: such as ``/api/v1/api-keys``, without a slash at its end.
        :param forward_auth: of the same ``url`` and ``keyspace``.
        """
        if not path.startswith("/") or path.endswith("/"):
            raise ValueError(f'"{path}" is no place for self-service; give a path such as /api/v1/api-keys')
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = forward_auth.tls
        self._target = f"{parts.path.rstrip('/')}/v1/self-service/{quote(keyspace, safe='')}".encode("ascii")
        self._mount = path.encode("ascii")
        self._passed_on = PASSED_ON | {forward_auth.credential_header.lower()}

    def serves(self, target: bytes) -> bool:
        path = target.partition(b"?")[0]
        return path == self._mount or path.startswith(self._mount + b"/")

    def answer(
        self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes, client: str | None
    ) -> Denial:
        """Blocks until Keyhold has answered; never raises for what the network does."""
        try:
            return self._ask(method, self._target + target.removeprefix(self._mount), headers, body, client)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.error("Keyhold could not be asked (%s); the request got 503.", type(error).__name__)
            return UNAVAILABLE

    def _ask(
        self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes, client: str | None
    ) -> Denial:
        if self._tls is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        else:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=self._tls
            )
        try:
            connection.connect()
            connection.putrequest(method, target.decode("ascii"), skip_accept_encoding=True)
            for name, value in headers:
                if name.decode("latin-1").lower() in self._passed_on:
                    connection.putheader(name.decode("latin-1"), value)
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.putheader("Keyhold-Mount", self._mount)
            connection.putheader("X-Forwarded-For", client or "unknown")
            try:
                connection.endheaders(body)
            except (ConnectionError, ssl.SSLEOFError):
                # A body that is too long is answered before all of it is read.
                log.debug("Keyhold took no more of the body.")
            response = connection.getresponse()
            received = response.read()
            kept = tuple((name, value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP)
            length = response.headers["Content-Length"]
            if length is not None:
                kept += (("Content-Length", length),)
            return Denial(response.status, kept, received)
        finally:
            connection.close()
