import hashlib
import http.client
import logging
import queue
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ._accepted_cache import AcceptedCache
from ._identity import Identity

log = logging.getLogger("keyhold")

# They belong to the connection to Keyhold, or are written by the server that answers the client.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "content-length"})

MAX_IDLE_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Denial:
    """The answer a request gets instead of the application's: Keyhold's own, byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Content-Length included."""
    body: bytes


def _unavailable() -> Denial:
    body = b'{"type":"urn:keyhold:problem:unavailable","title":"Service unavailable","status":503,"code":"unavailable"}'
    headers = (
        ("Retry-After", "1"),
        ("Cache-Control", "no-store"),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
    )
    return Denial(503, headers, body)


UNAVAILABLE = _unavailable()


class ForwardAuth:
    """Asks a Keyhold server about requests, over connections that are kept. Safe to use from many threads.

    Keyhold answers such questions only to loopback, to its ``trusted_proxies`` and on its own terms: 200 with the
    identity, or the denial that the client is to get.
    """

    def __init__(
        self,
        url: str,
        keyspace: str,
        *,
        credential_header: str = "Authorization",
        timeout_seconds: float = 2.0,
        cache_seconds: float = 0.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """
        :param url: where Keyhold answers, such as ``http://127.0.0.1:8080``.
        :param credential_header: the header in which the keyspace's keys stand.
        :param cache_seconds: how long an acceptance is remembered. With more than 0 a revoked key goes on being
            accepted for up to that long: the promise that a revocation is instant is given up for speed.
        :param ssl_context: what an ``https`` address has to prove; for a private authority
            ``ssl.create_default_context(cafile=…)``. Default: what Python trusts.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            raise ValueError(f'"{url}" is no http or https address; give one such as http://127.0.0.1:8080')
        self._host = parts.hostname
        self._port = parts.port
        self._tls = (ssl_context or ssl.create_default_context()) if parts.scheme == "https" else None
        self._path = f"{parts.path.rstrip('/')}/v1/authorize/{quote(keyspace, safe='')}"
        self._credential_header = credential_header
        self._timeout_seconds = timeout_seconds
        self._cache = AcceptedCache(cache_seconds)
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue(MAX_IDLE_CONNECTIONS)

    @property
    def credential_header(self) -> str:
        return self._credential_header

    @property
    def tls(self) -> ssl.SSLContext | None:
        """None: the address is plain HTTP."""
        return self._tls

    def remembered(
        self, method: str, target: bytes, credentials: Sequence[bytes], client_address: str | None
    ) -> Identity | None:
        """The acceptance that the cache holds, without any I/O."""
        return self._cache.find(_fingerprint(method, target, credentials, client_address))

    def decide(
        self, method: str, target: bytes, credentials: Sequence[bytes], client_address: str | None
    ) -> Identity | Denial:
        """Decides about one request. Blocks for up to ``timeout_seconds``; never raises for what the network does.

        :param target: path and query as the client wrote them.
        :param credentials: the values of every line of the credential's header, in order.
        :param client_address: needed by keys that are limited to networks.
        """
        question = _fingerprint(method, target, credentials, client_address)
        remembered = self._cache.find(question)
        if remembered is not None:
            return remembered
        asked_at = self._cache.now()
        headers: list[tuple[str, str | bytes]] = [(self._credential_header, value) for value in credentials]
        headers += [("X-Original-Method", method), ("X-Original-URI", target)]
        if client_address is not None:
            headers.append(("X-Forwarded-For", client_address))
        try:
            response, body = self._ask(headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            log.error("Keyhold could not be asked (%s); the request got 503.", type(error).__name__)
            return UNAVAILABLE
        if response.status == 200:
            identity = _to_identity(response)
            self._cache.store(question, identity, asked_at)
            return identity
        if response.status not in (400, 401, 403, 503):
            log.error(
                "Keyhold answered %d: check the keyspace, and that this machine is loopback or in its trusted_proxies.",
                response.status,
            )
            return UNAVAILABLE
        kept = tuple((name, value) for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP)
        return Denial(response.status, (*kept, ("Content-Length", str(len(body)))), body)

    def _ask(self, headers: list[tuple[str, str | bytes]]) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            return self._exchange(self._connect(), headers)
        try:
            return self._exchange(connection, headers)
        except (ConnectionError, http.client.BadStatusLine):
            # A kept connection may have been closed meanwhile. The question changes nothing, so it can be put again.
            return self._exchange(self._connect(), headers)

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout_seconds, context=self._tls
        )

    def _exchange(
        self, connection: http.client.HTTPConnection, headers: list[tuple[str, str | bytes]]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            connection.putrequest("GET", self._path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            body = response.read()
        except BaseException:
            connection.close()
            raise
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()
        return response, body


def _to_identity(response: http.client.HTTPResponse) -> Identity:
    return Identity(
        key_id=response.headers["Keyhold-Key-Id"],
        organization=response.headers["Keyhold-Organization"],
        environment=response.headers["Keyhold-Environment"],
        scopes=tuple((response.headers["Keyhold-Scopes"] or "").split()),
    )


def _fingerprint(method: str, target: bytes, credentials: Sequence[bytes], client_address: str | None) -> bytes:
    """A question as a hash, so that a cache holds no key. The query decides nothing and is not part of it."""
    path = target.partition(b"?")[0]
    parts = [method.encode(), path, (client_address or "").encode(), *credentials]
    return hashlib.sha256(b"\n".join(parts)).digest()
