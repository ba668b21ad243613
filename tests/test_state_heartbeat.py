"""A thread that beats for an owner: neither keeps it alive, nor stops for what it raises, nor is waited for in vain."""

import gc
import subprocess
import sys
import threading
import time
import weakref

import pytest

from callguard import StateError
from callguard.state import heartbeat as heartbeats
from callguard.state.heartbeat import Heartbeat


class Owner:
    """Counts beats; `then` is what a beat does besides."""

    def __init__(self, every=0.005, then=None):
        self.beats, self.threads, self.then = 0, [], then
        self.changed = threading.Condition()
        self.heartbeat = Heartbeat(self.beat, every)

    def beat(self):
        with self.changed:
            self.beats += 1
            self.threads.append(threading.current_thread())
            self.changed.notify_all()
        if self.then is not None:
            self.then()

    def wait(self, beats, seconds=5):
        with self.changed:
            return self.changed.wait_for(lambda: self.beats >= beats, seconds)


@pytest.fixture
def owner():
    made = []

    def make(*args, **kwargs):
        made.append(Owner(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.heartbeat.stop()


def gone(thread, seconds=5):
    thread.join(seconds)
    return not thread.is_alive()


def test_beats_once_started_again_and_again_on_one_daemon_thread(owner):
    one = owner()
    time.sleep(0.02)
    assert one.beats == 0
    one.heartbeat.start()
    one.heartbeat.start()
    assert one.wait(5)
    assert len(set(one.threads)) == 1
    assert one.threads[0].daemon
    assert one.threads[0] is not threading.current_thread()
    assert one.heartbeat.failure is None


def test_the_first_beat_comes_at_once_and_the_next_at_its_time(owner):
    one = owner(every=30)
    one.heartbeat.start()
    assert one.wait(1)
    assert not one.wait(2, 0.1)


def test_the_time_that_a_beat_takes_is_part_of_the_time_between(owner):
    one = owner(every=0.1, then=lambda: time.sleep(0.06))
    began = time.monotonic()
    one.heartbeat.start()
    assert one.wait(5)
    assert 0.39 < time.monotonic() - began < 0.62


def test_beats_that_take_longer_than_the_time_between_leave_some_rest(owner):
    one = owner(every=0.05, then=lambda: time.sleep(0.06))
    began = time.monotonic()
    one.heartbeat.start()
    assert one.wait(4)
    assert time.monotonic() - began >= 3 * 0.07 - 0.01


def test_woken_it_beats_now(owner):
    one = owner(every=30)
    one.heartbeat.start()
    assert one.wait(1)
    one.heartbeat.wake()
    assert one.wait(2)
    for _ in range(9):
        one.heartbeat.wake()
    assert one.wait(3)
    time.sleep(0.05)
    assert one.beats <= 12


def test_woken_during_a_beat_another_follows(owner):
    inside, go_on = threading.Event(), threading.Event()

    def then():
        inside.set()
        go_on.wait(5)

    one = owner(every=30, then=then)
    one.heartbeat.start()
    assert inside.wait(5)
    one.heartbeat.wake()
    go_on.set()
    assert one.wait(2)


def test_before_the_start_and_after_the_stop_nothing_is_woken(owner):
    one = owner()
    one.heartbeat.wake()
    assert one.heartbeat.stop()
    one.heartbeat.start()
    assert one.wait(1)
    assert one.heartbeat.stop()
    beats = one.beats
    one.heartbeat.wake()
    time.sleep(0.02)
    assert one.beats == beats


def test_stopped_it_ends_soon_and_may_begin_again(owner):
    one = owner(every=30)
    one.heartbeat.start()
    assert one.wait(1)
    began = time.monotonic()
    assert one.heartbeat.stop()
    assert time.monotonic() - began < 0.25
    assert not one.threads[0].is_alive()
    assert one.heartbeat.stop()
    one.heartbeat.start()
    assert one.wait(2)
    assert one.threads[1] is not one.threads[0]


def test_a_beat_that_hangs_is_not_waited_for(owner):
    go_on = threading.Event()
    one = owner(then=lambda: go_on.wait(10))
    one.heartbeat.start()
    assert one.wait(1)
    began = time.monotonic()
    assert not one.heartbeat.stop()
    assert time.monotonic() - began < 0.25
    go_on.set()
    assert gone(one.threads[0])
    assert one.beats == 1


def test_stopped_by_the_beat_itself(owner):
    one = owner()
    said = []
    one.then = lambda: said.append(one.heartbeat.stop())
    one.heartbeat.start()
    assert one.wait(1)
    assert gone(one.threads[0])
    assert said == [False]
    assert one.heartbeat.stop()


def test_it_ends_with_its_owner(owner):
    one = Owner()
    one.heartbeat.start()
    assert one.wait(2)
    thread, ref = one.threads[0], weakref.ref(one)
    del one
    gc.collect()
    deadline = time.monotonic() + 5
    while ref() is not None and time.monotonic() < deadline:  # a beat may hold it for a moment
        time.sleep(0.005)
    assert ref() is None
    assert gone(thread)


def test_a_failure_is_kept_until_a_beat_goes_well_and_does_not_hold_the_owner(capfd):
    fails = [True]

    def then():
        if fails[0]:
            try:
                {}["inner"]
            except KeyError as error:
                raise StateError("cannot be reached") from error

    one = Owner(then=then)
    one.heartbeat.start()
    assert one.wait(3)
    failure = one.heartbeat.failure
    assert isinstance(failure, StateError)
    assert failure.__traceback__ is None
    assert isinstance(failure.__cause__, KeyError)
    assert failure.__cause__.__traceback__ is None
    fails[0] = False
    beats = one.beats
    assert one.wait(beats + 2)
    assert one.heartbeat.failure is None
    fails[0] = True
    assert one.wait(one.beats + 2)
    thread, ref = one.threads[0], weakref.ref(one)
    del one
    assert gone(thread)
    gc.collect()
    assert ref() is None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_it_outlives_whatever_a_beat_raises(owner, kind):
    def then():
        raise kind

    one = owner(then=then)
    one.heartbeat.start()
    assert one.wait(3)
    assert isinstance(one.heartbeat.failure, kind)


def test_a_beat_that_fails_and_asks_for_the_next_is_no_busy_loop(owner):
    one = owner(every=0.05)

    def then():
        one.heartbeat.wake()
        raise StateError("again")

    one.then = then
    began = time.monotonic()
    one.heartbeat.start()
    time.sleep(0.22)
    assert 2 <= one.beats <= (time.monotonic() - began) / 0.05 + 2


def test_no_thread_to_be_had(owner, monkeypatch):
    def none(self):
        raise RuntimeError("can't start new thread")

    one = owner()
    monkeypatch.setattr(heartbeats.threading.Thread, "start", none)
    with pytest.raises(StateError, match=r"no thread .*\(can't start new thread\)"):
        one.heartbeat.start()
    monkeypatch.undo()
    one.heartbeat.start()
    assert one.wait(1)


def test_a_weak_method_may_be_given():
    class Plain:
        def __init__(self):
            self.done = threading.Event()

        def beat(self):
            self.done.set()

    one = Plain()
    heartbeat = Heartbeat(weakref.WeakMethod(one.beat), 0.01)
    heartbeat.start()
    assert one.done.wait(5)
    assert heartbeat.stop()


def test_started_by_many_threads_at_once_there_is_one(owner):
    one = owner()
    threads = [threading.Thread(target=one.heartbeat.start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.wait(5)
    assert len(set(one.threads)) == 1


def script(text, timeout=20):
    head = "import gc, os, sys, threading, time\nfrom callguard.state.heartbeat import Heartbeat\n"
    head += (
        "class Owner:\n    beats = 0\n    def __init__(self, every=0.01):\n        self.heartbeat = Heartbeat(self.beat, every)\n"
    )
    head += "    def beat(self):\n        self.beats += 1\n"
    head += "    def wait(self, beats):\n        ends = time.monotonic() + 5\n"
    head += "        while self.beats < beats and time.monotonic() < ends:\n            time.sleep(0.002)\n        return self.beats >= beats\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", head + text],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_in_a_child_it_begins_again_when_told():
    said = script(
        """
one = Owner()
one.heartbeat.start()
assert one.wait(2)
child = os.fork()
if not child:
    beats = one.beats
    time.sleep(0.05)
    still = one.beats == beats
    one.heartbeat.renew()
    os._exit(0 if still and one.wait(beats + 2) and one.heartbeat.stop() else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), one.wait(one.beats + 2))
"""
    )
    assert said == "0 True\n"


def test_in_a_child_one_that_did_not_beat_does_not_begin():
    said = script(
        """
one, two = Owner(), Owner()
two.heartbeat.start()
two.heartbeat.stop()
child = os.fork()
if not child:
    beats = two.beats
    one.heartbeat.renew()
    two.heartbeat.renew()
    time.sleep(0.05)
    os._exit(0 if (one.beats, two.beats) == (0, beats) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    )
    assert said == "0\n"


def test_the_interpreter_ends_with_beats_going_on():
    began = time.monotonic()
    said = script(
        """
import atexit
many = [Owner(0.001) for _ in range(8)]
for one in many:
    one.heartbeat.start()
class Late:
    def __del__(self):
        many[0].heartbeat.stop()
        many[0].heartbeat.wake()
late = Late()
late.itself = late
class Hanging(Owner):
    def beat(self):
        self.beats += 1
        time.sleep(30)
hangs = Hanging()
hangs.heartbeat.start()
assert hangs.wait(1)
print("end")
"""
    )
    assert said == "end\n"
    assert time.monotonic() - began < 5


def test_stopped_and_woken_from_a_signals_handler():
    said = script(
        """
import signal
one = Owner(0.001)
one.heartbeat.start()
signal.signal(signal.SIGALRM, lambda *_: one.heartbeat.wake())
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
ends = time.monotonic() + 0.3
while time.monotonic() < ends:
    one.heartbeat.wake()
signal.setitimer(signal.ITIMER_REAL, 0)
print(one.heartbeat.stop())
"""
    )
    assert said == "True\n"
