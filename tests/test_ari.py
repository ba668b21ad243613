"""The guard before Asterisk's REST interface: requests are read, and clients guarded; what answers is no Asterisk."""

import asyncio
import inspect
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import requests
import urllib3

from callguard import DialDenied
from callguard.commands.ari_commands import TABLES
from callguard.commands.ari_following import Channels
from callguard.dialers.ari import Ari, AsyncTransport, Transport
from callguard.judging import Denied, Judge, calling
from proxy_world import LOG
from samples import CALLER, MOBILE, OTHER, guard

TRUNK, POLICE = f"PJSIP/{MOBILE}@trunk", "PJSIP/110@trunk"
FORM = "application/x-www-form-urlencoded"


class At:
    """A guarded client of httpx, before what answers everything and keeps what came."""

    def __init__(self, **more):
        self.guard = guard(extra=LOG)
        self.ari = Ari(Judge(**{"guard": self.guard, "campaign": "notice", "caller": CALLER} | more))
        self.came = []
        self.status, self.error = 200, None
        self.client = self.ari.guarded(httpx.Client(base_url="http://127.0.0.1:8088/", transport=httpx.MockTransport(self.answer)))

    def answer(self, request):
        self.came.append(f"{request.method} {request.url.raw_path.decode()}")
        if self.error is not None:
            raise self.error
        return httpx.Response(self.status, json={"id": f"made-{len(self.came)}"})

    def post(self, path, **more):
        return self.client.post(f"ari/{path}", **more)

    def outcomes(self):
        return [(entry.outcome, entry.released is not None) for entry in self.guard.log.search(reason="allowed")]


@pytest.fixture
def at():
    found = At()
    with found.client:
        yield found


def why(call, *args, **more):
    """Return why a call is denied; None where it is not."""
    try:
        call(*args, **more)
    except DialDenied as denied:
        return denied.decision.reason
    except Denied as denied:
        return str(denied)
    return None


# ── what is asked for


