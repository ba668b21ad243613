"""The article's number-usage log: one record for every decision that `attempt` takes, and how the call ended."""

from __future__ import annotations

from callguard.call_log.chain import Fault, Register
from callguard.call_log.entry import Consent, Entry, Later, Note
from callguard.call_log.exporting import Manifest, check_file, read_manifest
from callguard.call_log.log import CallLog
from callguard.call_log.replaying import Replayed
from callguard.call_log.verifying import Verified

__all__ = [
    "CallLog",
    "Consent",
    "Entry",
    "Fault",
    "Later",
    "Manifest",
    "Note",
    "Register",
    "Replayed",
    "Verified",
    "check_file",
    "read_manifest",
]
