"""`callguard proxy`: it begins, says where it listens, guards, reads a changed policy, and stops when it is told."""

import asyncio
import json
import shutil
import signal
import sys

import pytest

from asterisk_double import Asterisk
from command_line import EXAMPLE, POLICY, caller, quiet
from freeswitch_double import FreeSwitch
from proxy_world import PATIENCE_S, Client, until
from test_proxy_ami import LOGIN, originate


@pytest.fixture
def cli(capsys, monkeypatch):
    quiet(monkeypatch)
    return caller(capsys)


async def started(folder, *arguments):
    """Start the command in a process of its own; return it, and the port on which it listens."""
    process, said = await announced(folder, *arguments)
    return process, int(said["listening"].rpartition(":")[2])


async def announced(folder, *arguments):
    """Start the command in a process of its own; return it, and what it says of where it listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "callguard", "proxy", *arguments, "--listen", "127.0.0.1:0", "--json"),
        *("--policy", str(folder / "callguard.toml")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    line = await asyncio.wait_for(process.stdout.readline(), 2 * PATIENCE_S)
    assert line, (await process.stderr.read()).decode()
    return process, json.loads(line)


async def ended(process):
    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 2 * PATIENCE_S)
    return process.returncode, err.decode()


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "xinghe", ignore=shutil.ignore_patterns("state"))


def test_it_counts_for_prometheus_where_it_is_asked_to(folder):
    line = ("--campaign", "class-notice", "--caller", "400-855-0100")

    async def scenario():
        async with Asterisk() as switch:
            more = ("--upstream", f"127.0.0.1:{switch.port}", "--metrics", "127.0.0.1:0")
            process, said = await announced(folder, "ami", *more, *line)
            found = Client(*await asyncio.open_connection("127.0.0.1", int(said["listening"].rpartition(":")[2])))
            await found.send(LOGIN + originate("PJSIP/110@trunk"))
            await found.until("protected-number)\r\n\r\n")
            reader, writer = await asyncio.open_connection("127.0.0.1", said["metrics"])
            writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            text = (await asyncio.wait_for(reader.read(), 2 * PATIENCE_S)).decode()
            writer.close()
            found.close()
            return text, await ended(process)

    text, (status, err) = asyncio.run(scenario())
    assert 'callguard_attempts_total{campaign="class-notice",reason="protected-number",shadow="false"} 1\n' in text
    assert status == 0, err


def test_it_guards_asterisk_until_it_is_told_to_stop(folder):
    line = ("--campaign", "class-notice", "--caller", "400-855-0100")

    async def scenario():
        async with Asterisk() as switch:
            process, port = await started(folder, "ami", "--upstream", f"127.0.0.1:{switch.port}", *line)
            found = Client(*await asyncio.open_connection("127.0.0.1", port))
            await found.send(LOGIN + originate("PJSIP/13800130100@trunk") + originate("PJSIP/110@trunk", "second"))
            assert "protected-number" in await found.until("protected-number)\r\n\r\n")
            await until(lambda: len(switch.named("Originate")) == 1)

            policy = folder / "callguard.toml"
            policy.write_text(policy.read_text("utf-8").replace('name = "class-notice"', 'name = "other-notice"'), "utf-8")
            async with asyncio.timeout(PATIENCE_S):
                answer = ""
                while "policy-failure" not in answer:  # the campaign is gone: nothing is passed any more
                    await found.send(originate("PJSIP/13800130100@trunk", "x"))
                    answer = await found.until("\r\n\r\n")
            found.close()
            status, told = await ended(process)
            assert status == 0
            assert "denied: protected-number" in told
            assert "13800130100" not in told

    asyncio.run(scenario())


def test_it_guards_freeswitch(folder):
    async def scenario():
        async with FreeSwitch() as switch:
            process, port = await started(folder, "esl", "--upstream", f"127.0.0.1:{switch.port}", "--internal", "user/1.*")
            found = Client(*await asyncio.open_connection("127.0.0.1", port))
            await found.send(
                "auth ClueCon\n\napi originate user/1000 &park()\n\napi originate sofia/gateway/g/13800130100 &park()\n\n"
            )
            assert "CALLGUARD_DENIED campaign-missing" in await found.until("campaign-missing")
            assert switch.placed() == ["api originate user/1000 &park()"]
            found.close()
            assert (await ended(process))[0] == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--listen", "0.0.0.0:0"), "--insecure"),
        (("--listen", "nowhere"), "HOST:PORT"),
        (("--tls-cert", "x.pem"), "belong together"),
        (("--tls-cert", POLICY, "--tls-key", POLICY), "no certificate"),
        (("--upstream-ca", POLICY), "no certificate"),
        (("--upstream-ca", "no-such.pem"), "no-such.pem"),
        (("--internal", "("), "no regular expression"),
        (("--allow", "Originate"), "always decided"),
        (("--campaign", "no-such"), "no-such"),
        (("--caller", "10086"), "10086"),
        (("--connections", "0"), "1 or more"),
    ],
)
def test_what_it_does_not_begin_with(cli, arguments, said):
    status, _, err = cli("proxy", "ami", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--policy", POLICY, *arguments)

    assert status == 2
    assert said in err


def test_both_ends_must_be_named(cli):
    status, _, err = cli("proxy", "esl", "--listen", "127.0.0.1:0", "--policy", POLICY)

    assert status == 2
    assert "`--upstream` is missing" in err


def test_a_port_that_is_taken(cli):
    async def scenario():
        async with Asterisk() as switch:
            listen = f"127.0.0.1:{switch.port}"
            return await asyncio.to_thread(cli, "proxy", "ami", "--listen", listen, "--upstream", listen, "--policy", POLICY)

    assert asyncio.run(scenario())[0] == 2