@pytest.mark.parametrize(
    ("path", "query", "body", "reason"),
    [
        ("channels", {"endpoint": POLICE, "app": "a"}, None, "protected-number"),
        ("channels", {}, {"endpoint": POLICE, "app": "a"}, "protected-number"),
        ("channels", {"endpoint": TRUNK, "app": "a"}, {"endpoint": POLICE}, "command-unreadable"),
        ("channels", {"endpoint": [TRUNK, POLICE]}, None, "command-unreadable"),
        ("channels", {"endpoint": TRUNK, "extension": "110", "context": "out"}, None, "protected-number"),
        ("channels", {"endpoint": TRUNK}, {"extension": "110"}, "protected-number"),
        ("channels", {"endpoint": TRUNK}, {"extension": 110}, "command-unreadable (channels)"),
        ("channels", {"endpoint": "PJSIP/1000", "app": "a"}, None, "target-inside"),
        ("channels", {"endpoint": f"{TRUNK}&{POLICE}", "app": "a"}, None, "target-unreadable (channels)"),
        ("channels", {"endpoint": "PJSIP/${N}@trunk", "app": "a"}, None, "target-unreadable (channels)"),
        ("channels", {"app": "a"}, None, "target-unreadable (channels)"),
        ("channels", {"endpoint": TRUNK, "callerId": "Xinghe <10086>"}, None, "caller-unknown"),
        ("channels", {"endpoint": TRUNK}, {"variables": {"SHELL(x)": "1"}}, "command-unreadable (variables)"),
        ("channels", {"endpoint": TRUNK}, {"variables": {"A": 1}}, "command-unreadable (variables)"),
        ("channels", {"endpoint": TRUNK}, {"variables": "A=1"}, "command-unreadable (variables)"),
        ("channels", {"endpoint": TRUNK}, {"variables": {"CALLGUARD_CALLER": "010-8555-0124"}}, None),
        (
            "channels",
            {"endpoint": TRUNK, "callerId": CALLER},
            {"variables": {"CALLGUARD_CALLER": "010-8555-0124"}},
            "caller-conflict",
        ),
        ("channels", {"endpoint": TRUNK}, {"variables": {"CALLGUARD_CAMPAIGN": "no-such"}}, "policy-failure"),
        ("channels/mine", {"endpoint": POLICE, "app": "a"}, None, "protected-number"),
        ("channels/mine", {"endpoint": TRUNK, "app": "a"}, None, None),
        ("channels/mine/redirect", {"endpoint": POLICE}, None, "protected-number"),
        ("channels/mine/redirect", {"endpoint": TRUNK}, None, None),
        ("channels/mine/continue", {"extension": "110", "context": "out"}, None, "protected-number"),
        ("channels/mine/continue", {"extension": MOBILE, "context": "out"}, None, None),
        ("channels/mine/continue", {"extension": "s", "context": "ivr"}, None, None),
        ("channels/mine/continue", {"context": "out"}, None, "command-unreadable (continue)"),
        ("channels/mine/dial", {}, None, "target-unreadable (dial)"),
        ("channels/mine/dtmf", {"dtmf": "110"}, None, "command-unknown (dtmf)"),
        ("channels/mine/variable", {"variable": "A", "value": "1"}, None, "command-unknown (variable)"),
        ("channels/mine/answer", {}, None, None),
        ("channels/externalMedia", {"app": "a", "external_host": "127.0.0.1:4000", "format": "ulaw"}, None, None),
        ("channels/externalmedia", {"endpoint": POLICE}, None, "protected-number"),  # a channel of that name
        ("bridges/b/addChannel", {"channel": "mine"}, None, None),
        ("bridges/b/of-a-newer-one", {}, None, "command-unknown"),
        ("", {}, None, "command-unreadable"),
        ("%63hannels", {"endpoint": POLICE, "app": "a"}, None, "protected-number"),
        ("channels/", {"endpoint": POLICE, "app": "a"}, None, "command-unreadable"),
        ("channels/a%2Fdial", {"endpoint": POLICE, "app": "a"}, None, "command-unreadable"),
        ("channels/%2E%2E", {"endpoint": POLICE, "app": "a"}, None, "command-unreadable"),
    ],
)
def test_a_request_is_decided_by_all_that_it_says(at, path, query, body, reason):
    assert why(at.post, path, params=query, json=body) == reason
    assert len(at.came) == (reason is None)


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (f"endpoint={POLICE}&app=a", FORM, "protected-number"),
        (f"endpoint={TRUNK}&app=a", FORM, None),
        (f"endpoint={TRUNK}&app=a", f"{FORM}; charset=utf-8", None),
        (json.dumps({"endpoint": TRUNK, "app": "a"}), "application/json", None),
        (f'{{"endpoint": "{TRUNK}", "endpoint": "{POLICE}"}}', "application/json", "command-unreadable"),
        (f'{{"variables": {{"A": "1", "A": "2"}}, "endpoint": "{TRUNK}"}}', "application/json", "command-unreadable (variables)"),
        (json.dumps({"endpoint": TRUNK}), "text/plain", "command-unreadable"),
        (json.dumps({"endpoint": TRUNK}), "", "command-unreadable"),
        ("[]", "application/json", "command-unreadable"),
        ("{", "application/json", "command-unreadable"),
        ("[" * 100_000, "application/json", "command-unreadable"),
        ("endpoint=%E9", FORM, "target-unreadable (channels)"),
        ("é=1", FORM, "command-unreadable"),
    ],
)
def test_a_body_is_read_as_asterisk_reads_it_or_denied(at, body, kind, reason):
    assert why(at.post, "channels", content=body.encode(), headers={"Content-Type": kind}) == reason
    assert len(at.came) == (reason is None)


@pytest.mark.parametrize(
    ("method", "url", "reason"),
    [
        ("GET", "/ari/channels", None),
        ("GET", "/pbx/ari/channels/a", None),
        ("GET", "/ari/channels/a/variable?variable=CALLERID(num)", None),
        ("GET", "/ari/channels/a/variable?variable=SHELL(x)", "command-unreadable (variable)"),
        ("GET", "/ari/asterisk/variable?variable=GLOBAL(A)", None),
        ("GET", "/ari/asterisk/variable?variable=SHELL(x)", "command-unreadable (variable)"),
        ("DELETE", "/ari/channels/a", None),
        ("PATCH", "/ari/channels/a", "command-unknown"),
        ("GET", "/rawman?action=originate", "command-unknown"),
        ("GET", "/amxml%2Fari/channels", "command-unknown"),
        ("PUT", "/ari/endpoints/sendMessage?to=PJSIP/110", "command-unknown (sendmessage)"),
        ("POST", "/ari/endpoints/refer", "command-unknown (refer)"),
    ],
)
def test_what_is_no_known_operation_of_ari_is_denied(at, method, url, reason):
    assert why(at.client.request, method, url) == reason
    assert len(at.came) == (reason is None)


