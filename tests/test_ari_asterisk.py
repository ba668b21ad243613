"""ARI of a real Asterisk, by each client that can be guarded: whom its trunk was to call; and every operation that it has."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from asterisk_real import MISSING, ROOT, asterisk
from asterisk_ways import ALLOWED, DENIED, judge, reached
from callguard import DialDenied
from callguard.commands.ari_commands import TABLES
from callguard.dialers.ari import Ari
from callguard.judging import Denied
from proxy_world import PATIENCE_S, client

pytestmark = [pytest.mark.once, pytest.mark.skipif(not ROOT, reason=MISSING)]
AUTH = ("u", "pw")


def ways(number, mark):
    """Every way of ARI to reach a number with one request: path, query, body."""
    yield "channels", {"endpoint": f"PJSIP/{number}@trunk", "app": "dialer"}, None
    yield "channels", {}, {"endpoint": f"PJSIP/{number}@trunk", "app": "dialer", "variables": {"CALLGUARD_CAMPAIGN": "notice"}}
    yield "channels", {"endpoint": "Local/s@hold", "extension": number, "context": "out", "priority": 1}, None
    yield f"channels/one-{mark}", {"endpoint": f"PJSIP/{number}@trunk", "app": "dialer"}, None


def read(text):
    """Return what was answered; nothing where there is no body."""
    return json.loads(text) if text else {}


@asynccontextmanager
async def by_httpx_async(real, ari):
    import httpx

    async with ari.guarded(httpx.AsyncClient(base_url=f"{real.url}ari/", auth=AUTH, timeout=PATIENCE_S)) as client:

        async def send(path, query, body):
            return read((await client.post(path, params=query, json=body)).text)

        yield send


@asynccontextmanager
async def by_httpx(real, ari):
    import httpx

    with ari.guarded(httpx.Client(base_url=f"{real.url}ari/", auth=AUTH, timeout=PATIENCE_S)) as client:

        async def send(path, query, body):
            return read((await asyncio.to_thread(client.post, path, params=query, json=body)).text)

        yield send


@asynccontextmanager
async def by_requests(real, ari):
    import requests

    with ari.guarded(requests.Session()) as client:
        client.auth = AUTH

        async def send(path, query, body):
            return read((await asyncio.to_thread(client.post, f"{real.url}ari/{path}", params=query, json=body)).text)

        yield send


@asynccontextmanager
async def by_aiohttp(real, ari):
    import aiohttp

    auth = aiohttp.encode_basic_auth(*AUTH) if hasattr(aiohttp, "encode_basic_auth") else aiohttp.BasicAuth(*AUTH).encode()
    async with aiohttp.ClientSession(middlewares=(ari.middleware,), headers={"Authorization": auth}) as client:

        async def send(path, query, body):
            async with client.post(f"{real.url}ari/{path}", params=query, json=body) as answer:
                return read(await answer.text())

        yield send


@asynccontextmanager
async def subscribed(real):
    """Have an application, without which ARI creates no channel for it; yield what waits until a channel is in it."""
    import httpx
    from asyncwebsockets import create_websocket

    ws = await create_websocket(f"ws://127.0.0.1:{real.http}/ari/events?app=dialer&api_key=u:pw")
    try:
        async with httpx.AsyncClient(auth=AUTH, timeout=PATIENCE_S) as asking, asyncio.timeout(PATIENCE_S):
            while (await asking.get(f"{real.url}ari/applications/dialer")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

        async def entered(channel):
            async with httpx.AsyncClient(auth=AUTH, timeout=PATIENCE_S) as asking, asyncio.timeout(PATIENCE_S):
                while channel not in (await asking.get(f"{real.url}ari/applications/dialer")).json()["channel_ids"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)

        yield entered
    finally:
        await ws.close()


CLIENTS = {
    "httpx.AsyncClient": by_httpx_async,
    "httpx.Client": by_httpx,
    "requests.Session": by_requests,
    "aiohttp.ClientSession": by_aiohttp,
}
SHOWN = ("POST /channels", "POST /channels, extension", "POST /channels/{channelId}", "POST /channels/create and dial")


def shows(dialers):
    """Mark the test of each client with what it shows."""
    marked = []
    for name in dialers:
        marks = [pytest.mark.way(f"ARI, by {name}", call, peer="Asterisk 16") for call in SHOWN]
        marked.append(pytest.param(name, marks=marks, id=name))
    return marked


@pytest.mark.parametrize("name", shows(CLIENTS))
def test_what_is_allowed_reaches_the_trunk_and_what_is_denied_does_not(name):
    found = judge().guard
    ari = Ari(judge(found))

    async def scenario():
        async with asterisk() as real, CLIENTS[name](real, ari) as send, subscribed(real) as entered:
            for i, ((path, query, body), (allowed_path, allowed_query, allowed_body)) in enumerate(
                zip(ways(DENIED, "d"), ways(ALLOWED, "a"), strict=True)
            ):
                with pytest.raises(DialDenied) as denied:
                    await send(path, query, body)
                assert denied.value.decision.reason == "protected-number", i
                assert "id" in await send(allowed_path, allowed_query, allowed_body)
                await reached(real, ALLOWED)
            for number in (DENIED, ALLOWED):
                made = await send("channels/create", {"endpoint": f"PJSIP/{number}@trunk", "app": "dialer"}, None)
                await entered(made["id"])
                if number == DENIED:
                    with pytest.raises(DialDenied):
                        await send(f"channels/{made['id']}/dial", {}, None)
                else:
                    assert await send(f"channels/{made['id']}/dial", {}, None) == {}
            await reached(real, ALLOWED)
            with pytest.raises(Denied, match=r"target-unreadable"):
                await send("channels/of-another/dial", {}, None)

    asyncio.run(scenario())
    assert [entry.outcome for entry in found.log.search(reason="allowed")] == ["unknown"] * 5


@pytest.mark.way("ARI, by asyncari", "client.channels.originate(endpoint=…, app=…)", peer="Asterisk 16")
@pytest.mark.way("ARI, by asyncari", "client.channels.originateWithId(…)", peer="Asterisk 16")
@pytest.mark.way("ARI, by asyncari", "client.channels.create(…) and channel.dial()", peer="Asterisk 16")
def test_asyncari_and_how_its_calls_end():
    async def scenario():
        async with asterisk() as real:
            printed = await client("with_asyncari", real.http)
            assert printed == [*["protected-number"] * 3, "answered busy busy busy"]
            assert sorted(real.trunk.called) == ["13800130001", "13800130002", "13800130003"]

    asyncio.run(scenario())


def test_every_operation_that_it_has_is_in_one_of_the_tables():
    import httpx

    async def scenario():
        async with (
            asterisk() as real,
            httpx.AsyncClient(auth=AUTH, timeout=PATIENCE_S, base_url=f"{real.url}ari/api-docs/") as docs,
        ):
            found = []
            for api in (await docs.get("resources.json")).json()["apis"]:
                declared = json.loads((await docs.get(api["path"].rpartition("/")[2].replace("{format}", "json"))).text)
                found += [f"{each['httpMethod']} {path['path']}" for path in declared["apis"] for each in path["operations"]]
            assert len(found) > 90
            known = {*TABLES.places, *TABLES.harmless, *TABLES.unknown}
            assert [name for name in found if name.lower() not in known] == []

    asyncio.run(scenario())
