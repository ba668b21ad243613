"""Listening: TLS, limits, time-outs, connections that are cut, hostile or slow, and how it stops."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading

import pytest

from callguard.proxies import connection
from callguard.proxies.ami import AmiConnection
from callguard.proxies.server import Address
from proxy_world import PATIENCE_S, until, world
from test_proxy_ami import LOGIN, MOBILE, originate
from test_proxy_ami import logged_in as ami_logged_in


def run(scenario):
    return asyncio.run(scenario())


def certificate(folder):
    """Make a certificate for 127.0.0.1 that signs itself; return its file and its key's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "callguard tests")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(certificate), str(secret)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:5038", Address("127.0.0.1", 5038)),
        ("[::1]:0", Address("::1", 0)),
        ("localhost:1", Address("localhost", 1)),
    ],
)
def test_addresses(text, expected):
    assert Address.read(text) == expected
    assert Address.read(text).is_loopback


@pytest.mark.parametrize("text", ["", ":1", "host", "host:", "host:x", "host:65536", "host:-1", "host:１"])
def test_what_is_no_address(text):
    with pytest.raises(ValueError, match="HOST:PORT"):
        Address.read(text)


def test_other_hosts_are_no_loopback():
    assert not any(Address(host, 1).is_loopback for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"))


def test_tls_on_both_sides(tmp_path):
    file, key = certificate(tmp_path)
    listening = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    listening.load_cert_chain(file, key)
    trusting = ssl.create_default_context(cafile=file)

    async def scenario():
        async with world("ami", tls=listening) as first:
            # a second guard before the first, so that there is TLS to speak to
            upstream = Address("127.0.0.1", first.server.port)
            async with world("ami", tls=listening, upstream_tls=trusting, upstream=upstream) as at:
                found = await at.connect(ssl=trusting, server_hostname="127.0.0.1")
                await found.until("\r\n")
                await found.send(LOGIN + originate())
                assert "queued" in await found.until("queued\r\n\r\n")
                assert len(first.switch.named("Originate")) == 1
                found.close()

    run(scenario)


def test_a_switch_that_cannot_be_trusted_is_not_spoken_to(tmp_path):
    file, key = certificate(tmp_path)
    listening = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    listening.load_cert_chain(file, key)

    async def scenario():
        async with world("ami", tls=listening) as first:
            upstream = Address("127.0.0.1", first.server.port)
            async with world("ami", upstream_tls=ssl.create_default_context(), upstream=upstream) as at:
                found = await at.connect()
                assert "callguard: the switch cannot be reached" in await found.rest()

    run(scenario)


@pytest.mark.parametrize("protocol", ["ami", "esl"])
def test_a_switch_that_is_not_there(protocol):
    async def scenario():
        async with world(protocol) as at:
            at.switch.server.close()
            await at.switch.server.wait_closed()
            found = await at.connect()
            answer = await found.rest()
            assert "callguard: the switch cannot be reached" in answer
            assert ("Response: Error" if protocol == "ami" else "text/rude-rejection") in answer

    run(scenario)


@pytest.mark.parametrize("protocol", ["ami", "esl"])
def test_too_many_connections(protocol):
    async def scenario():
        async with world(protocol, connections=1) as at:
            first = await at.connect()
            await first.until("\n")
            second = await at.connect()
            assert "callguard: too many connections" in await second.rest()
            first.close()
            await until(lambda: not at.switch.writers)
            third = await at.connect()
            assert await third.until("\n")

    run(scenario)


@pytest.mark.parametrize("protocol", ["ami", "esl"])
def test_no_login_in_time(protocol):
    async def scenario():
        async with world(protocol, login_s=0.2) as at:
            found = await at.connect()
            assert "callguard: no login in time" in await found.rest()
            await until(lambda: not at.switch.writers)

    run(scenario)


def test_who_has_logged_in_may_be_silent():
    async def scenario():
        async with world("ami") as at:
            found = await ami_logged_in(at)
            for each in at.server._open.values():
                each._too_late()
            await found.send("Action: Ping\r\n\r\n")
            assert "Pong" in await found.until("\r\n\r\n")

    run(scenario)


@pytest.mark.parametrize(
    ("protocol", "junk"),
    [
        ("ami", b"x" * 5_000),
        ("ami", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("ami", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n"),
        ("ami", f"Action: Originate\r\nChannel: PJSIP/{MOBILE}@t\rX: y\r\n\r\n".encode()),
        ("esl", b"x" * 20_000),
        ("esl", b"api status\nno header\n\n"),
        ("esl", b"filter a\rapi originate user/1 &park()\n\n"),
        ("esl", b"sendevent x\nContent-Length: 999999999\n\n"),
    ],
)
def test_what_cannot_be_read_ends_the_connection_and_never_reaches_the_switch(protocol, junk):
    async def scenario():
        async with world(protocol) as at:
            found = await at.connect()
            await found.until("\n")
            await found.send(junk + b"Action: Ping\r\n\r\napi status\n\n")
            assert "callguard: unreadable: " in await found.rest()
            await until(lambda: not at.switch.writers)
            assert (at.switch.actions if protocol == "ami" else at.switch.commands) == []

    run(scenario)


def test_bytes_that_come_one_by_one_are_read():
    async def scenario():
        async with world("ami") as at:
            found = await at.connect()
            await found.until("\r\n")
            for sign in LOGIN + originate():
                await found.send(sign)
                await asyncio.sleep(0)
            assert "queued" in await found.until("queued\r\n\r\n")

    run(scenario)


def test_a_message_that_is_cut_off_is_never_passed():
    async def scenario():
        async with world("ami") as at:
            found = await ami_logged_in(at)
            await found.send(originate().removesuffix("\r\n"))
            found.close()
            await until(lambda: not at.switch.writers)
            assert at.switch.named("Originate") == []
            assert list(at.guard.log.search()) == []

    run(scenario)


def test_a_switch_that_goes_ends_the_clients_connection():
    async def scenario():
        async with world("ami") as at:
            found = await ami_logged_in(at)
            for writer in list(at.switch.writers):
                writer.close()
            assert (await found.rest()).strip() == ""

    run(scenario)


def test_a_client_that_does_not_read_stops_only_itself():
    async def scenario():
        async with world("ami") as at:
            slow = await ami_logged_in(at)
            flood = asyncio.create_task(slow.send("Action: Nosuch\r\n\r\n" * 200_000))
            quick = await ami_logged_in(at)
            for _ in range(20):
                await quick.send("Action: Ping\r\n\r\n")
                assert "Pong" in await quick.until("\r\n\r\n")
            flood.cancel()
            await asyncio.gather(flood, return_exceptions=True)
            slow.writer.transport.abort()

    run(scenario)


def test_stopping_takes_no_more_calls_and_no_more_clients(monkeypatch):
    async def scenario():
        async with world("ami", grace_s=PATIENCE_S) as at:
            found = await ami_logged_in(at)
            stopping = asyncio.create_task(at.server.stop())
            await until(lambda: all(each.stopping for each in at.server._open.values()))
            await found.send(originate())
            assert "callguard denied: stopping" in await found.until("\r\n\r\n")
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", at.server.port)
            found.close()
            await asyncio.wait_for(stopping, PATIENCE_S)
            assert at.server._open == {}

    monkeypatch.setattr(connection, "_CLOSE_S", 1.0)
    run(scenario)


def test_stopping_does_not_wait_for_ever_and_keeps_the_outcomes():
    async def scenario():
        async with world("ami") as at:
            found = await ami_logged_in(at)
            await found.send(originate(Async="yes"))  # the double tells no end of it
            await found.until("\r\n\r\n")
            await asyncio.wait_for(at.server.stop(), PATIENCE_S)
            assert at.outcomes() == ["unknown"]

    run(scenario)


def test_a_connection_ends_where_its_works_are_done_and_not_yet_struck_off():
    async def scenario():
        at = AmiConnection((None, None), None, login_s=1)
        at.beside(asyncio.sleep(0))
        at.beside(asyncio.sleep(0))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await at.settled()

    ended = threading.Thread(target=asyncio.run, args=(scenario(),), daemon=True)
    ended.start()
    ended.join(PATIENCE_S)
    assert not ended.is_alive()
