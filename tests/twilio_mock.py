"""A mock server of Twilio's published specification: it validates every request against it, and answers what it says.

`tools/twilio_spec.py` cuts `twilio_api/openapi.json`. What is not in it is answered 404; what breaks its schema, or has a parameter
that it does not know, 400; both are kept in `refused`. A call that names a status callback is told of when `ends` says how.
"""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from jsonschema import Draft4Validator
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator

HERE = Path(__file__).parent / "twilio_api"
SPEC = json.loads((HERE / "openapi.json").read_text(encoding="utf-8"))
ACCOUNT, TOKEN = "AC" + "0" * 32, "no-token-of-anybody"
PATIENCE_S = 60


def schema(found):
    """Return a schema of OpenAPI 3.0 as JSON Schema: `nullable` is another type, references are put in their place."""
    if isinstance(found, list):
        return [schema(each) for each in found]
    if not isinstance(found, dict):
        return found
    if "$ref" in found:
        return schema(SPEC["components"]["schemas"][found["$ref"].rpartition("/")[2]])
    made = {key: schema(value) for key, value in found.items() if key != "nullable"}
    if found.get("nullable") and "type" in made:
        made = {"anyOf": [{"type": "null"}, made]}
    return made


def typed(value, wanted):
    """Return a form's text as the type that its schema asks for, where it can be read as one."""
    kind = wanted.get("type")
    if kind == "array":
        return [typed(each, wanted.get("items", {})) for each in value]
    text = value[-1] if isinstance(value, list) else value
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind is None or kind == "object":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


class Twilio:
    """What a test has at hand: `served` has every request that was valid, `failing` the next answers, `port` where it listens."""

    def __init__(self):
        self.served, self.refused, self.failing, self.told = [], [], [], []
        self.ends = None
        self._numbers = iter(range(1, 10**6))
        self.open = {}
        self.threads = []
        self.routes = [
            (
                urlsplit(item["servers"][0]["url"]).hostname,
                re.compile(re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(path))),
                path,
                item,
            )
            for path, item in SPEC["paths"].items()
        ]

    def called(self):
        """Return whom calls were placed to, as a network would be asked."""
        return [form["To"] for _, _, form in self.served if "To" in form]

    def answer(self, method, host, target, body):
        """Return a status and a body."""
        split = urlsplit(target)
        found = next(
            (
                (path, item, form.fullmatch(split.path))
                for where, form, path, item in self.routes
                if where == host and form.fullmatch(split.path)
            ),
            None,
        )
        operation = found and found[1].get(method.lower())
        if not operation:
            self.refused.append((method, host, split.path))
            return 404, {"code": 20404, "message": "the requested resource was not found", "status": 404}
        path, _, match = found
        wanted = [each for each in operation.get("parameters", ()) if each["in"] == "path"]
        values = dict(zip(re.findall(r"\{(\w+)\}", path), match.groups(), strict=True))
        problems = [
            f"{each['name']}" for each in wanted if not Draft4Validator(schema(each["schema"])).is_valid(values[each["name"]])
        ]
        form = {}
        if method == "POST":
            whole = schema(
                operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {}).get("schema", {})
            )
            known = whole.get("properties", {})
            said = parse_qs(body, keep_blank_values=True, strict_parsing=bool(body))
            form = {name: typed(value, known.get(name, {})) for name, value in said.items()}
            problems += [f"{name} is not known" for name in form if name not in known]
            problems += [
                f"{name} is said twice"
                for name, value in said.items()
                if len(value) > 1 and known.get(name, {}).get("type") != "array"
            ]
            problems += [error.message for error in Draft4Validator(whole).iter_errors(form)]
        if problems:
            self.refused.append((method, host, split.path, *problems))
            return 400, {"code": 21211, "message": "; ".join(problems), "status": 400}
        self.served.append((method, split.path, form))
        if self.failing:
            status = self.failing.pop(0)
            return status, {"code": 20000 + status, "message": "as the test asked", "status": status}
        return self._say(operation, form)

    def _say(self, operation, form):
        status, answer = next((int(code), each) for code, each in operation["responses"].items() if code.startswith("2"))
        content = answer["content"]["application/json"]
        examples = content.get("examples", {})
        body = dict(next(iter(examples.values()))["value"]) if examples else {}
        sid = f"CA{next(self._numbers):032x}"
        for key, value in {"sid": sid, "call_sid": sid, "to": form.get("To"), "from": form.get("From"), "status": "queued"}.items():
            if key in body and value is not None and (key not in {"sid", "status"} or str(body.get("sid", "")).startswith("CA")):
                body[key] = value
        errors = [error.message for error in Draft4Validator(schema(content["schema"])).iter_errors(body)]
        assert errors == [], errors
        if form.get("StatusCallback"):
            self.open[sid] = form
            if self.ends is not None:
                self.threads.append(threading.Thread(target=self.tell, args=(sid,), kwargs=self.ends))
                self.threads[-1].start()
        return status, body

    def tell(self, sid, **said):
        """Ask a call's status callback, signed as Twilio signs; keep the status that it was answered with."""
        form = self.open[sid]
        url = form["StatusCallback"]
        sent = {
            "CallSid": sid,
            "AccountSid": ACCOUNT,
            "To": form["To"],
            "From": form.get("From", ""),
            "Direction": "outbound-api",
        } | said
        signature = RequestValidator(TOKEN).compute_signature(url, sent)
        answer = httpx.post(url, data=sent, headers={"X-Twilio-Signature": signature}, timeout=PATIENCE_S)
        self.told.append(answer.status_code)

    def ended(self):
        """Wait until everybody was told."""
        for thread in self.threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
        self.threads.clear()


@contextmanager
def server(handle):
    """Serve by `handle(method, host, target, body, headers)` in threads; give the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            answer = handle(self.command, self.headers["X-Host"], self.path, body, self.headers)
            if answer is None:
                self.close_connection = True
                return
            status, said = answer
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST  # noqa: N815 - the server's

        def log_message(self, *_):
            """Say nothing."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.daemon_threads = True
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield served.server_address[1]
    finally:
        served.shutdown()
        thread.join()
        served.server_close()


@contextmanager
def twilio():
    """Start the mock server."""
    mock = Twilio()
    with server(lambda method, host, target, body, _: mock.answer(method, host, target, body)) as port:
        mock.port = port
        yield mock
        mock.ended()


def rebased(port, url, headers):
    """Return an address at the mock server, and the headers that say which host was meant."""
    split = urlsplit(url)
    return f"http://127.0.0.1:{port}{split.path}{'?' + split.query if split.query else ''}", {**headers, "X-Host": split.hostname}


class Wire(TwilioHttpClient):
    """Twilio's own client, whose requests go to the mock server."""

    def __init__(self, port, **more):
        super().__init__(timeout=PATIENCE_S, **more)
        self.port = port

    def request(self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False):
        there, headers = rebased(self.port, url, headers or {})
        return super().request(method, there, params, data, headers, auth, timeout, allow_redirects)


class AsyncWire(AsyncTwilioHttpClient):
    """The same for a loop."""

    def __init__(self, port, **more):
        super().__init__(**more)
        self.port = port

    async def request(self, method, url, params=None, data=None, headers=None, auth=None, timeout=None, allow_redirects=False):  # noqa: ASYNC109 - the library's
        there, headers = rebased(self.port, url, headers or {})
        return await super().request(method, there, params, data, headers, auth, PATIENCE_S, allow_redirects)
