"""Twilio's own library, guarded, before the mock server; and what its tests call whom by."""

from contextlib import contextmanager

import pytest
from twilio.rest import Client
from twilio.twiml.voice_response import Dial, VoiceResponse

from callguard.dialers.twilio import http_client
from callguard.errors import CallguardError, DialDenied
from samples import MOBILE, OTHER, POLICY, guard
from twilio_mock import ACCOUNT, TOKEN, Wire, twilio

TO, TO_TOO, REFUSED, FROM = f"+86{MOBILE}", f"+86{OTHER}", "+8613800130009", "+861085550123"
URL = "https://example.com/voice"
FLOW, SERVICE, WORKSPACE = "FW" + "1" * 32, "VA" + "1" * 32, "WS" + "1" * 32
TASK, RESERVATION, WORKER, CONFERENCE = "WT" + "1" * 32, "WR" + "1" * 32, "WK" + "1" * 32, "CF" + "1" * 32
CALL = "CA" + "1" * 32
LOG = "[call_log]\nenabled = true\n"


class World:
    """A client, what it is guarded by, and what stands at the other end."""

    def __init__(self, mock, found, client):
        self.mock, self.guard, self.client = mock, found, client

    def outcomes(self):
        return [str(entry.outcome) for entry in self.guard.log.search(reason="allowed")]

    def denies(self, place, reason):
        """Hold that a call is denied, and nothing on the wire."""
        before = list(self.mock.served), list(self.mock.refused)
        with pytest.raises(CallguardError) as error:
            place()
        assert (self.mock.served, self.mock.refused) == before
        denied = error.value
        assert reason == (str(denied.decision.reason) if isinstance(denied, DialDenied) else denied.reason)
        assert MOBILE not in str(denied)
        assert OTHER not in str(denied)
        return denied


@contextmanager
def world(*, campaign="notice", caller=FROM, text=POLICY, **more):
    with twilio() as mock, guard(text, extra=LOG) as found:
        found.refuse(REFUSED)
        wire = Wire(mock.port)
        client = Client(ACCOUNT, TOKEN, http_client=http_client(found, campaign=campaign, caller=caller, inner=wire, **more))
        yield World(mock, found, client)
        wire.session.close()


def dial(*numbers, **said):
    response = VoiceResponse()
    made = Dial(**said)
    for number in numbers:
        made.number(number)
    response.append(made)
    return str(response)


def of_task(client):
    return client.taskrouter.v1.workspaces(WORKSPACE).tasks(TASK).reservations(RESERVATION)


def of_worker(client):
    return client.taskrouter.v1.workspaces(WORKSPACE).workers(WORKER).reservations(RESERVATION)
