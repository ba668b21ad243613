"""What Twilio's requests do: those that place calls, those that do not, and those that are denied unless allowed by name.

A template is the path after the host, without `.json`; `*` stands for one part of it, `**` for none, one or more.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

Kind = Literal["calls", "update", "participants", "verification", "execution", "reservation", "validation", "voice-verification"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# whole products that place no calls
HARMLESS_PRODUCTS: Final = _words(
    "accounts bulkexports chat content conversations events frontline-api iam insights intelligence ip-messaging knowledge lookups "
    "marketplace memory messaging monitor notify oauth preview-iam pricing routes serverless supersim sync trunking trusthub video "
    "voice webhooks wireless"
)
_ACCOUNT: Final = "2010-04-01/Accounts/*"
_WORKSPACE: Final = "v1/Workspaces/*"

PLACES: Final[dict[tuple[str, str], Kind]] = {
    ("api", f"{_ACCOUNT}/Calls"): "calls",
    ("api", f"{_ACCOUNT}/Calls/*"): "update",
    ("api", f"{_ACCOUNT}/Conferences/*/Participants"): "participants",
    ("api", f"{_ACCOUNT}/OutgoingCallerIds"): "validation",
    ("numbers", "v1/CallerIds/VoiceVerifications"): "voice-verification",
    ("studio", "v1/Flows/*/Engagements"): "execution",
    ("studio", "v1/Flows/*/Executions"): "execution",
    ("studio", "v2/Flows/*/Executions"): "execution",
    ("taskrouter", f"{_WORKSPACE}/Tasks/*/Reservations/*"): "reservation",
    ("taskrouter", f"{_WORKSPACE}/Workers/*/Reservations/*"): "reservation",
    ("verify", "v2/Services/*/Verifications"): "verification",
}

# they may place calls, and what they say is not read: another request decides whom, or it happens later
DENIED: Final = frozenset(
    {
        ("conversations", "v2/Conversations/*/Actions"),
        ("flex-api", "v1/Interactions"),
        ("flex-api", "v1/Interactions/*/Channels/*/Participants"),
        ("flex-api", "v1/Interactions/*/Channels/*/Transfers"),
        ("messaging", "v2/Channels/Senders"),
        ("messaging", "v2/Channels/Senders/*"),
        ("numbers", "v2/HostedNumber/Orders/*"),
        ("numbers", "v3/HostedNumbers/HostedNumberOrders"),
        ("preview", "HostedNumbers/HostedNumberOrders"),
        ("preview", "HostedNumbers/HostedNumberOrders/*"),
        ("proxy", "v1/Services/*/Sessions"),
        ("proxy", "v1/Services/*/Sessions/*/Participants"),
    }
)
# of these, the ones that say such a word in that place of their body are harmless
CALM_WHEN: Final[dict[tuple[str, str], tuple[tuple[str, ...], frozenset[str]]]] = {
    ("conversations", "v2/Conversations/*/Actions"): (("type",), frozenset({"SEND_MESSAGE"})),
    ("flex-api", "v1/Interactions"): (
        ("Channel", "type"),
        frozenset({"chat", "email", "messenger", "rcs", "sms", "web", "whatsapp"}),
    ),
    ("messaging", "v2/Channels/Senders"): (("configuration", "verification_method"), frozenset({"sms"})),
    ("messaging", "v2/Channels/Senders/*"): (("configuration", "verification_method"), frozenset({"sms"})),
    ("proxy", "v1/Services/*/Sessions"): (("Mode",), frozenset({"message-only"})),
}

# parts of the products that have both
HARMLESS: Final[dict[str, tuple[str, ...]]] = {
    "api": (
        "2010-04-01/Accounts",
        _ACCOUNT,
        *(
            f"{_ACCOUNT}/{each}/**"
            for each in _words(
                "Addresses Applications ConnectApps IncomingPhoneNumbers Keys Messages Queues SIP SMS SigningKeys Tokens Usage"
            )
        ),
        *(
            f"{_ACCOUNT}/Calls/*/{each}/**"
            for each in _words(
                "Payments Recordings Siprec Streams Transcriptions UserDefinedMessages UserDefinedMessageSubscriptions"
            )
        ),
        f"{_ACCOUNT}/Conferences/*",
        f"{_ACCOUNT}/Conferences/*/Participants/*",
        f"{_ACCOUNT}/Conferences/*/Recordings/*",
        f"{_ACCOUNT}/OutgoingCallerIds/*",
    ),
    "flex-api": (
        *(f"v1/{each}/**" for each in _words("Channels Configuration FlexFlows Insights PluginService WebChannels")),
        "v1/Interactions/*",
        "v1/Interactions/*/Channels/*",
        "v1/Interactions/*/Channels/*/Invites",
        "v1/Interactions/*/Channels/*/Participants/*",
        "v1/Interactions/*/Channels/*/Transfers/*",
        "v2/Instances/*/Users/*",
        "v2/WebChats",
    ),
    "numbers": (
        "v1/CallerIds/SmsVerificationChecks",
        "v1/CallerIds/SmsVerifications",
        *(f"v1/{each}/**" for each in _words("HostedNumber Porting SenderIdRegistrations SigningRequest")),
        "v2/HostedNumber/AuthorizationDocuments",
        "v2/HostedNumber/Orders",
        "v2/RegulatoryCompliance/**",
        "v2/ShortCodes/**",
    ),
    "preview": ("HostedNumbers/AuthorizationDocuments/**", "marketplace/**", "wireless/**"),
    "proxy": (
        "v1/Services",
        "v1/Services/*",
        "v1/Services/*/PhoneNumbers/**",
        "v1/Services/*/Sessions/*",
        "v1/Services/*/Sessions/*/Participants/*/MessageInteractions",
    ),
    "studio": (
        "v1/Flows/*/Executions/*",
        "v2/Flows",
        "v2/Flows/*",
        "v2/Flows/*/Executions/*",
        "v2/Flows/*/TestUsers",
    ),
    "taskrouter": (
        "v1/Workspaces",
        _WORKSPACE,
        *(f"{_WORKSPACE}/{each}/**" for each in _words("Activities TaskChannels TaskQueues Workflows")),
        f"{_WORKSPACE}/Tasks",
        f"{_WORKSPACE}/Tasks/*",
        f"{_WORKSPACE}/Workers",
        f"{_WORKSPACE}/Workers/*",
        f"{_WORKSPACE}/Workers/*/Channels/*",
    ),
    "verify": (
        "v2/SafeList/**",
        "v2/Services",
        "v2/Services/*",
        *(
            f"v2/Services/*/{each}/**"
            for each in _words("AccessTokens Entities MessagingConfigurations Passkeys RateLimits VerificationCheck Webhooks")
        ),
        "v2/Services/*/Verifications/*",
    ),
}

# what a request that places calls may say: any other name may mean another callee
KNOWN: Final[dict[Kind, frozenset[str]]] = {
    "calls": _words(
        "ApplicationSid AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod Byoc CallReason CallToken "
        "CallerId ClientNotificationUrl FallbackMethod FallbackUrl From MachineDetection "
        "MachineDetectionSilenceTimeout MachineDetectionSpeechEndThreshold MachineDetectionSpeechThreshold "
        "MachineDetectionTimeout Method Passports Record RecordingChannels RecordingConfigurationId "
        "RecordingStatusCallback RecordingStatusCallbackEvent RecordingStatusCallbackMethod RecordingTrack SendDigits "
        "SipAuthPassword SipAuthUsername StatusCallback StatusCallbackEvent StatusCallbackMethod TimeLimit Timeout To "
        "Trim Twiml Url"
    ),
    "update": _words("FallbackMethod FallbackUrl Method Status StatusCallback StatusCallbackMethod TimeLimit Twiml Url"),
    "participants": _words(
        "AmdStatusCallback AmdStatusCallbackMethod Beep Byoc CallReason CallSidToCoach CallToken CallerDisplayName "
        "CallerId ClientNotificationUrl Coaching ConferenceRecord ConferenceRecordingStatusCallback "
        "ConferenceRecordingStatusCallbackEvent ConferenceRecordingStatusCallbackMethod ConferenceStatusCallback "
        "ConferenceStatusCallbackEvent ConferenceStatusCallbackMethod ConferenceTrim EarlyMedia EmergencyAddress "
        "EmergencyCallerLocation EmergencyCallerPosition EmergencyCity EmergencyCountry EmergencyName EmergencyState "
        "EmergencyZipCode EndConferenceOnExit From JitterBufferSize Label MachineDetection "
        "MachineDetectionSilenceTimeout MachineDetectionSpeechEndThreshold MachineDetectionSpeechThreshold "
        "MachineDetectionTimeout MaxParticipants Muted Passports Record RecordingChannels RecordingConfigurationId "
        "RecordingStatusCallback RecordingStatusCallbackEvent RecordingStatusCallbackMethod RecordingTrack Region "
        "SipAuthPassword SipAuthUsername StartConferenceOnEnter StatusCallback StatusCallbackEvent "
        "StatusCallbackMethod TimeLimit Timeout To Trim WaitMethod WaitUrl"
    ),
    "verification": _words(
        "Amount AppHash Channel ChannelConfiguration CustomCode CustomFriendlyName CustomMessage DeviceIp EnableSnaClientToken "
        "Locale Payee RateLimits RiskCheck SendDigits Tags TemplateCustomSubstitutions TemplateSid Templates To"
    ),
    "execution": frozenset({"From", "Parameters", "To"}),
    "reservation": _words(
        "Beep BeepOnCustomerEntrance CallAccept CallFrom CallRecord CallStatusCallbackUrl CallTimeout CallTo CallUrl "
        "ConferenceRecord ConferenceRecordingStatusCallback ConferenceRecordingStatusCallbackMethod "
        "ConferenceStatusCallback ConferenceStatusCallbackEvent ConferenceStatusCallbackMethod ConferenceTrim "
        "DequeueFrom DequeuePostWorkActivitySid DequeueRecord DequeueStatusCallbackEvent DequeueStatusCallbackUrl "
        "DequeueTimeout DequeueTo EarlyMedia EndConferenceOnCustomerExit EndConferenceOnExit From Instruction "
        "JitterBufferSize MaxParticipants Muted PostWorkActivitySid Record RecordingChannels RecordingStatusCallback "
        "RecordingStatusCallbackMethod RedirectAccept RedirectCallSid RedirectUrl Region ReservationStatus "
        "SipAuthPassword SipAuthUsername StartConferenceOnEnter StatusCallback StatusCallbackEvent "
        "StatusCallbackMethod Supervisor SupervisorMode Timeout To WaitMethod WaitUrl WorkerActivitySid"
    ),
    "validation": _words("CallDelay Extension FriendlyName PhoneNumber StatusCallback StatusCallbackMethod"),
    "voice-verification": frozenset({"phone_number"}),
}


@cache
def _form(template: str) -> re.Pattern[str]:
    whole = template.endswith("/**")
    parts = [re.escape(part) if part != "*" else "[^/]+" for part in template.removesuffix("/**").split("/")]
    return re.compile("/".join(parts) + ("(?:/.+)?" if whole else ""))


def places(product: str, path: str) -> tuple[tuple[str, str], Kind] | None:
    """Return the entry of the first table, and how it is read."""
    return next(((key, kind) for key, kind in PLACES.items() if key[0] == product and _form(key[1]).fullmatch(path)), None)


def denied(product: str, path: str) -> tuple[str, str] | None:
    """Return the entry of what is denied unless allowed by name."""
    return next((key for key in sorted(DENIED) if key[0] == product and _form(key[1]).fullmatch(path)), None)


def is_harmless_product(product: str) -> bool:
    """Return whether no request of a product places calls, whatever its path."""
    return product in HARMLESS_PRODUCTS and all(product != each for each, _ in DENIED)


def is_harmless(product: str, path: str) -> bool:
    """Return whether a request places no call; asked of what is in neither of the other tables."""
    return product in HARMLESS_PRODUCTS or any(_form(each).fullmatch(path) for each in HARMLESS.get(product, ()))


def name(product: str, path: str) -> str:
    """Return the name by which a request is allowed: product and last two fixed parts of the path, as `proxy-Services-Sessions`."""
    fixed = re.findall(r"(?<![^/])[A-Z][A-Za-z]+(?![^/])", path)
    return "-".join([product, *fixed[-2:]])
