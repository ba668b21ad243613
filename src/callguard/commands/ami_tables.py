"""The actions of the Asterisk Manager Interface that place no call, and those that are denied unless they are allowed by name."""

from __future__ import annotations

from typing import Final

from callguard.commands.tables import folded, several

HARMLESS: Final[dict[str, str]] = {
    **several("Login Logoff Challenge Ping Events Filter WaitEvent ListCommands", "the session itself"),
    **several(
        "Agents BridgeInfo BridgeList BridgeTechnologyList ConfbridgeList ConfbridgeListRooms CoreSettings"
        " CoreShowChannelMap CoreShowChannels CoreStatus DAHDIShowChannels DAHDIShowStatus DBGet DBGetTree DeviceStateList"
        " ExtensionState ExtensionStateList FAXSession FAXSessions FAXStats GetConfig GetConfigJSON IAXnetstats"
        " IAXpeerlist IAXpeers IAXregistry ListCategories MWIGet MailboxCount MailboxStatus MeetmeList MeetmeListRooms"
        " ModuleCheck PJSIPShowAors PJSIPShowAuths PJSIPShowContacts PJSIPShowEndpoint PJSIPShowEndpoints"
        " PJSIPShowMaintenance PJSIPShowRegistrationInboundContactStatuses PJSIPShowRegistrationsInbound"
        " PJSIPShowRegistrationsOutbound PJSIPShowResourceLists PJSIPShowSubscriptionsInbound"
        " PJSIPShowSubscriptionsOutbound PRIShowSpans ParkedCalls Parkinglots PresenceState PresenceStateList QueueRule"
        " QueueStatus QueueSummary Queues ShowDialPlan SIPpeers SIPpeerstatus SIPshowpeer SIPshowregistry SKINNYdevices"
        " SKINNYlines SKINNYshowdevice SKINNYshowline VoicemailBoxSummary VoicemailUserStatus VoicemailUsersList",
        "only shows",
    ),
    **several(
        "AbsoluteTimeout AgentLogoff Bridge BridgeDestroy BridgeKick CancelAtxfer ConfbridgeKick ConfbridgeLock"
        " ConfbridgeMute ConfbridgeSetSingleVideoSrc ConfbridgeStartRecord ConfbridgeStopRecord ConfbridgeUnlock"
        " ConfbridgeUnmute ControlPlayback DAHDIDNDoff DAHDIDNDon DAHDIHangup Hangup LocalOptimizeAway MeetmeMute"
        " MeetmeUnmute MixMonitorMute Monitor ChangeMonitor PauseMonitor UnpauseMonitor StopMonitor StopMixMonitor"
        " MuteAudio PJSIPHangup ZapHangup ZapDNDoff ZapDNDon",
        "acts on calls that are there",
    ),
    **several(
        "QueueChangePriorityCaller QueueLog QueueMemberRingInUse QueuePause QueuePenalty QueueRemove QueueReset"
        " QueueWithdrawCaller",
        "acts on a queue that is there, whose members were decided",
    ),
    **several("UserEvent LoggerRotate AOCMessage", "tells others, and dials nobody"),
}
UNKNOWN: Final[dict[str, str]] = {
    **several("AGI", "runs any application on a channel, Dial too"),
    **several("DialplanExtensionAdd DialplanExtensionRemove", "changes what the dialplan dials"),
    **several("Setvar DBPut DBDel DBDelTree", "a dialplan may dial what a variable or the database holds"),
    **several("UpdateConfig CreateConfig Reload ModuleLoad QueueReload", "changes what the switch is"),
    **several("PlayDTMF PlayMF SendFlash", "digits on a line that is open may dial on"),
    **several("MixMonitor", "runs a command of the system"),
    **several("MessageSend SendText JabberSend", "sends a message to a person"),
    **several("Park", "calls back who parked, when its time is up"),
    **several("AgentCallbackLogin", "says which number is called for an agent"),
    **several(
        "VoicemailForward VoicemailMove VoicemailRemove VoicemailRefresh MWIUpdate MWIDelete",
        "changes mailboxes, which may call out",
    ),
    **several("BridgeTechnologySuspend BridgeTechnologyUnsuspend DAHDIRestart ZapRestart", "changes what the switch is"),
    **several(
        "PJSIPNotify SIPnotify SIPqualifypeer PJSIPQualify PJSIPRegister PJSIPUnregister PJSIPSetMaintenance",
        "sends SIP of the client's",
    ),
    **several("PRIDebugFileSet PRIDebugFileUnset PRIDebugSet", "writes files"),
    **several(
        "SorceryMemoryCacheExpire SorceryMemoryCacheExpireObject SorceryMemoryCachePopulate SorceryMemoryCacheStale"
        " SorceryMemoryCacheStaleObject",
        "changes what the switch is",
    ),
}
# applications that call nobody, whatever they are given
APPLICATIONS: Final = folded(
    "answer busy confbridge congestion echo hangup milliwatt musiconhold noop playback record ringing sayalpha saydigits saynumber"
    " wait"
)
