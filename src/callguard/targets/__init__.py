"""Whom a switch is told to call: the channel names of Asterisk and the dial strings of FreeSWITCH, read into targets."""

from __future__ import annotations

from callguard.targets.target import Target, Unreadable

__all__ = ["Target", "Unreadable"]
