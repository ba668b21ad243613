"""Policies to be inspected: one to which there is nothing to say, and ways to change it."""

from __future__ import annotations

import copy
from datetime import date

from callguard import Policy
from callguard.readiness import inspect
from worlds import render

ON = date(2026, 6, 1)
BEIJING, GUANGDONG = "010-8555-0199", "020-8555-0199"  # callees
CALLER = "010-8555-0123"
PAPERS = ["business-licence", "call-centre-licence", "usage-plan", "premises-proof"]
CLEAN = {
    "version": 1,
    "enterprise": {
        "name": "Xinghe",
        "seats": 20,
        "registered_capital": 20_000_000,
        "paid_in_capital": 20_000_000,
        "office_area": 150,
        "home": "CN-BJ",
        "business_scope": ["信息技术服务"],
        "staff": 20,
        "facilities": True,
        "documents": ["business-licence", "identity-card-copy", "articles"],
    },
    "call_log": {"key_env": "CALLGUARD_LOG_KEY"},
    "licences": [
        {"kind": "call-centre", "scope": "national", "issued": date(2023, 5, 1), "annual_reports": [2023, 2024, 2025]},
    ],
    "filings": [],
    "changes": [],
    "callers": [
        {"number": CALLER, "obtained": date(2024, 1, 5), "filed": date(2024, 1, 20), "channel": "operator", "documents": PAPERS}
    ],
    "campaigns": [{"name": "notice", "purpose": "service"}],
}


def changed(change=None, **sections):
    """Return the tables of a policy: the clean one with sections replaced, then changed by a function."""
    tables = copy.deepcopy(CLEAN) | sections
    if change is not None:
        change(tables)
    return {key: value for key, value in tables.items() if value not in ([], None)}


def policy(change=None, **sections):
    """Return the policy of these tables."""
    return Policy.from_toml(render(changed(change, **sections)))


def look(change=None, *, on=ON, days=90, kept=None, **sections):
    """Inspect the policy of these tables."""
    return inspect(policy(change, **sections), on=on, days=days, kept=kept)


def said(found, *severities):
    """Return what was remarked, without the notes unless they are asked for: id, severity, name, day."""
    return [
        (each.id, each.severity, each.name, each.day)
        for each in found.remarks
        if (each.severity in severities if severities else each.severity != "note")
    ]