def test_what_is_allowed_by_name_is_passed_but_nothing_that_places_calls():
    names = (
        "POST /channels/{channelId}/continue",
        "POST /channels/{channelId}/dtmf",
        "POST /channels",
        "POST /channels/{channelId}/dial",
    )
    at = At(allow=names)
    with at.client:
        assert why(at.post, "channels/a/continue") is None
        assert why(at.post, "channels/a/dtmf", params={"dtmf": "1"}) is None
        assert why(at.post, "channels", params={"endpoint": POLICE}) == "protected-number"
        assert why(at.post, "channels/a/continue", params={"extension": "110"}) == "protected-number"
        assert why(at.post, "channels/a/dial") == "target-unreadable (dial)"
    assert len(at.came) == 2


def test_no_operation_is_in_two_tables():
    names = [*TABLES.places, *TABLES.harmless, *TABLES.unknown]

    assert len(names) == len(set(names)) > 90
    assert all(TABLES.harmless.values())
    assert all(TABLES.unknown.values())


# ── created, and dialled later


@pytest.mark.way("ARI, by httpx.Client", "POST /channels/create and dial", peer="protocol double only")
def test_a_channel_is_decided_when_it_is_dialled(at):
    for endpoint, reason in ((TRUNK, None), (POLICE, "protected-number")):
        made = at.post("channels/create", params={"endpoint": endpoint, "app": "a"}).json()["id"]
        assert at.outcomes() == ([] if reason is None else [("unknown", False)])
        assert why(at.post, f"channels/{made}/dial") == reason

    assert [each.partition("?")[0] for each in at.came] == [
        "POST /ari/channels/create",
        "POST /ari/channels/made-1/dial",
        "POST /ari/channels/create",
    ]


def test_what_was_not_created_cannot_be_dialled(at):
    at.status = 409
    at.post("channels/create", params={"endpoint": TRUNK, "app": "a", "channelId": "made-1"})

    assert why(at.post, "channels/made-1/dial") == "target-unreadable (dial)"
    assert why(at.post, "channels/create", params={"endpoint": "x", "app": "a"}) == "target-unreadable (create)"


def test_only_the_last_thousand_that_were_created_are_known(at):
    for _ in range(1_001):
        at.post("channels/create", params={"endpoint": TRUNK, "app": "a"})

    assert why(at.post, "channels/made-1/dial") == "target-unreadable (dial)"
    assert why(at.post, "channels/made-2/dial") is None


# ── how calls end


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, ("unknown", False)),
        (500, ("failed", False)),
        (400, ("failed", True)),
        (404, ("failed", True)),
        (409, ("failed", True)),
    ],
)
def test_without_events_the_answer_is_all_that_is_known(at, status, outcome):
    at.status = status
    at.post("channels", params={"endpoint": TRUNK, "app": "a"})

    assert at.outcomes() == [outcome]


def test_without_an_answer_it_is_not_known(at):
    at.error = httpx.ReadError("gone")
    with pytest.raises(httpx.ReadError):
        at.post("channels", params={"endpoint": TRUNK, "app": "a"})

    assert at.outcomes() == [("unknown", False)]


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ({"type": "Dial", "dialstatus": "BUSY", "peer": {"id": "mine"}}, "busy"),
        ({"type": "Dial", "dialstatus": "NOANSWER", "peer": {"id": "mine"}}, "no-answer"),
        ({"type": "ChannelStateChange", "channel": {"id": "mine", "state": "Up"}}, "answered"),
        ({"type": "ChannelDestroyed", "cause": 21, "channel": {"id": "mine"}}, "rejected"),
        ({"type": "ChannelDestroyed", "cause": 38, "channel": {"id": "mine"}}, "failed"),
    ],
)
def test_events_tell_how_a_call_ended(at, event, outcome):
    for nothing in ({}, {"type": "Dial"}, {"type": "Dial", "dialstatus": "", "peer": {"id": "mine"}}, {"channel": "mine"}):
        at.ari.told(nothing)
    at.post("channels/mine", params={"endpoint": TRUNK, "app": "a"})
    assert at.outcomes() == [(None, False)]
    at.ari.told({"type": "ChannelStateChange", "channel": {"id": "mine", "state": "Ringing"}})
    at.ari.told(event)
    assert at.outcomes() == [(outcome, False)]
    at.ari.told({"type": "ChannelDestroyed", "cause": 16, "channel": {"id": "mine"}})
    at.post("channels/mine", params={"endpoint": f"PJSIP/{OTHER}@trunk", "app": "a"})
    at.ari.close()
    assert sorted(told for told, _ in at.outcomes()) == sorted([outcome, "unknown"])


def test_an_event_may_come_before_the_answer(at):
    busy = {"type": "Dial", "dialstatus": "BUSY", "peer": {"id": "mine"}}
    at.ari.told(busy)  # of a call before, with the same name

    def answer(request):
        at.ari.told(busy)
        return httpx.Response(200, json={"id": "mine"})

    with httpx.Client(base_url="http://127.0.0.1:8088/", transport=Transport(at.ari, httpx.MockTransport(answer))) as client:
        client.post("ari/channels", params={"endpoint": TRUNK, "app": "a"})

    assert at.outcomes() == [("busy", False)]


