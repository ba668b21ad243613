"""The call log of a store, under a keyring and a policy: written, searched, verified, exported, replayed, purged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from callguard.call_log.archiving import Archive, Law
from callguard.call_log.asking import system_user
from callguard.call_log.chain import Register, unsealed
from callguard.call_log.entry import AWAY, NOTES, Entry, Later, Note, decode, encode, facts_of
from callguard.call_log.searching import Asked, finds, query_of, read
from callguard.call_log.writing import Pen, Reference
from callguard.errors import StateError
from callguard.state.outbox import OUTCOME
from callguard.state.records import LogQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from callguard.call_log.entry import Facts
    from callguard.call_log.exporting import Manifest
    from callguard.call_log.replaying import Replayed
    from callguard.call_log.searching import When
    from callguard.call_log.verifying import Progress, Verified
    from callguard.model import Decision, Reason
    from callguard.policy import Caller, Policy
    from callguard.rules.rule import Attempts, Call, Callee, Upkeep
    from callguard.sealing import Keyring
    from callguard.state import Store, Transaction
    from callguard.state.records import LogRow

_SEEN: Final = 256  # other chains that a chain's first row says it has seen


class CallLog:
    """The log of one store; every thread may use it.

    What is written is in the store's transaction and lasts with it. Everything else reads the store as it is. StateError from
    whatever the store cannot do, or a key that is not held.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        policy: Policy,
        clock: Callable[[], float],
        *,
        custom: Iterable[str] = (),
        writes: bool = True,
    ) -> None:
        """Archive the law that decisions will rest on, unless nothing will be written; `custom` are ids of the user's own rules."""
        self.store, self.keyring, self.policy, self.clock = store, keyring, policy, clock
        self.archive = Archive(store, keyring)
        self.heard: Callable[..., bool] | None = None  # the guard's, which keeps refusals
        self._custom = tuple(custom)
        self._law = self.archive.keep_law(policy, self._custom) if writes else ""
        self._pen = Pen(keyring, Register.of(store.writers() if writes else ()).seen(_SEEN))
        self._laws: dict[str, Law | LookupError] = {}
        self._documents: dict[str, Mapping[str, Any]] = {}
        if writes:
            store.replay(OUTCOME, self._pen.sent)

    # --- writing

    def write(
        self,
        transaction: Transaction,
        *,
        call: Call,
        callee: Callee,
        attempts: Attempts,
        upkeep: Upkeep,
        decision: Decision,
        number: int | None,
        caller: str,
        shadow: bool = False,
        mark: int = 0,
        key: str | None = None,
        permit: str | None = None,
    ) -> LogRow:
        """Write a decision with every fact that it rests on, and return its row; StateError where that cannot be."""
        if not self._law:
            raise RuntimeError("this log was opened for reading; open it with `writes=True` to write decisions")
        facts = facts_of(
            call,
            callee,
            attempts,
            upkeep,
            decision,
            number=number,
            caller=caller,
            shadow=shadow,
            mark=mark,
            key=key,
            permit=permit,
            law=self._law,
        )
        return self._pen.decision(transaction, facts)

    def end(self, row: LogRow | Reference, name: str, duration: float | None, at: float) -> None:
        """Write how a logged call ended, in a transaction of its own; `duration` in seconds, the last one stands.

        Where the database cannot be written it waits in the host's spool; StateError where there is none, or that cannot be either.
        """
        facts: Facts = {"kind": "outcome", "at": at, "of": [row.writer, row.position], "outcome": name}
        if duration is not None:
            facts["duration"] = duration
        try:
            self.store.transact(lambda transaction: self._pen.later(transaction, row, facts))
        except StateError:
            self.store.later(OUTCOME, self._pen.packed(row, facts))

    def end_of(self, reference: str, name: str, *, duration: float | None = None) -> None:
        """Write how the call of an attempt ended that another process may have made; the reference is `attempt.reference`.

        Otherwise as `attempt.outcome`, a refusal too; ValueError for what is no reference.
        """
        found = Reference.read(reference)
        try:
            if self.heard is not None and self.policy.may_refuse(name):
                self._hear(found, name)
        finally:
            self.end(found, name, duration, self.clock())

    def _hear(self, reference: Reference, name: str) -> None:
        """Keep an outcome that may be a refusal of whom the record names; StateError where that cannot be read."""
        assert self.heard is not None
        for row in self.store.log_rows(LogQuery(writer=reference.writer, after=reference.position - 1)):
            if row.position == reference.position:
                facts = decode(unsealed(self.keyring, row))
                if facts["callee"] is not None:
                    self.heard(int(facts["callee"]), campaign=facts["campaign"], outcome=name)
                return
            break
        raise StateError("the outcome may be a refusal, and the record of its call is not in this log; keep it by `guard.refuse`")

    def release(self, transaction: Transaction, row: LogRow, at: float) -> LogRow:
        """Write that the count of a logged call was given back."""
        return self._pen.later(transaction, row, {"kind": "release", "at": at, "of": [row.writer, row.position]})

    def note(self, kind: str, *, why: str, who: str | None = None, **facts: Any) -> LogRow:
        """Write what is done with the log itself, and by whom: the system's user, unless it is said."""
        said: Facts = {"kind": kind, "at": self.clock(), "who": system_user() if who is None else who, "why": why, **facts}
        return self.store.transact(lambda transaction: self._pen.note(transaction, said))

    def hand_on(self, row: LogRow, caller: Caller | None) -> None:
        """Hand a record on as it was written, where the policy says so for such callers; StateError where that fails."""
        from callguard import packs
        from callguard.call_log import handing_on

        log = self.policy.call_log
        if log is None or caller is None or caller.kind not in packs.load("cn").recorded_callers:
            return
        if log.hand_on_command is not None:
            handing_on.to_command(log.hand_on_command, self._as_handed(row), log.hand_on_timeout_s)
        if log.hand_on_url is not None:
            handing_on.to_url(log.hand_on_url, self._as_handed(row), log.hand_on_timeout_s)

    def _as_handed(self, row: LogRow) -> bytes:
        from callguard.call_log.columns import as_json
        from callguard.call_log.entry import entry_of

        entry = entry_of(decode(unsealed(self.keyring, row)), row.writer, row.position, {})
        return encode(as_json(entry, self.document(entry.law), self.policy.enterprise.timezone, masked=False))

    # --- reading

    def search(
        self,
        *,
        number: str | int | None = None,
        caller: str | None = None,
        campaign: str | None = None,
        reason: Reason | str | None = None,
        since: When = None,
        until: When = None,
    ) -> Iterator[Entry]:
        """Yield the decisions that match, with their outcomes, writer by writer in the order of each chain.

        A number and a caller may be in any writing; `since` and `until` are instants or dates of the enterprise's, both included.
        ValueError for what cannot be read.
        """
        asked = Asked.of(self.policy, number=number, caller=caller, campaign=campaign, reason=reason, since=since, until=until)
        return (entry for entry in self._read(asked) if isinstance(entry, Entry))

    def notes(self, *kinds: str, since: When = None, until: When = None) -> Iterator[Note]:
        """Yield what was done with the log itself: all of it, or some kinds (`checkpoint`, `export`, `exported`, `purge`)."""
        asked = Asked.of(self.policy, since=since, until=until)
        rows = self.store.log_rows(query_of(finds(self.store, self.keyring), asked, kinds or NOTES))
        return (note for note in read(self.keyring, rows, asked) if isinstance(note, Note))

    def _read(self, asked: Asked) -> Iterator[Entry | Later | Note]:
        keyrings = finds(self.store, self.keyring)
        away = self.store.log_rows(query_of(keyrings, asked, (AWAY,)))
        return read(self.keyring, self.store.log_rows(query_of(keyrings, asked)), asked, away)

    def document(self, law: str) -> Mapping[str, Any]:
        """Return what a record's law names: hashes of policy and packs, versions of data; empty where it is not there."""
        found = self._documents.get(law)
        if found is None:
            found = self._documents[law] = self.archive.document(law) or {}
        return found

    # --- checking

    def register(self) -> Register:
        """Return what every chain has come to."""
        return Register.of(self.store.writers())

    def checkpoint(self, why: str = "verify") -> str:
        """Put what every chain has come to on record, and return its digest, to be printed and kept elsewhere.

        Later checks compare the log with it: `verify(expected=digest)`.
        """
        register = self.register()
        self.note("checkpoint", why=why, seen=register.seen())
        return register.digest

    def verify(self, *, expected: str | Register | None = None, deep: bool = False, progress: Progress | None = None) -> Verified:
        """Check every link of every chain against the register, the anchors of purges, and what chains say of each other.

        `expected` is a digest that `checkpoint` returned or an export's manifest names, or the register of a manifest: a log that
        does not lead on from there is found, whatever else was made to fit. `deep` has every seal opened too: a link says already
        that what is sealed is as it was, this says that it can be read. `progress(done, total)` in rows.
        """
        from callguard.call_log.verifying import Verifying

        return Verifying(self.store, self.keyring, deep=deep).run(expected, progress)

    # --- handing out

    def export(
        self,
        path: Path,
        *,
        why: str,
        who: str | None = None,
        masked: bool = True,
        number: str | int | None = None,
        caller: str | None = None,
        campaign: str | None = None,
        reason: Reason | str | None = None,
        since: When = None,
        until: When = None,
        progress: Callable[[int], None] | None = None,
    ) -> Manifest:
        """Write the records that match to a CSV or Parquet file, by its name, and a manifest beside it.

        The asking is put on record before anything is read, and the file's hash before the file is put in its place. ValueError
        for what cannot be read, FileExistsError where there is a file already.
        """
        from callguard.call_log.exporting import Export

        if not why.strip():
            raise ValueError("`why` is empty; accepted: what the export is for")
        asked = Asked.of(self.policy, number=number, caller=caller, campaign=campaign, reason=reason, since=since, until=until)
        export = Export(path)
        register = self.register()
        who = system_user() if who is None else who
        said = {"masked": masked, "asked": asked.shown, "digest": register.digest}
        row = self.note("export", why=why, who=who, seen=register.seen(), **said)
        entries = (entry for entry in self._read(asked) if not isinstance(entry, Note))
        digest = export.write(entries, self.document, self.policy.enterprise.timezone, masked=masked, progress=progress)
        try:
            self.note("exported", why=why, who=who, of=[row.writer, row.position], sha256=digest, rows=export.rows)
            return export.finish(
                {
                    **said,
                    "sha256": digest,
                    "first": export.first,
                    "last": export.last,
                    "at": self.clock(),
                    "who": who,
                    "why": why,
                    "enterprise": self.policy.enterprise.name,
                    "register": register.as_json(),
                },
                self.keyring,
            )
        finally:
            export.drop()

    def replay(
        self,
        *,
        law: str | Path | Law = "archived",
        number: str | int | None = None,
        caller: str | None = None,
        campaign: str | None = None,
        reason: Reason | str | None = None,
        since: When = None,
        until: When = None,
    ) -> Iterator[Replayed]:
        """Decide matching calls again, on nothing but their recorded facts, by the archived law that they were decided by.

        Or by the `"current"` one, that of a policy file, or any Law. PolicyError for a file that is no policy.
        """
        from callguard.call_log.replaying import replay

        entries = self.search(number=number, caller=caller, campaign=campaign, reason=reason, since=since, until=until)
        if law == "archived":
            return replay(entries, self._archived)
        given = self._given(law)
        return replay(entries, lambda _: given)

    def _given(self, law: str | Path | Law) -> Law:
        from callguard.policy import Policy

        if isinstance(law, Law):
            return law
        return Law.current(self.policy if law == "current" else Policy.load(law), self._custom)

    def _archived(self, entry: Entry) -> Law:
        found = self._laws.get(entry.law)
        if found is None:
            try:
                found = self.archive.law(entry.law)
            except LookupError as error:
                found = error
            self._laws[entry.law] = found
        if isinstance(found, LookupError):
            raise found
        return found

    def purge(
        self,
        before: date,
        *,
        why: str = "retention",
        who: str | None = None,
        dry: bool = False,
        sure: Callable[[int], bool] | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Remove the records of the days before a date, from each chain's front, and return how many; `dry` only counts them.

        `sure` is asked with their number before any goes. They go in steps, each a transaction that leaves the log whole, of
        which `progress(done, total)` is told. ValueError where any would have been kept for less than the policy's months, six at
        least, by the enterprise's calendar. StateError where a chain does not verify. What was removed, and by whom, stays on
        record.
        """
        from callguard.call_log import purging

        now = self.clock()
        until = purging.check(self.policy, before, now)
        plan = purging.plan(self.store, self.keyring, until, now)
        if dry or not plan.rows:
            return plan.rows
        if sure is not None and not sure(plan.rows):
            return 0
        register = self.register()
        self.note("purge", why=why, who=who, before=str(before), rows=plan.rows, digest=register.digest)
        done = 0
        for anchors in plan.steps:
            done += self.store.purge(anchors)
            if progress is not None:
                progress(done, plan.rows)
        return done
