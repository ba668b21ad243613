"""Counters of one guard: attempts by reason, outcomes, what was kept, what a candidate would change. No number is a label."""

from __future__ import annotations

import math
import threading
from collections import Counter
from typing import TYPE_CHECKING, Literal

import attrs

from callguard.model import FAILED
from callguard.observing import Observer
from callguard.state import forking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from callguard.guard import Guard
    from callguard.observing import Ended, Seen

Labels = tuple[str, ...]


@attrs.frozen(kw_only=True)
class Family:
    """A counter or gauge of Prometheus: its name without `_total`, its help, its labels, and a value for each of their values."""

    name: str
    kind: Literal["counter", "gauge"]
    about: str
    labels: Labels
    values: Mapping[Labels, float]

    def lines(self) -> Iterator[str]:
        """Yield it in the text format of Prometheus."""
        name = f"{self.name}_total" if self.kind == "counter" else self.name
        yield f"# HELP {name} {self.about}"
        yield f"# TYPE {name} {self.kind}"
        for values, value in sorted(self.values.items()):
            labels = ",".join(f'{label}="{_escaped(text)}"' for label, text in zip(self.labels, values, strict=True))
            yield f"{name}{{{labels}}} {exactly(value)}" if labels else f"{name} {exactly(value)}"


class Counters(Observer):
    """What happened at a guard since it is watched; any thread may count and read at once.

    They are of one process: what several processes count is for who gathers it to add. A process that is forked begins at nothing.
    """

    def __init__(self, guard: Guard) -> None:
        """Begin to watch a guard; `stop()` ends that."""
        self._guard = guard
        self._begin()
        forking.register(self, forking.COUNTING)
        self.stop = guard.observe(self)

    def _begin(self) -> None:
        self._counting = threading.Lock()
        self._attempts: Counter[Labels] = Counter()
        self._outcomes: Counter[Labels] = Counter()
        self._kept: Counter[Labels] = Counter()
        self._candidate: Counter[Labels] = Counter()

    def before_fork(self) -> None:
        """Let nothing be half counted while the process forks."""
        self._counting.acquire()

    def after_fork(self, *, child: bool) -> None:
        """Go on; a child counts for itself."""
        if child:
            self._begin()
        else:
            self._counting.release()

    def entered(self, seen: Seen) -> Callable[[Ended], None]:
        """Count an attempt."""
        with self._counting:
            self._attempts[seen.campaign, seen.reason.value, "true" if seen.shadow else "false"] += 1
            if seen.candidate is not None:
                self._candidate[seen.campaign, _change(seen), seen.candidate] += 1

        def ended(how: Ended) -> None:
            with self._counting:
                self._outcomes[seen.campaign, "released" if how.released else how.outcome] += 1

        return ended

    def kept(self, kind: str, count: int) -> None:
        """Count records that were kept."""
        with self._counting:
            self._kept[(kind,)] += count

    def families(self) -> tuple[Family, ...]:
        """Return all that is counted, and how old the state is now."""
        with self._counting:
            counted = [dict(each) for each in (self._attempts, self._outcomes, self._kept, self._candidate)]
        attempts, outcomes, kept, candidate = counted
        return (
            Family(
                name="callguard_attempts",
                kind="counter",
                about="Attempts that were decided, by reason; `shadow` were denied and let go.",
                labels=("campaign", "reason", "shadow"),
                values=attempts,
            ),
            Family(
                name="callguard_outcomes",
                kind="counter",
                about="Attempts that were placed and have ended.",
                labels=("campaign", "outcome"),
                values=outcomes,
            ),
            Family(
                name="callguard_kept",
                kind="counter",
                about="Refusals, lifts, consents, versions of lists and the like that were kept.",
                labels=("kind",),
                values=kept,
            ),
            Family(
                name="callguard_candidate",
                kind="counter",
                about="Attempts that a candidate decided too, by what it would change, and its reason.",
                labels=("campaign", "change", "reason"),
                values=candidate,
            ),
            Family(
                name="callguard_state_age_seconds",
                kind="gauge",
                about="How old what is known of the state is; +Inf where it is not known.",
                labels=(),
                values={(): self._guard.state_age},
            ),
        )

    def text(self) -> str:
        """Return all of it in the text format of Prometheus."""
        return "".join(f"{line}\n" for family in self.families() for line in family.lines())


def _change(seen: Seen) -> str:
    if seen.candidate == FAILED:
        return "unknown"
    if not seen.changes:
        return "none"
    return "stopped" if seen.placed else "let-go"


def exactly(value: float) -> str:
    """Return a value as Prometheus reads it, with no digit lost."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
