import socket

import uvicorn
from _told import OPTIONS, tell
from fastapi import FastAPI, Request
from keyhold import KeyholdMiddleware

app = FastAPI()
app.add_middleware(KeyholdMiddleware, **OPTIONS)


@app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT"])
async def answer(request: Request):
    return tell(request.state.keyhold, request.method)


listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
