"""Spans and counters: each attempt once, under its parent, by reason; and no number, whatever is dialled, in any of it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import httpx
import pytest
from opentelemetry import trace as api
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from callguard import CallguardError, DialDenied, Guard, Policy
from callguard.observing import Ended, Observer, Seen
from callguard.testing import FrozenClock, MemoryStore
from callguard.watching import serving
from callguard.watching.counters import Counters, exactly
from callguard.watching.metrics import collect
from callguard.watching.tracing import NAME, trace
from samples import CALLER, MOBILE, OTHER, POLICY, TUESDAY_TEN

LOGGED = POLICY + "[call_log]\n"


@pytest.fixture
def guard(tmp_path):
    """Return a guard in memory with a candidate, which has no campaign `vip` and another window for notices."""
    (tmp_path / "next.toml").write_text(
        POLICY.replace('name = "notice"', 'name = "notice"\nwindow = { start = 11:00:00, end = 12:00:00 }').replace(
            'name = "vip"', 'name = "vips"'
        )
    )
    text = LOGGED + f"[candidate]\npolicy = '{tmp_path / 'next.toml'}'\n"
    with Guard(Policy.from_toml(text), clock=FrozenClock(TUESDAY_TEN), store=MemoryStore()) as found:
        yield found


@pytest.fixture
def spans(guard):
    """Return what reads the spans of a guard, and its provider."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace(guard, provider=provider)
    exporter.provider = provider
    return exporter


def call(guard, callee=MOBILE, campaign="notice", outcome="answered", caller=CALLER, **more):
    with suppress(DialDenied), guard.attempt(callee, caller=caller, campaign=campaign, **more) as attempt:
        if outcome is not None:
            attempt.outcome(outcome)


def everything(guard):
    """Place calls of every kind that there is."""
    guard.refuse(OTHER)
    guard.consent(MOBILE, scope="vip", proof="form 3")
    for campaign in ("course", "notice", "survey", "survey", "vip", "shadow"):
        call(guard, campaign=campaign)
        call(guard, OTHER, campaign=campaign, outcome=f"hung up on {OTHER}")
    call(guard, "110")
    call(guard, "hello")
    call(guard, caller="010-8555-0199")
    call(guard, key=f"key {MOBILE}", place="CN-XJ")
    guard._clock.set("2026-11-24T22:00:00+08:00")
    call(guard, campaign="course")
    call(guard, campaign="shadow")
    guard._generation.store.stop_log()
    call(guard)


def attributes(span):
    return {key.removeprefix("callguard."): value for key, value in span.attributes.items()}


# --- spans


def test_an_attempt_is_a_span_with_its_reason_and_what_the_candidate_says(guard, spans):
    call(guard)
    (span,) = spans.get_finished_spans()

    assert span.name == NAME
    assert attributes(span) == {
        "campaign": "notice",
        "reason": "allowed",
        "allowed": True,
        "shadow": False,
        "candidate.reason": "calling-window",
        "candidate.changes": True,
        "outcome": "answered",
    }
    assert span.start_time < span.end_time


def test_a_denied_attempt_is_a_span_that_ends_at_once(guard, spans):
    guard.refuse(MOBILE)
    call(guard)
    (span,) = spans.get_finished_spans()

    said = attributes(span)
    assert (said["reason"], said["allowed"]) == ("refused", False)
    assert said["rule"]
    assert "outcome" not in said


def test_a_span_lasts_until_the_end_of_the_call(guard, spans):
    attempt = guard.attempt(MOBILE, caller=CALLER, campaign="notice")
    with attempt:
        assert spans.get_finished_spans() == ()
        attempt.outcome("busy")
        attempt.outcome("answered")
        attempt.release()
    (span,) = spans.get_finished_spans()
    assert attributes(span)["outcome"] == "answered"
    assert attributes(span)["released"] is True


def test_an_exception_ends_it_as_failed(guard, spans):
    with pytest.raises(ZeroDivisionError), guard.attempt(MOBILE, caller=CALLER, campaign="notice"):
        _ = 1 / 0
    (span,) = spans.get_finished_spans()
    assert attributes(span)["outcome"] == "failed"


def test_the_parent_is_what_is_current_sync_and_async(guard, spans):
    tracer = spans.provider.get_tracer("test")
    with tracer.start_as_current_span("sync") as sync:
        call(guard)

    async def place(name):
        with tracer.start_as_current_span(name) as current:
            async with guard.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
                await asyncio.sleep(0)
                assert api.get_current_span() is current
                attempt.outcome("answered")
        return current

    async def both():
        return await asyncio.gather(place("one"), place("two"))

    outer = [sync, *asyncio.run(both())]
    found = [span for span in spans.get_finished_spans() if span.name == NAME]
    assert {span.parent.span_id for span in found} == {span.get_span_context().span_id for span in outer}
    assert len(found) == 3


