"""API keys checked by Keyhold: middleware that asks forward-auth, and a client over /v1/verify (needs httpx)."""

from ._forward_auth import Denial, ForwardAuth, Identity
from .asgi import KeyholdMiddleware
from .wsgi import KeyholdWSGIMiddleware

__all__ = ["Denial", "ForwardAuth", "Identity", "KeyholdMiddleware", "KeyholdWSGIMiddleware"]
