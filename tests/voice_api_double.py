"""A double of the voice APIs on loopback: it answers as their SDKs expect, keeps what reached it, and fails when it is told to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "telnyx": {"data": {"call_control_id": "v3:double", "record_type": "call"}},
    "texml": {"call_sid": "v3:double", "sid": "v3:double", "from": "+861085550123", "to": "+8613800130001", "status": "queued"},
    "vapi": {"id": "vapi-double", "orgId": "org", "createdAt": "2026-11-24T02:00:00Z", "updatedAt": "2026-11-24T02:00:00Z"},
    "retell": {"call_id": "retell-double", "agent_id": "agent", "call_type": "phone_call", "call_status": "registered"},
}


class VoiceApi:
    """`seen` are (verb, path, body, headers) in the order of their arrival; `script` the statuses of the next answers."""

    def __init__(self, answer):
        self.seen, self.script, self.answer = [], [], answer
        double = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                double.seen.append((self.command, self.path, content, {k.lower(): v for k, v in self.headers.items()}))
                status = double.script.pop(0) if double.script else 200
                if status == "cut":
                    self.connection.close()
                    return
                answer = double.answer if status < 300 else {"error": status}
                said = json.dumps(answer).encode()
                self.send_response(status)
                if isinstance(status, int) and status in (307, 308):
                    self.send_header("location", self.path)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(said)))
                self.send_header("retry-after-ms", "1")
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - so the server has them

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def bodies(self):
        return [json.loads(content) for _, _, content, _ in self.seen]

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
