"""Kamailio: every INVITE is decided in the proxy, in Python (KEMI, module app_python3), before it is relayed.

`Proxy` is what the script's `mod_init` returns. Of Kamailio it needs the modules tm, sl, rr, pv, maxfwd, siputils, and the object
`KSR`. A call that may not be placed is answered 603 or 608; whatever cannot be decided is answered 503, and nothing is relayed.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard.dialers import sip
from callguard.errors import CallguardError, DialDenied, StateError
from callguard.model import Reason
from callguard.permits import Checker, PermitError, UsedOnHost

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from callguard.attempt import Attempt
    from callguard.guard import Guard
    from callguard.permits import Permit

PERMIT, CAMPAIGN, RULE = "X-Callguard-Permit", "X-Callguard-Campaign", "X-Callguard-Rule"
DENIALS: Final = (603, 608)
PERMIT_RULE: Final = "dial-permit"
_PHRASES: Final = {603: "Decline", 608: "Rejected", 503: "Policy Unavailable"}
_WITHIN: Final = frozenset({"INVITE", "ACK", "BYE", "UPDATE", "INFO", "PRACK", "OPTIONS"})  # REFER and others may place calls
_UPKEEP: Final = (Reason.STATE_STALE, Reason.LOG_UNAVAILABLE)
_CALL: Final = "$avp(callguard)"  # of the transaction: what its reply, in whichever worker, must know
_BEAT_S: Final = 0.05  # from which on what is known of the state is looked at again
_PAUSE_S: Final = 1.0  # between two tries to open a guard that could not be


@attrs.frozen(slots=True)
class Denied:
    """What is answered instead of relaying."""

    code: int
    reason: str
    rule: str | None = None


class Proxy:
    """Decides INVITEs; made once, before Kamailio forks, and opened by each worker for itself.

    With `permit_keys` a call needs a permit, and is not counted again; else it is an attempt, whose key is its Call-ID. `policy` is
    the policy's file: for attempts, and beside `permit_keys` only to keep refusals. Raises PolicyError or ValueError for what would
    not work, so that Kamailio does not start.
    """

    def __init__(
        self,
        ksr: Any,
        *,
        next_hop: str,
        policy: str | Path | None = None,
        campaign: str | None = None,
        permit_keys: str | None = None,
        used: str | Path | None = None,
        region: str = "CN",
        denied: int = 603,
        call_info: str | None = None,
        refusals: Collection[int] | None = None,
        scope: str | None = None,
        secret: str | None = None,
    ) -> None:
        """Check what is configured.

        `next_hop`: where calls go, as `sip:gateway:5060`. `campaign`: of a call that names none in X-Callguard-Campaign.
        `permit_keys`: public keys; `used`: the folder in which this host remembers used permits; `region`: where numbers without
        a country code are. `denied`: 603 or 608; `call_info`: the address of a 608's Call-Info, where redress is to be had.
        `refusals`: replies of the callee's that are refusals, kept in `scope`, in place of what the policy's `opt_out` says.
        `secret`: what marks the dialogs that were let through; by default another at every start.
        """
        if denied not in DENIALS:
            raise ValueError(f"`denied` is {denied}; accepted: 603, 608")
        if not next_hop.startswith(("sip:", "sips:")):
            raise ValueError("`next_hop` is no SIP address; accepted: where calls go, as `sip:gateway:5060`")
        if policy is None and permit_keys is None:
            raise ValueError("neither `policy` nor `permit_keys` is given; accepted: one of them, or both")
        self._ksr, self._next_hop, self._campaign = ksr, next_hop, campaign
        self._denied, self._call_info = denied, call_info
        self._refusals, self._scope = None if refusals is None else frozenset(refusals), scope
        self._secret = secrets.token_bytes(32) if secret is None else secret.encode()
        self._policy = None if policy is None else Path(policy)
        self._checker = None if permit_keys is None else self._checking(permit_keys, used, region)
        if self._policy is not None:
            self._check_policy(self._policy)
        self._opened: Guard | None = None
        self._pid = 0
        self._failed = self._beaten = float("-inf")

    def _checking(self, keys: str, used: str | Path | None, region: str) -> Checker:
        if used is None or not Path(used).is_dir():
            raise ValueError("`used` is no folder; accepted: one of this host's own, in which its workers remember used permits")
        return Checker(keys, used=UsedOnHost(used), region=region)

    def _check_policy(self, file: Path) -> None:
        from callguard.policy import Policy

        policy = Policy.load(file)
        if self._scope is not None:
            policy.check_scope(self._scope)
        if self._campaign is not None:
            policy.campaign(self._campaign)

    # --- what Kamailio calls

    def child_init(self, rank: int) -> int:
        """Open the guard in a worker, after the fork; where that fails, calls are answered 503 until it can be opened."""
        if rank > 0 and self._policy is not None:
            try:
                self._guard()
            except Exception as error:  # noqa: BLE001 - the worker lives, and relays nothing
                self._log(error)
        return 0

    def ksr_request_route(self, msg: object) -> int:  # noqa: ARG002 - Kamailio's
        """Decide or pass a request; whatever goes wrong, nothing is relayed."""
        try:
            self._request(self._ksr.pv.get("$rm"))
        except Exception as error:  # noqa: BLE001 - the answer to any failure is 503
            self._log(error)
            self._answer(Denied(503, "policy-failure"))
        return 1

    def ksr_reply_route(self, msg: object) -> int:  # noqa: ARG002
        """Pass every reply."""
        return 1

    def ksr_onsend_route(self, msg: object) -> int:  # noqa: ARG002 - Kamailio 5.6 calls it at every send, and fails without it
        """Pass whatever is sent."""
        return 1

    def ksr_onreply_invite(self, msg: object) -> int:  # noqa: ARG002
        """Record how a call ended, by the callee's final reply."""
        with self._unharmed():
            status = int(self._ksr.pv.get("$rs"))
            if status >= 200:
                # another callguard's denial further on is no refusal of the callee's
                self._ended(status, said=not self._ksr.pv.get(f"$hdr({RULE})"))
        return 1

    def ksr_failure_invite(self, msg: object) -> int:  # noqa: ARG002
        """Record how a call ended that had no reply, or was given up."""
        with self._unharmed():
            self._ended(int(self._ksr.pv.get("$T_reply_code") or 408), said=False)
        return 1

    # --- requests

    def _request(self, method: str) -> None:
        ksr = self._ksr
        if ksr.maxfwd.process_maxfwd(10) < 0:
            ksr.sl.sl_send_reply(483, "Too Many Hops")
        elif method == "CANCEL":
            if ksr.tm.t_check_trans() > 0:
                ksr.tm.t_relay()
        elif ksr.siputils.has_totag() > 0:
            self._within(method)
        elif method == "ACK":
            if ksr.tm.t_check_trans() > 0:
                ksr.tm.t_relay()
        elif method == "OPTIONS":
            ksr.sl.sl_send_reply(200, "OK")
        elif method != "INVITE":
            ksr.sl.sl_send_reply(405, "Method Not Allowed")
        # the transaction comes first: a retransmission is answered by it, and decided by nobody
        elif ksr.tm.t_check_trans() != 0 and self._begun():
            self._invite()

    def _begun(self) -> bool:
        """Make the transaction; False for a retransmission, which another worker is at."""
        made: int = self._ksr.tm.t_newtran()
        if made < 0:
            self._ksr.sl.sl_reply_error()
        return made > 0

    def _within(self, method: str) -> None:
        """Pass a request of a dialog that was let through, by the route that its INVITE recorded."""
        ksr = self._ksr
        if method not in _WITHIN:
            ksr.sl.sl_send_reply(405, "Method Not Allowed")
        elif ksr.rr.loose_route() > 0:
            # an INVITE with a tag and a route of its own making is a new call
            if method == "INVITE" and ksr.rr.check_route_param(f"(^|;)cg={self._mark()}(;|$)") < 0:
                ksr.sl.sl_send_reply(403, "Not A Dialog Of Ours")
            else:
                ksr.tm.t_relay()
        elif method != "ACK":
            ksr.sl.sl_send_reply(404, "Not Here")
        elif ksr.tm.t_check_trans() > 0:
            ksr.tm.t_relay()

    def _mark(self) -> str:
        """Return what marks the dialogs of this call as let through."""
        return hmac.digest(self._secret, self._ksr.pv.get("$ci").encode("utf-8", "surrogateescape"), "sha256").hex()[:32]

    def _invite(self) -> None:
        callee, caller = sip.number(self._ksr.pv.get("$ru") or ""), self._caller()
        if self._checker is not None:
            permit = self._permitted(self._checker, callee, caller)
            if isinstance(permit, Denied):
                self._answer(permit)
            else:
                self._relay(callee, permit.campaign, None)
            return
        campaign = self._header(CAMPAIGN) or self._campaign or ""
        attempt = self._guard().attempt(callee, caller=caller, campaign=campaign, key=self._ksr.pv.get("$ci"))
        try:
            attempt.__enter__()
        except DialDenied as error:
            decision = error.decision
            self._answer(Denied(503 if decision.reason in _UPKEEP else self._denied, str(decision.reason), decision.rule))
            return
        try:
            self._relay(callee, campaign, attempt)
        except BaseException:
            attempt.release()
            raise

    def _permitted(self, checker: Checker, callee: str, caller: str) -> Permit | Denied:
        try:
            return checker.check(self._header(PERMIT), callee=callee, caller=caller)
        except PermitError as error:
            return Denied(self._denied, f"permit-{error.reason}", PERMIT_RULE)

    def _caller(self) -> str:
        """Return who calls: the identity that the network asserts, else From."""
        asserted = sip.number(sip.address(self._header("P-Asserted-Identity") or ""))
        return asserted or sip.number(self._ksr.pv.get("$fu") or "")

    def _header(self, name: str) -> str | None:
        found: str | None = self._ksr.pv.get(f"$hdr({name})")
        return found

    def _relay(self, callee: str, campaign: str, attempt: Attempt | None) -> None:
        ksr = self._ksr
        for name in (PERMIT, CAMPAIGN, "Route"):  # the first two are ours; a route of the dialer's would lead elsewhere
            ksr.hdr.remove(name)
        ksr.pv.sets("$du", self._next_hop)
        ksr.rr.record_route()
        ksr.rr.add_rr_param(f";cg={self._mark()}")
        call = {"callee": callee, "campaign": campaign, "reference": None if attempt is None else attempt.reference}
        ksr.pv.sets(_CALL, json.dumps(call))
        ksr.tm.t_on_reply("ksr_onreply_invite")
        ksr.tm.t_on_failure("ksr_failure_invite")
        if ksr.tm.t_relay() < 0:
            if attempt is not None:
                attempt.outcome(sip.FAILED)
                attempt.release()
            self._answer(Denied(503, "relay-failed"))

    # --- answers

    def _answer(self, denied: Denied) -> None:
        ksr = self._ksr
        lines = [f"Reason: {sip.reason(denied.code, denied.reason)}"]
        if denied.rule is not None:
            lines.append(f"{RULE}: {sip.token(denied.rule)}")
        if denied.code == 608 and self._call_info is not None:
            lines.append(f"Call-Info: <{self._call_info}>;purpose=jwscard")
        ksr.hdr.append_to_reply("".join(f"{line}\r\n" for line in lines))
        if ksr.tm.t_reply(denied.code, _PHRASES[denied.code]) < 0:
            ksr.sl.sl_send_reply(denied.code, _PHRASES[denied.code])
        ksr.info(f"callguard: {denied.code} {denied.reason} {denied.rule or '-'}\n")

    def _ended(self, status: int, *, said: bool) -> None:
        """Record the end of the call of this transaction, once; `said` tells that the callee's side has replied."""
        kept = self._ksr.pv.get(_CALL)
        if not kept:
            return
        self._ksr.pv.sets(_CALL, "")
        call = json.loads(kept)
        if self._policy is None:
            return
        guard = self._guard()
        try:
            if said:
                self._hear(guard, call["callee"], call["campaign"], status)
        finally:
            if call["reference"] is not None and guard.log is not None:
                guard.log.end_of(call["reference"], sip.ended(status))

    def _hear(self, guard: Guard, callee: str, campaign: str, status: int) -> None:
        """Keep a callee's reply that is a refusal, by what this proxy was told, else by the policy."""
        if self._refusals is None and self._scope is None:
            guard.heard(callee, campaign=campaign, sip_status=status, source=f"sip {status}")
            return
        opt_out = guard.policy.opt_out_of(campaign)
        if status in (opt_out.sip if self._refusals is None else self._refusals):
            with suppress(ValueError):  # what was let through in the shadow may be no number
                guard.refuse(callee, scope=self._scope or opt_out.scope, source=f"sip {status}")

    def _guard(self) -> Guard:
        """Return this worker's guard, opened when first needed, and up to date; StateError and PolicyError where it cannot be."""
        if self._opened is not None and self._pid == os.getpid():
            if monotonic() >= self._beaten + _BEAT_S:
                self._opened.beat()
                self._beaten = monotonic()
            return self._opened
        if self._policy is None:
            raise RuntimeError("no policy is given")
        if monotonic() < self._failed + _PAUSE_S:
            raise StateError("the guard could not be opened a moment ago")
        from callguard.guard import Guard

        try:
            # Kamailio lets Python's threads run only while it calls: one could keep a lock that other workers wait for
            self._opened, self._pid = Guard.open(self._policy, threads=False), os.getpid()
        except Exception:
            self._failed = monotonic()
            raise
        return self._opened

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        """Log a failure, which is to harm no reply."""
        try:
            yield
        except Exception as error:  # noqa: BLE001
            self._log(error)

    def _log(self, error: BaseException) -> None:
        """Say what went wrong; only of callguard's own errors is it known that they hold no number."""
        said = f": {error}" if isinstance(error, CallguardError) else ""
        self._ksr.err(f"callguard: {type(error).__name__}{said}\n")
