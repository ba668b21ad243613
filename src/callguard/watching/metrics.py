"""A guard's counters for `prometheus_client`; needs the extra `prometheus`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callguard.errors import CallguardError
from callguard.watching.counters import Counters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

    from callguard.guard import Guard


def collect(guard: Guard, *, registry: CollectorRegistry | None = None) -> Collector:
    """Count what happens at a guard from now on, for a registry or the global one; CallguardError without the extra `prometheus`.

    Counters are of this process, in memory. `prometheus_client`'s mode for several processes does not know them: let each one
    be scraped, or push what it has.
    """
    try:
        from prometheus_client import REGISTRY
    except ModuleNotFoundError as error:
        if error.name != "prometheus_client":
            raise
        raise CallguardError("`prometheus_client` is not installed: `pip install 'callguard-outbound[prometheus]'`") from None
    registry = REGISTRY if registry is None else registry
    found = Collector(Counters(guard), registry)
    registry.register(found)
    return found


class Collector:
    """What a registry asks when it is scraped; `stop()` takes it out, and ends the counting."""

    def __init__(self, counters: Counters, registry: CollectorRegistry) -> None:
        self.counters, self._registry = counters, registry

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for family in self.counters.families():
            kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
            found = kind(family.name, family.about, labels=family.labels)
            for labels, value in sorted(family.values.items()):
                found.add_metric(labels, value)
            yield found

    def stop(self) -> None:
        """Count no more."""
        self.counters.stop()
        self._registry.unregister(self)
