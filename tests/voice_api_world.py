"""The SDKs of the voice APIs, each with the guard's transport, and each way that they have to place a call."""

from contextlib import contextmanager

import httpx
import retell as retell_sdk
import telnyx as telnyx_sdk
import vapi as vapi_sdk

from callguard.dialers import retell, telnyx, vapi

LOG = "[call_log]\nenabled = true\n[opt_out]\nkeys = ['9']\n"
FROM = "+861085550123"
GOOD, OTHER, POLICE = "+8613800130001", "+8613800130002", "+86110"


def outcomes(found):
    return sorted(str(entry.outcome) for entry in found.log.search(reason="allowed"))


def made(kind, guarded, url, **more):
    transport = {"telnyx": telnyx, "vapi": vapi, "retell": retell}[kind].transport(guarded, **{"campaign": "course"} | more)
    client = httpx.Client(transport=transport, timeout=30, follow_redirects=True)
    if kind == "telnyx":
        return telnyx_sdk.Telnyx(api_key="k", base_url=f"{url}/v2", http_client=client)
    if kind == "retell":
        return retell_sdk.Retell(api_key="k", base_url=url, http_client=client)
    return vapi_sdk.Vapi(token="k", base_url=url, httpx_client=client)


def made_async(kind, guarded, url, **more):
    transport = {"telnyx": telnyx, "vapi": vapi, "retell": retell}[kind].async_transport(guarded, **{"campaign": "course"} | more)
    client = httpx.AsyncClient(transport=transport, timeout=30, follow_redirects=True)
    if kind == "telnyx":
        return client, telnyx_sdk.AsyncTelnyx(api_key="k", base_url=f"{url}/v2", http_client=client)
    if kind == "retell":
        return client, retell_sdk.AsyncRetell(api_key="k", base_url=url, http_client=client)
    return client, vapi_sdk.AsyncVapi(token="k", base_url=url, httpx_client=client)


def dial(client, number):
    return client.calls.dial(connection_id="c", from_=FROM, to=number)


def transfer(client, number):
    return client.calls.actions.transfer("v3:abc", to=number, from_=FROM)


def refer(client, number):
    return client.calls.actions.refer("v3:abc", sip_address=f"sip:{number}@trunk.example")


def texml(client, number):
    return client.texml.accounts.calls.calls("acc", body={"ApplicationSid": "a", "To": number, "From": FROM, "Url": "https://x"})


def texml_call(client, number):
    return client.texml.calls.create("conn", from_=FROM, to=number, url="https://x")


def texml_ai(client, number):
    return client.texml.initiate_ai_call("conn", ai_assistant_id="a", from_=FROM, to=number)


def participant(client, number):
    return client.texml.accounts.conferences.participants.participants("conf", account_sid="acc", from_=FROM, to=number)


def fax(client, number):
    return client.faxes.create(connection_id="c", from_=FROM, to=number, media_url="https://x")


def verification(client, number):
    return client.verifications.trigger_call(phone_number=number, verify_profile_id="p")


def flashcall(client, number):
    return client.verifications.trigger_flashcall(phone_number=number, verify_profile_id="p")


def verified(client, number):
    return client.verified_numbers.create(phone_number=number, verification_method="call")


def hosted(client, number):
    return client.messaging_hosted_number_orders.create_verification_codes("o", phone_numbers=[number], verification_method="call")


def porting(client, number):
    return client.porting_orders.verification_codes.send("o", phone_numbers=[number], verification_method="call")


def customer(client, number):
    return client.calls.create(assistant_id="a", phone_number_id="p", customer={"number": number})


def customers(client, number):
    return client.calls.create(assistant_id="a", phone_number_id="p", customers=[{"number": OTHER}, {"number": number}])


def sip_customer(client, number):
    return client.calls.create(assistant_id="a", phone_number_id="p", customer={"sipUri": f"sip:{number}@trunk.example"})


def campaign(client, number):
    return client.campaigns.campaign_controller_create(name="n", customers=[{"number": OTHER}, {"number": number}])


def campaign_2(client, number):
    plan = [{"phoneNumberId": "p", "customers": [{"number": number}]}]
    return client.campaigns.campaign_controller_create_v_2(name="n", dial_plan=plan)


def phone_call(client, number):
    return client.call.create_phone_call(from_number=FROM, to_number=number)


def batch(client, number):
    return client.batch_call.create_batch_call(from_number=FROM, tasks=[{"to_number": OTHER}, {"to_number": number}])


def registered(client, number):
    return client.call.register_phone_call(agent_id="a", direction="outbound", from_number=FROM, to_number=number)


def several(client, number):
    return client.calls.dial(connection_id="c", from_=FROM, to=[OTHER, number])


def by_sip(client, number):
    return client.calls.dial(connection_id="c", from_=FROM, to=f"sip:{number}@trunk.example;secure=true")


def raw(client, number):
    return client.post("/calls", body={"to": number, "from": FROM, "connection_id": "c"}, cast_to=object)


@contextmanager
def made_and_closed(kind, guarded, url, **more):
    """Give a client that is closed when it is left, with what it is built on."""
    client = made(kind, guarded, url, **more)
    http = client._client_wrapper.httpx_client.httpx_client if kind == "vapi" else client._client
    with http:
        yield client


def is_denied(error):
    status = getattr(error, "status_code", None)
    body = error.response.json() if hasattr(error, "response") else error.body
    return status == 403, body["callguard"]["reason"]