def test_an_async_call_that_is_cancelled_ends_its_span(guard, spans):
    async def run():
        entered = asyncio.Event()

        async def place():
            async with guard.attempt(MOBILE, caller=CALLER, campaign="notice"):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.ensure_future(place())
        await entered.wait()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    (span,) = spans.get_finished_spans()
    assert attributes(span)["outcome"] == "failed"


def test_it_can_be_ended(guard):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    stop = trace(guard, provider=provider)
    stop()
    call(guard)
    assert exporter.get_finished_spans() == ()


def test_nothing_of_it_is_imported_before_it_is_asked_for():
    code = (
        "import sys, callguard; from callguard import Guard, Policy;"
        "g = Guard(Policy.from_toml('version = 1\\n[enterprise]\\nname = \"X\"\\n')); g.warnings;"
        "print([m for m in sys.modules if m.startswith(('opentelemetry', 'prometheus_client', 'callguard.watching'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("module", "switch", "extra"), [("opentelemetry", trace, "otel"), ("prometheus_client", collect, "prometheus")]
)
def test_without_the_extra_it_says_what_to_install(guard, monkeypatch, module, switch, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CallguardError, match=re.escape(f"callguard-outbound[{extra}]")):
        switch(guard)


# --- counters


def samples(text):
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_counters_are_by_reason_and_the_two_forms_say_the_same(guard):
    registry = CollectorRegistry()
    collector = collect(guard, registry=registry)
    everything(guard)
    found = samples(generate_latest(registry).decode())

    assert found == samples(collector.counters.text())
    key = ("callguard_attempts_total", ("campaign", "survey"), ("reason", "attempt-limit"), ("shadow", "false"))
    assert found[key] == 1
    key = ("callguard_attempts_total", ("campaign", "shadow"), ("reason", "calling-window"), ("shadow", "true"))
    assert found[key] == 1
    assert found["callguard_kept_total", ("kind", "refusal")] == 1
    assert found["callguard_kept_total", ("kind", "consent")] == 1
    assert found["callguard_candidate_total", ("campaign", "vip"), ("change", "stopped"), ("reason", "campaign-unknown")] == 1
    assert found["callguard_candidate_total", ("campaign", "notice"), ("change", "stopped"), ("reason", "calling-window")] == 2
    assert found["callguard_outcomes_total", ("campaign", "survey"), ("outcome", "answered")] == 1
    assert found["callguard_outcomes_total", ("campaign", "notice"), ("outcome", "answered")] == 2
    assert found["callguard_state_age_seconds",] == 0
    total = sum(value for key, value in found.items() if key[0] == "callguard_attempts_total")
    assert total == 19

    collector.stop()
    call(guard)
    assert generate_latest(registry) == b""
    assert sum(value for key, value in samples(collector.counters.text()).items() if key[0] == "callguard_attempts_total") == 19


def test_an_outcome_of_ones_own_is_other_and_a_count_given_back_is_released(guard):
    counters = Counters(guard)
    call(guard, outcome="a long talk")
    with guard.attempt(MOBILE, caller=CALLER, campaign="notice") as attempt:
        attempt.outcome("failed")
        attempt.release()
    found = samples(counters.text())
    assert found["callguard_outcomes_total", ("campaign", "notice"), ("outcome", "other")] == 1
    assert found["callguard_outcomes_total", ("campaign", "notice"), ("outcome", "released")] == 1


def test_a_state_that_is_not_known_is_infinitely_old(guard):
    counters = Counters(guard)
    guard._generation.store.go_stale(0)
    assert guard.state_age == float("inf")
    assert samples(counters.text())["callguard_state_age_seconds",] == float("inf")


def test_a_state_grows_old(tmp_path):
    (tmp_path / "callguard.toml").write_text(POLICY)
    with Guard.open(tmp_path / "callguard.toml") as found:
        assert 0 <= found.state_age < 60


def test_labels_are_escaped():
    text = POLICY.replace('name = "notice"', "name = 'a \"quoted\" \\ name'")
    with Guard(Policy.from_toml(text), clock=FrozenClock(TUESDAY_TEN)) as found:
        counters = Counters(found)
        call(found, campaign='a "quoted" \\ name')
        assert any(dict(key[1:]).get("campaign") == 'a "quoted" \\ name' for key in samples(counters.text()))