def test_with_an_extension_no_event_is_awaited(at):
    at.ari.told({})
    at.post("channels", params={"endpoint": TRUNK, "extension": "s", "context": "ivr"})

    assert at.outcomes() == [("unknown", False)]


# ── clients


@pytest.mark.way("ARI, by httpx.AsyncClient", "POST /channels", peer="protocol double only")
def test_a_client_with_a_loop_is_guarded_alike():
    found = At()

    async def scenario():
        inner = httpx.MockTransport(found.answer)
        async with httpx.AsyncClient(base_url="http://127.0.0.1:8088/", transport=AsyncTransport(found.ari, inner)) as client:
            with pytest.raises(DialDenied):
                await client.post("ari/channels", params={"endpoint": POLICE, "app": "a"})
            with calling(campaign="survey"):
                assert (await client.post("ari/channels", json={"endpoint": TRUNK, "app": "a"})).json() == {"id": "made-1"}
            with pytest.raises(Denied, match="command-unknown"):
                await client.post("ari/channels/a/dtmf")
            found.error = httpx.ConnectError("gone")
            with pytest.raises(httpx.ConnectError):
                await client.post("ari/channels", params={"endpoint": f"PJSIP/{OTHER}@trunk", "app": "a"})

    asyncio.run(scenario())
    assert found.outcomes() == [("unknown", False)] * 2
    assert len(found.came) == 2
    found.client.close()


def test_who_is_cancelled_while_an_answer_is_taken_leaves_no_attempt_open():
    found = At()
    going = threading.Event()

    async def scenario():
        here, answered = asyncio.get_running_loop(), asyncio.Event()

        async def answer(_):
            here.set_default_executor(ThreadPoolExecutor(1))
            here.run_in_executor(None, going.wait, 30)  # no thread is free for what is kept
            answered.set()
            return httpx.Response(409)

        transport = AsyncTransport(found.ari, httpx.MockTransport(answer))
        async with httpx.AsyncClient(base_url="http://127.0.0.1:8088/", transport=transport) as client:
            task = asyncio.ensure_future(client.post("ari/channels", params={"endpoint": TRUNK, "app": "a"}))
            await answered.wait()
            for _ in range(20):
                await asyncio.sleep(0)  # till it waits for a thread
            task.cancel()
            await asyncio.wait([task])
            going.set()

    asyncio.run(scenario())
    assert found.outcomes() == [("failed", True)]
    found.client.close()


@pytest.mark.way("ARI, by requests.Session", "POST /channels", peer="protocol double only")
def test_every_adapter_of_a_session_is_guarded_those_mounted_later_too(at):
    class Inner(requests.adapters.BaseAdapter):
        def send(self, request, **_):
            at.came.append(request.url)
            made = requests.Response()
            made.status_code, made._content, made.request, made.url = 200, b"{}", request, request.url
            return made

        def close(self):
            pass

    with at.ari.guarded(requests.Session()) as session:
        session.mount("http://", Inner())
        assert why(session.post, "http://127.0.0.1:8088/ari/channels", params={"endpoint": POLICE}) == "protected-number"
        assert why(session.post, "http://127.0.0.1:8088/ari/channels", json={"endpoint": POLICE}) == "protected-number"
        assert why(session.post, "http://127.0.0.1:8088/ari/channels", data=iter([b"x"])) == "command-unreadable"
        assert at.came == []
        assert session.post("http://127.0.0.1:8088/ari/channels", json={"endpoint": TRUNK}).json() == {}

    assert at.outcomes() == [("unknown", False)]


@pytest.mark.parametrize(
    ("retries", "sent"),
    [
        (urllib3.Retry(3, allowed_methods=None, status_forcelist=[503], raise_on_status=False), 0),
        (urllib3.Retry(None, status=3, allowed_methods={"POST"}, status_forcelist=[503], raise_on_status=False), 0),
        (3, 0),  # a failure of TLS while the answer is read would send it again
        (urllib3.Retry(3, other=0, status_forcelist=[503]), 1),
        (0, 1),
    ],
)
def test_a_session_that_sends_again_by_itself_places_no_call(at, retries, sent):
    class Busy(BaseHTTPRequestHandler):
        def do_POST(self):
            at.came.append(self.path)
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as server, at.ari.guarded(requests.Session()) as session:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
            url = f"http://127.0.0.1:{server.server_port}/ari/channels"
            reason = why(session.post, url, params={"endpoint": TRUNK, "app": "a"})
        finally:
            server.shutdown()
            thread.join()

    assert reason == (None if sent else "call-repeated")
    assert len(at.came) == len(at.outcomes()) == sent


