import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from ._identity import Identity

MAX_ENTRIES = 10_000


class AcceptedCache:
    """Remembers acceptances for a while. Denials are asked for again each time, so that a new key works at once."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._entries: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, question: bytes) -> Identity | None:
        if self._seconds <= 0:
            return None
        with self._lock:
            entry = self._entries.get(question)
            if entry is None:
                return None
            asked_at, identity = entry
            age_seconds = self._now() - asked_at
            if age_seconds < self._seconds:
                return replace(identity, age_seconds=age_seconds)
            del self._entries[question]
            return None

    def now(self) -> float:
        """What an answer has to be stored with: read it before the question is sent."""
        return self._now()

    def store(self, question: bytes, identity: Identity, asked_at: float) -> None:
        if self._seconds <= 0:
            return
        with self._lock:
            self._entries[question] = (asked_at, identity)
            self._entries.move_to_end(question)
            if len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)
