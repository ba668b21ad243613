"""What decides of a guard, shipped to processes that have neither its state nor its files: policy, law, lists, and what is known.

No secret goes along: no key, no address of a state, no command. Where the state is sealed, so is what is shipped of it, and whoever
opens it must have the same key.
"""

from __future__ import annotations

import copy
import io
import os
import pickle
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from callguard import phone
from callguard.call_log import archiving
from callguard.deciding import Generation
from callguard.deciding.generation import Means
from callguard.deciding.lines import Line
from callguard.errors import CallguardError, IndexFileError, PolicyError, Problem, StateError
from callguard.index import sealed
from callguard.index.header import SEALED
from callguard.index.opened import open as open_index
from callguard.phone.hcodes import Hcodes
from callguard.sealing import Keyring
from callguard.state import Followed, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from callguard.guard import Guard
    from callguard.index import Index
    from callguard.packs import Calendar, LocalLaw
    from callguard.policy import CallLog, Policy

Sent = tuple[dict[str, str], bytes]  # the versions to be the same there, and all else: plain values, which every version can read
_FORM: Final = "1"  # of what is sent


@attrs.frozen(slots=True, kw_only=True)
class _Body:
    """What is sent beside the files: the policy without its secrets, the law, the newer provinces, and what the files are."""

    id: str
    at: float
    policy: Policy
    calendar: Calendar
    local_law: LocalLaw
    hcodes: bytes | None
    refusals: str
    rest: str
    complete: bool
    sealed: bool
    index: str | None
    digest: str
    planes: tuple[tuple[str, Path], ...]


def ship(guard: Guard, folder: Path, *, key_env: str | None = None) -> tuple[Sent, list[Path]]:
    """Return what is told of a guard, and the files in a folder that go along, as it knows things now.

    `key_env` names the variable that holds the key there, where the policy's own is not the one. PolicyError for rules that a
    program gave, and for a key that is had by a command; StateError where the guard would deny every call, or a file cannot be
    written.
    """
    generation = guard._generation  # noqa: SLF001 - a guard has no other door to all that it decides with
    keyring = guard._keyring(generation.policy)  # noqa: SLF001
    _refuse_given(generation)
    policy = _bare(generation.policy, key_env, sealed=bool(keyring.active))
    ailment = guard.ailment
    if ailment is not None:
        raise StateError(f"nothing is shipped of a guard that denies every call, `{ailment}`; accepted: one that is well")
    complete = generation.look_back()
    name = os.urandom(16).hex()
    refusals, rest = folder / f"callguard-{name}.refusals", folder / f"callguard-{name}.rest"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        copied.write(refusals, rest, generation.view, generation.store.tallies(), name, keyring)
        index = None if generation.index is None else _put(generation.index, folder, keyring)
    except OSError as error:
        raise StateError(f"`{folder}` takes no copy of what a guard knows ({error.strerror or type(error).__name__})") from error
    body = _Body(
        id=name,
        at=guard.now(),
        policy=policy,
        calendar=generation.calendar,
        local_law=generation.local_law,
        hcodes=None if generation.numbers.hcodes is None else generation.numbers.hcodes.numbers,
        refusals=refusals.name,
        rest=rest.name,
        complete=complete,
        sealed=bool(keyring.active),
        index=None if index is None else index[0].name,
        digest="" if index is None else index[1],
        planes=() if generation.index is None else tuple((p.name, p.path or Path(p.name)) for p in generation.index.planes),
    )
    files = [refusals, rest] if index is None else [refusals, rest, index[0]]
    packed = io.BytesIO()
    _Pickler(packed).dump(body)
    return (_versions(policy), packed.getvalue()), files


class _Pickler(pickle.Pickler):
    """Packs the tables of the law, too, which nobody writes to."""

    def reducer_override(self, found: Any) -> Any:
        """Say how a table is made again."""
        return (_table, (dict(found),)) if isinstance(found, MappingProxyType) else NotImplemented


