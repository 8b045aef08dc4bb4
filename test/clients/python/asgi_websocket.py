"""Opens a WebSocket through the middleware with each key on standard input, and prints what comes of it."""

import asyncio
import os
import sys

from keyhold import KeyholdMiddleware


async def application(scope, receive, send):
    await send({"type": "websocket.accept"})


async def open_socket(middleware, key):
    sent = []

    async def send(message):
        sent.append(message["type"])

    headers = [(b"authorization", f"Bearer {key}".encode())]
    scope = {"type": "websocket", "path": "/socket", "headers": headers, "client": ("127.0.0.1", 1)}
    await middleware(scope, None, send)
    print(*sent)


middleware = KeyholdMiddleware(application, url=os.environ["KEYHOLD_URL"], keyspace="localleads")
for line in sys.stdin.read().split():
    asyncio.run(open_socket(middleware, line))