@pytest.mark.way("ARI, by aiohttp.ClientSession", "POST /channels", peer="protocol double only")
@pytest.mark.parametrize("name", ["POST /channels", "POST /channels, a body that is a form"])
def test_aiohttp_is_guarded_by_its_middleware(at, name):
    from aiohttp import ClientSession, web

    async def answer(request):
        at.came.append(await request.text())
        return web.json_response({"id": "made"})

    async def scenario():
        app = web.Application()
        app.router.add_route("*", "/{any:.*}", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/ari/"
            async with ClientSession(middlewares=(at.ari.middleware,)) as client:
                for told in ({"endpoint": POLICE, "app": "a"}, {"endpoint": TRUNK, "app": "a"}):
                    more = {"data": told} if "form" in name else {"json": told}
                    if told["endpoint"] == POLICE:
                        with pytest.raises(DialDenied):
                            await client.post(f"{url}channels", **more)
                    else:
                        async with client.post(f"{url}channels", **more) as answered:
                            assert await answered.json() == {"id": "made"}
                with pytest.raises(Denied, match="command-unknown"):
                    await client.post(f"{url}channels/a/dtmf")
                async with client.get(f"{url}channels") as answered:
                    assert answered.status == 200
        finally:
            await runner.cleanup()

    asyncio.run(scenario())
    assert len(at.came) == 2
    assert at.outcomes() == [("unknown", False)]


@pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")  # asyncswagger11's way of httpx
@pytest.mark.way("ARI, by asyncari", "client.channels.originate(endpoint=…, app=…)", peer="protocol double only")
def test_asyncari_asks_by_what_is_guarded_and_its_events_tell_the_end():
    from asyncari.client import Client
    from asyncswagger11.client import Operation
    from asyncswagger11.http_client import AsynchronousHttpClient

    found = At()
    place = {"httpMethod": "POST", "nickname": "originate", "is_websocket": False, "parameters": PARAMETERS}

    async def scenario():
        http = AsynchronousHttpClient()
        await http.session.aclose()
        http.session = httpx.AsyncClient(transport=httpx.MockTransport(found.answer))
        client = Client(None, "http://127.0.0.1:8088/", "a", http)
        client.process_ws = nothing
        assert found.ari.guarded(client) is client
        originate = Operation("http://127.0.0.1:8088/ari/channels", place, http)
        with pytest.raises(DialDenied):
            await originate(endpoint=POLICE, app="a")
        assert (await originate(endpoint=TRUNK, app="a", variables={"A": "1"})).json() == {"id": "made-1"}
        await client.process_ws({"type": "Dial", "dialstatus": "BUSY", "peer": {"id": "made-1"}})
        await http.session.aclose()

    asyncio.run(scenario())
    assert found.outcomes() == [("busy", False)]
    found.client.close()
    assert inspect.getsource(AsynchronousHttpClient).count("self.session.request(") == 2
    assert inspect.getsource(Operation).count("self.http_client.request(") == 1
    assert set(re.findall(r"self\.session\.(\w+)\(", inspect.getsource(AsynchronousHttpClient))) == {
        "request",
        "aclose",
        "ws_connect",
    }


PARAMETERS = [
    {"name": "endpoint", "paramType": "query", "required": True},
    {"name": "app", "paramType": "query", "required": False},
    {"name": "variables", "paramType": "body", "required": False},
]


async def nothing(_):
    """Hand an event to nobody."""


def test_another_client_is_none(at):
    with pytest.raises(TypeError, match="accepted: a client of asyncari or httpx"):
        at.ari.guarded(object())


def test_what_is_kept_of_channels_is_bounded():
    channels = Channels()
    channels.sent()
    for i in range(5_000):
        channels.told({"type": "ChannelDestroyed", "cause": 16, "channel": {"id": f"c{i}"}})

    assert len(channels._early) == 1_000
    channels.lost()
    assert channels._early == {}


def test_httpx_sends_nothing_but_by_its_transports():
    """What is guarded there is private to httpx: another version must have it as well, or this fails."""
    for kind, name in ((httpx.Client, "handle_request"), (httpx.AsyncClient, "handle_async_request")):
        assert {"_transport", "_mounts"} <= set(vars(kind()))
        assert name in kind._send_single_request.__code__.co_names
        assert "_transport_for_url" in kind._send_single_request.__code__.co_names
