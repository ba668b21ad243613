"""Hypothesis profiles, what a soak saw, and which ways to place a call were shown."""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings

import ways

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much]
for _name, _examples in (("dev", 50), ("ci", 200), ("soak", 50_000)):
    settings.register_profile(
        _name,
        max_examples=_examples,
        deadline=None,
        suppress_health_check=_QUIET,
        derandomize=_name != "soak",
        print_blob=True,
        database=None if _name != "soak" else settings.default.database,
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_itemcollected(item):
    """Note which ways to place a call a test shows, also of one that will be skipped."""
    ways.note(item)


def pytest_collection_finish(session):
    """Write down which ways are marked, where nothing is run."""
    if session.config.option.collectonly:
        ways.collected(session.items)


def pytest_terminal_summary(terminalreporter):
    """Say how often each reason came first in generated worlds, over all workers; write down which ways were shown."""
    ways.gather(terminalreporter.stats)
    counts, worlds = Counter(), 0
    for report in terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", []):
        for name, value in report.user_properties:
            if name == "reasons":
                counts.update(value)
                worlds += sum(value.values())
    if worlds:
        terminalreporter.section(f"reasons that came first in {worlds} generated worlds")
        for reason, count in counts.most_common():
            terminalreporter.write_line(f"{count:7d}  {100 * count / worlds:5.1f} %  {reason}")