def test_a_count_of_many_is_printed_to_its_last_digit(guard):
    counters = Counters(guard)
    counters.kept("refusal", 12_345_678)
    counters.kept("lift", 10**16 + 1)
    assert 'callguard_kept_total{kind="refusal"} 12345678' in counters.text().splitlines()
    assert f'callguard_kept_total{{kind="lift"}} {10**16 + 1}' in counters.text().splitlines()


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (1.0, "1"), (1e15, "1000000000000000"), (0.125, "0.125"), (float("inf"), "+Inf"), (1000000.5, "1000000.5")],
)
def test_a_value_is_written_exactly(value, written):
    assert exactly(value) == written


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_forked_while_another_thread_counts_goes_on_and_counts_for_itself(guard):
    counters = Counters(guard)
    call(guard)
    counting, over = threading.Event(), threading.Event()

    def count():
        with counters._counting:
            counting.set()
            over.wait(1)  # whoever forks meanwhile waits for it, or leaves the child a lock that nobody holds

    thread = threading.Thread(target=count)
    thread.start()
    assert counting.wait(30)
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        call(guard, OTHER)
        told = [value for key, value in samples(counters.text()).items() if key[0] == "callguard_attempts_total"]
        os._exit(0 if told == [1] else 1)
    over.set()
    thread.join()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    call(guard)
    assert sum(value for key, value in samples(counters.text()).items() if key[0] == "callguard_attempts_total") == 2


def test_many_threads_lose_no_count(guard):
    counters = Counters(guard)
    threads = [threading.Thread(target=lambda: [call(guard, campaign="notice") for _ in range(25)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(value for key, value in samples(counters.text()).items() if key[0] == "callguard_attempts_total") == 100


def test_counters_are_served_and_nothing_else(guard):
    counters = Counters(guard)
    call(guard)

    async def run():
        server = await serving.serve(counters, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            found = [
                await client.get("/metrics"),
                await client.get("/"),
                await client.post("/metrics"),
                await client.head("/metrics"),
            ]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"nonsense")
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return found

    got, missing, posted, head = asyncio.run(run())
    assert got.status_code == 200
    assert samples(got.text) == samples(counters.text())
    assert got.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert (missing.status_code, posted.status_code, head.status_code, head.text) == (404, 405, 200, "")


# --- no number, no harm


def test_no_number_stands_in_any_span_or_label(guard, spans):
    registry = CollectorRegistry()
    counters = collect(guard, registry=registry).counters
    everything(guard)
    told = [*spans.get_finished_spans()]

    assert len(told) == 19
    said = "\n".join(
        [generate_latest(registry).decode(), counters.text(), *(str(span.to_json()) for span in told), *map(str, guard.warnings)]
    )
    labels = " ".join(str(value) for span in told for value in span.attributes.values())
    for number in (MOBILE, OTHER, CALLER.lstrip("0"), "1085550199", "85550123", "85550199", "0013000"):
        assert number not in said
    assert not re.search(r"\d{3}", labels)


class Failing(Observer):
    """Raises whatever it is told."""

    def __init__(self, when):
        self.when, self.told = when, []

    def entered(self, seen):
        self.told.append(seen)
        if self.when == "entered":
            raise RuntimeError(MOBILE)

        def ended(how):
            self.told.append(how)
            raise KeyError(MOBILE)

        return ended

    def kept(self, kind, count):
        self.told.append((kind, count))
        raise ValueError(MOBILE)


@pytest.mark.parametrize("when", ["entered", "ended"])
def test_an_observer_that_fails_harms_no_call_and_is_told_of(guard, when):
    failing = Failing(when)
    guard.observe(failing)
    counters = Counters(guard)
    guard.refuse(OTHER)
    call(guard)
    call(guard, OTHER)

    assert guard.may_dial(OTHER, caller=CALLER, campaign="notice").reason == "refused"
    assert [entry.outcome for entry in guard.log.search()] == ["answered", None]
    assert [type(each) for each in failing.told] == [tuple, Seen, *([Ended] if when == "ended" else []), Seen]
    assert sum(value for key, value in samples(counters.text()).items() if key[0] == "callguard_attempts_total") == 2
    (told,) = (notice for notice in guard.warnings if notice.key == "observer-failed")
    assert MOBILE not in told
    assert "观察者" in told.message_in("zh")


def test_what_is_no_observer_is_refused(guard):
    with pytest.raises(TypeError, match="str"):
        guard.observe("x")


def test_the_versions_of_lists_that_a_reload_puts_on_record_are_told(tmp_path):
    (tmp_path / "own.csv").write_text(f"{OTHER}\n")
    (tmp_path / "callguard.toml").write_text(POLICY + '[[lists]]\nname = "own"\npath = "own.csv"\n')
    with Guard.open(tmp_path / "callguard.toml", clock=FrozenClock(TUESDAY_TEN)) as found:
        counters = Counters(found)
        found.reload()
        assert ("callguard_kept_total", ("kind", "list")) not in samples(counters.text())
        (tmp_path / "own.csv").write_text(f"{MOBILE}\n")
        found.reload()
        assert samples(counters.text())["callguard_kept_total", ("kind", "list")] == 1


def test_an_attempt_that_nothing_can_be_kept_of_is_told(guard):
    counters = Counters(guard)
    guard._generation.store.stop_log()
    call(guard)
    found = samples(counters.text())
    assert found["callguard_attempts_total", ("campaign", "notice"), ("reason", "log-unavailable"), ("shadow", "false")] == 1
