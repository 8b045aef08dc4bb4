import json
import socketserver
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from _told import OPTIONS, tell
from keyhold import KeyholdWSGIMiddleware


def application(environ, start_response):
    body = json.dumps(tell(environ["keyhold"], environ["REQUEST_METHOD"])).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = Server(("127.0.0.1", 0), Quiet)
server.set_app(KeyholdWSGIMiddleware(application, **OPTIONS))
print(server.server_port, flush=True)
server.serve_forever()
