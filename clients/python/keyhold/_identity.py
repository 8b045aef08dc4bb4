from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Who called: the key that was accepted."""

    key_id: str
    organization: str
    environment: str | None
    scopes: tuple[str, ...]
    age_seconds: float = 0.0
    """How long ago Keyhold said so. 0 unless a cache was asked for; a key revoked since then is accepted all the same."""
