"""A client over /v1/verify, for what is no HTTP request of a web framework. Needs ``keyhold[client]``, which is httpx."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Accepted:
    """A key that may be used now, for what was asked."""

    key_id: str
    keyspace: str
    organization: str
    environment: str | None
    scopes: tuple[str, ...]
    name: str
    expires_at: str | None
    """RFC 3339, UTC."""
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Denied:
    reason: str
    """For you alone: never show it to who presented the key."""
    valid: bool = False


class CouldNotVerify(Exception):
    """Nothing was decided: Keyhold was not reached, or refused the question. Treat the key as not accepted."""


class Client:
    """Verifies keys; nothing is remembered from one call to the next. Close it, or use it as a context manager."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float = 2.0) -> None:
        """:param token: an operator token with the scope ``verify``."""
        self._http = httpx.Client(**_settings(url, token, timeout_seconds))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def verify(self, key: str, **question: Any) -> Accepted | Denied:
        """See :func:`question_body` for what can be asked.

        :raises CouldNotVerify: nothing was decided.
        """
        try:
            response = self._http.post("/v1/verify", json=question_body(key, **question))
        except httpx.HTTPError as error:
            raise CouldNotVerify(f"Keyhold could not be asked: {type(error).__name__}") from error
        return _read(response)


class AsyncClient:
    """:class:`Client`, for asyncio."""

    def __init__(self, url: str, token: str, *, timeout_seconds: float = 2.0) -> None:
        self._http = httpx.AsyncClient(**_settings(url, token, timeout_seconds))

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def verify(self, key: str, **question: Any) -> Accepted | Denied:
        try:
            response = await self._http.post("/v1/verify", json=question_body(key, **question))
        except httpx.HTTPError as error:
            raise CouldNotVerify(f"Keyhold could not be asked: {type(error).__name__}") from error
        return _read(response)


def question_body(
    key: str,
    *,
    keyspace: str | None = None,
    operation: str | None = None,
    scopes: Sequence[str] | None = None,
    client_ip: str | None = None,
    min_seq: int | None = None,
) -> dict[str, Any]:
    """
    :param operation: ``"POST /api/messages/send"``: the key must hold a scope that opens it.
    :param scopes: the key must hold all of them.
    :param min_seq: answer only from a state that has this change, as the ``seq`` of a mutation names it.
    """
    fields = {
        "key": key,
        "keyspace": keyspace,
        "operation": operation,
        "scopes": None if scopes is None else list(scopes),
        "client_ip": client_ip,
        "min_seq": min_seq,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _settings(url: str, token: str, timeout_seconds: float) -> dict[str, Any]:
    return {"base_url": url, "headers": {"Authorization": f"Bearer {token}"}, "timeout": timeout_seconds}


def _read(response: httpx.Response) -> Accepted | Denied:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.status_code != 200 or not isinstance(answer, dict):
        code = answer.get("code") if isinstance(answer, dict) else None
        raise CouldNotVerify(f"Keyhold answered {response.status_code} ({code or 'no code'})")
    if not answer["valid"]:
        return Denied(answer["reason"])
    return Accepted(
        key_id=answer["key_id"],
        keyspace=answer["keyspace"],
        organization=answer["organization"],
        environment=answer["environment"],
        scopes=tuple(answer["scopes"]),
        name=answer["name"],
        expires_at=answer["expires_at"],
    )
