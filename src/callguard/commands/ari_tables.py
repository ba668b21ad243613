"""The operations of the Asterisk REST Interface that place no call, and those that are denied unless they are allowed by name."""

from __future__ import annotations

from typing import Final


def _operations(rows: dict[str, str]) -> dict[str, str]:
    """Give each operation its reason: a row has a method and the paths it is of."""
    found: dict[str, str] = {}
    for told, why in rows.items():
        method, *paths = told.split()
        found.update({f"{method} {path}".lower(): why for path in paths})
    return found


HARMLESS: Final[dict[str, str]] = {
    **_operations(
        {
            "GET /api-docs/{file} /events /applications /applications/{applicationName}": "the session itself",
            "POST /applications/{applicationName}/subscription": "the session itself",
            "DELETE /applications/{applicationName}/subscription": "the session itself",
            "PUT /applications/{applicationName}/eventFilter": "the session itself",
        }
    ),
    **_operations(
        {
            "GET /asterisk/info /asterisk/ping /asterisk/modules /asterisk/modules/{moduleName} /asterisk/logging"
            " /asterisk/config/dynamic/{configClass}/{objectType}/{id} /endpoints /endpoints/{tech} /endpoints/{tech}/{resource}"
            " /channels /channels/{channelId} /channels/{channelId}/rtp_statistics /bridges /bridges/{bridgeId}"
            " /recordings/stored /recordings/stored/{recordingName} /recordings/stored/{recordingName}/file"
            " /recordings/live/{recordingName} /sounds /sounds/{soundId} /playbacks/{playbackId} /deviceStates"
            " /deviceStates/{deviceName} /mailboxes /mailboxes/{mailboxName}": "only shows",
        }
    ),
    **_operations(
        {
            "POST /channels/{channelId}/move /channels/{channelId}/answer /channels/{channelId}/ring"
            " /channels/{channelId}/progress /channels/{channelId}/mute /channels/{channelId}/hold /channels/{channelId}/moh"
            " /channels/{channelId}/silence /channels/{channelId}/play /channels/{channelId}/play/{playbackId}"
            " /channels/{channelId}/record": "acts on calls that are there",
            "DELETE /channels/{channelId} /channels/{channelId}/ring /channels/{channelId}/mute /channels/{channelId}/hold"
            " /channels/{channelId}/moh /channels/{channelId}/silence": "acts on calls that are there",
            "POST /bridges /bridges/{bridgeId} /bridges/{bridgeId}/addChannel /bridges/{bridgeId}/removeChannel"
            " /bridges/{bridgeId}/videoSource/{channelId} /bridges/{bridgeId}/moh /bridges/{bridgeId}/play"
            " /bridges/{bridgeId}/play/{playbackId} /bridges/{bridgeId}/record": "acts on calls that are there",
            "DELETE /bridges/{bridgeId} /bridges/{bridgeId}/videoSource /bridges/{bridgeId}/moh": "acts on calls that are there",
            "POST /playbacks/{playbackId}/control": "acts on calls that are there",
            "DELETE /playbacks/{playbackId}": "acts on calls that are there",
        }
    ),
    **_operations(
        {
            "POST /channels/externalMedia /channels/{channelId}/snoop /channels/{channelId}/snoop/{snoopId}": (
                "makes a channel of media, which calls no number"
            ),
            "POST /recordings/stored/{recordingName}/copy /recordings/live/{recordingName}/stop"
            " /recordings/live/{recordingName}/pause /recordings/live/{recordingName}/mute": "acts on recordings",
            "DELETE /recordings/stored/{recordingName} /recordings/live/{recordingName} /recordings/live/{recordingName}/pause"
            " /recordings/live/{recordingName}/mute": "acts on recordings",
            "POST /events/user/{eventName}": "tells others, and dials nobody",
            "PUT /deviceStates/{deviceName} /asterisk/logging/{logChannelName}/rotate": "tells others, and dials nobody",
            "DELETE /deviceStates/{deviceName}": "tells others, and dials nobody",
        }
    ),
}
UNKNOWN: Final[dict[str, str]] = _operations(
    {
        "POST /channels/{channelId}/dtmf": "digits on a line that is open may dial on",
        "POST /channels/{channelId}/variable /asterisk/variable": "a dialplan may dial what a variable holds",
        "POST /channels/{channelId}/transfer_progress": "goes on with a transfer",
        "POST /endpoints/refer /endpoints/{tech}/{resource}/refer": "has the other side call",
        "PUT /endpoints/sendMessage /endpoints/{tech}/{resource}/sendMessage": "sends a message to a person",
        "PUT /asterisk/modules/{moduleName} /asterisk/config/dynamic/{configClass}/{objectType}/{id}": "changes what the switch is",
        "POST /asterisk/modules/{moduleName}": "changes what the switch is",
        "DELETE /asterisk/modules/{moduleName} /asterisk/config/dynamic/{configClass}/{objectType}/{id}": (
            "changes what the switch is"
        ),
        "POST /asterisk/logging/{logChannelName}": "writes files",
        "DELETE /asterisk/logging/{logChannelName}": "writes files",
        "PUT /mailboxes/{mailboxName}": "changes mailboxes, which may call out",
        "DELETE /mailboxes/{mailboxName}": "changes mailboxes, which may call out",
    }
)