def _table(found: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(found)


def _refuse_given(generation: Generation) -> None:
    """Do nothing where all rules of the user's own are the policy's; PolicyError for what only this process has."""
    given = [rule.id for rule in generation.custom[len(generation.policy.rules) :]]
    if given:
        accepted = "`rules` of the policy, as `package.module:function`, which executors can import"
        raise PolicyError(problems=[Problem(key="Guard(rules=…)", found=f"`{'`, `'.join(given)}`", accepted=accepted)])


def _bare(policy: Policy, key_env: str | None, *, sealed: bool) -> Policy:
    """Return a policy without what is secret, and without what decides nothing."""
    log: CallLog | None = policy.call_log
    if log is not None:
        if key_env is not None:
            log = attrs.evolve(log, key_env=key_env, key_file=None)
        if sealed and log.key_env is None and log.key_file is None:
            found, accepted = "a command, which is not run elsewhere", "`key_env=`, a variable that holds the key on each executor"
            raise PolicyError(problems=[Problem(key="call_log.key_command", found=found, accepted=accepted)])
        log = attrs.evolve(log, key_command=None, hand_on_url=None, hand_on_command=None)
    found_ = copy.copy(policy)
    for key, value in {"call_log": log, "state": None, "permits": None, "candidate": None}.items():
        object.__setattr__(found_, key, value)
    return found_


def _put(index: Index, folder: Path, keyring: Keyring) -> tuple[Path, str]:
    """Put the file of an index into a folder, where it is not there yet; return it and the digest of what it holds."""
    if index.path is None:
        made = folder / f"callguard-{os.urandom(8).hex()}.part"
        with made.open("xb") as file:
            index.write(file)
        digest = open_index(made).digest
        made.replace(folder / _name(digest))
        return folder / _name(digest), digest
    with index.path.open("rb") as file:
        is_sealed = file.read(len(SEALED)) == SEALED
    path = folder / (f"callguard-{keyring.blind(f'index {index.digest}').hex()}.sealed" if is_sealed else _name(index.digest))
    if not path.exists():
        beside = path.with_suffix(".part")
        with suppress(OSError):
            beside.unlink()
        try:
            os.link(index.path, beside)
        except OSError:
            shutil.copyfile(index.path, beside)
        beside.replace(path)
    return path, index.digest


def _name(digest: str) -> str:
    return f"callguard-{digest[:32]}.cgx"


def _versions(policy: Policy) -> dict[str, str]:
    """Return what must be the same wherever the same is to be decided."""
    installed = archiving.now()
    law = sha256(b"".join(name.encode() + sha256(body).digest() for name, body in sorted(archiving.shipped().items())))
    found = {"form": _FORM} | {name: installed[name] for name in ("callguard", "phonenumbers", "tzdata")} | {"law": law.hexdigest()}
    return found | {f"rule {path}": _rule(path) for path in policy.rules}


def _rule(path: str) -> str:
    """Return the digest of the module's text in which a rule of the user's own stands."""
    import importlib
    import inspect

    try:
        text = inspect.getsource(importlib.import_module(path.partition(":")[0]))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module does when it is imported
        return type(error).__name__
    return sha256(text.encode()).hexdigest()


class Elsewhere:
    """Decides as the guard did of which it was shipped, at the moment when it was; nothing is kept, and no attempt counted."""

    def __init__(self, generation: Generation, at: float) -> None:
        self._generation, self._at = generation, at

    @property
    def policy(self) -> Policy:
        """The policy that was in force."""
        return self._generation.policy

    def now(self) -> float:
        """Return the instant at which it was shipped."""
        return self._at

    def line(self, *, campaign: str, caller: str) -> Line:
        """Bind a campaign and a caller; PolicyError for an unknown campaign."""
        return Line(campaign, caller, self._generation)


def opened(sent: Sent, find: Callable[[str], str]) -> Elsewhere:
    """Open what was shipped; `find` tells where a file is.

    CallguardError where other code or data are installed here, PolicyError for a key or a rule that is not here, StateError and
    IndexFileError for files that are not what was sent. All is read and checked once, then mapped.
    """
    told, packed = sent
    _check(told, {"form": _FORM, "callguard": archiving.now()["callguard"]})  # before anything is read that they may not have alike
    body: _Body = pickle.loads(packed)  # noqa: S301 - it comes from the program that sent the code, too
    _check(told, _versions(body.policy))
    return Elsewhere(_generation(body, find), body.at)


def _check(told: Mapping[str, str], here: Mapping[str, str]) -> None:
    """Do nothing where all versions known here are those that were told; CallguardError names those that are not."""
    other = [name for name in here if told.get(name) != here[name]]
    if other:
        said = (f"{name} is {here[name][:16] or 'missing'} here and {told.get(name, '')[:16] or 'missing'} there" for name in other)
        text = f"this process would not decide as the one that sent the work: {', '.join(said)}; install the same on both"
        raise CallguardError(text)


def _generation(body: _Body, find: Callable[[str], str]) -> Generation:
    keyring = Keyring.find(body.policy.call_log) if body.sealed else Keyring.plain()
    refusals, rest = Path(find(body.refusals)), Path(find(body.rest))
    state = Followed(copied.Copied(refusals, rest, body.id, keyring, complete=body.complete))
    enterprise = body.policy.enterprise
    numbers = phone.NumberPlan(enterprise.region, enterprise.integers, None if body.hcodes is None else Hcodes(body.hcodes))
    index = None if body.index is None else _index(body, Path(find(body.index)), keyring)
    means = Means(body.calendar, body.local_law, numbers, index)
    return Generation(body.policy, (), state, lambda: body.at, means=means)


def _index(body: _Body, path: Path, keyring: Keyring) -> Index:
    """Map the index, whose names are the guard's own; IndexFileError for another one, or a damaged one."""
    index = sealed.open(path, keyring, shared=False) if path.suffix == ".sealed" else open_index(path)
    if index.digest != body.digest:
        raise IndexFileError("another", path, "is not the index that the guard had open; reload the guard, and send it anew")
    index.verify()
    index.known_as({found.name: told for found, told in zip(index.planes, body.planes, strict=True)})
    return index
