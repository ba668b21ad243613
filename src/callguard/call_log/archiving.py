"""The law that decisions rest on, kept by its hash: the policy's text, the packs', the calendar's, and which data were there.

Each record names one small document, which names the others. With a key all of it is sealed, and stands under a hash that tells
nothing.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from callguard import clock, packs, phone
from callguard.errors import PolicyError, Problem, StateError
from callguard.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.packs import Calendar, LocalLaw, Pack
    from callguard.sealing import Keyring
    from callguard.state import Store

PACK: Final = "cn.toml"
ELSEWHERE: Final = "default.toml"
CALENDAR: Final = "calendar_cn.toml"
PLACES: Final = tuple(f"{name}.toml" for name in sorted(packs.SHIPPED.values()))
VERSIONS: Final = ("callguard", "phonenumbers", "tzdata", "phone", "hcode_file")


@attrs.frozen(slots=True, kw_only=True, eq=False, repr=False)
class Law:
    """A policy, a pack, a calendar and the law of callees' places to decide by, and what else a record's document names.

    `versions` are those of callguard, phonenumbers, tzdata and the prefixes' provinces, `custom` the ids of the user's own rules.
    """

    policy: Policy
    pack: Pack
    calendar: Calendar
    local_law: LocalLaw = packs.NO_LAW
    versions: Mapping[str, str] = attrs.field(factory=dict)
    custom: tuple[str, ...] = ()

    @classmethod
    def current(cls, policy: Policy, custom: tuple[str, ...] = ()) -> Self:
        """Return the law as it stands, by a policy; ValueError where its calendar or a pack cannot be read."""
        calendar = packs.calendar(policy.calendar_overrides, policy.school_vacations)
        return cls(
            policy=policy,
            pack=packs.load("cn"),
            calendar=calendar,
            local_law=packs.local_law(policy.enterprise.packs),
            versions=versions(policy),
            custom=custom,
        )


class Archive:
    """Texts in a store's archive, by the SHA-256 of each."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store, self._keyring = store, keyring

    def keep(self, kind: str, body: bytes) -> str:
        """Keep a text, once, and return its hash."""
        digest = sha256(body).hexdigest()
        place = _place(digest, self._keyring.active)
        if self._store.archived(place) is None:
            self._store.archive(kind, place, self._keyring.seal(body, place.encode()))
        return digest

    def read(self, digest: str) -> bytes | None:
        """Return a text by its hash, None where it is not there; StateError where it is not what was kept."""
        for key in (*self._keyring.ids, ""):
            place = _place(digest, key)
            found = self._store.archived(place)
            if found is not None:
                body = self._keyring.unseal(found, place.encode()) if key else found
                if sha256(body).hexdigest() != digest:
                    raise StateError(f"the archived text {digest[:16]}… is not what was archived")
                return body
        return None

    def keep_law(self, policy: Policy, custom: Iterable[str] = ()) -> str:
        """Keep all that decisions by a policy rest on, and return the hash of the document that names it."""
        overrides = policy.calendar_overrides
        document = {
            "policy": policy.digest,
            "text": self.keep("policy", _text(policy, sealed=bool(self._keyring.active))),
            "packs": {name: self.keep("pack", body) for name, body in (shipped() | own(policy)).items()},
            "overrides": None if overrides is None else self.keep("calendar", _bytes(overrides, "calendar.overrides")),
            "rules": sorted(custom),
            **versions(policy),
        }
        return self.keep("law", json.dumps(document, sort_keys=True, separators=(",", ":")).encode())

    def document(self, digest: str) -> dict[str, Any] | None:
        """Return the document of a law, None where it is not there."""
        body = self.read(digest)
        return None if body is None else dict(json.loads(body))

    def law(self, digest: str) -> Law:
        """Return the law that a record rests on; LookupError says which part of it is missing or cannot be read any more."""
        document = self.document(digest)
        if document is None:
            raise LookupError(f"the law {digest[:16]}… is not in the archive")
        try:
            policy = Policy.from_toml(self._must(document["text"], "policy").decode("utf-8-sig"))
            texts = {name: self._must(hash_, f"pack {name}") for name, hash_ in document["packs"].items()}
            overrides = document["overrides"] and self._must(document["overrides"], "calendar")
            pack = read_pack(texts)
            return Law(
                policy=policy,
                pack=pack,
                calendar=read_calendar(texts, pack, policy, overrides),
                local_law=read_local(texts, policy),
                versions={name: str(document[name]) for name in VERSIONS},
                custom=tuple(document["rules"]),
            )
        except (KeyError, TypeError, ValueError, PolicyError) as error:
            raise LookupError(f"the law {digest[:16]}… cannot be read by this version ({type(error).__name__})") from error

    def _must(self, digest: str, what: str) -> bytes:
        body = self.read(digest)
        if body is None:
            raise LookupError(f"the {what} {digest[:16]}… is not in the archive")
        return body


def _place(digest: str, key: str) -> str:
    """Return where a text stands: by its hash, or by one that only who knows the text can tell."""
    return sha256(f"{digest} {key}".encode()).hexdigest() if key else digest


@cache
def shipped() -> dict[str, bytes]:
    """Return the texts of the packs that this version ships."""
    from importlib import resources

    folder = resources.files("callguard.packs")
    return {name: folder.joinpath(name).read_bytes() for name in (PACK, ELSEWHERE, CALENDAR, *PLACES, packs.DAYS_FILE)}


def own(policy: Policy) -> dict[str, bytes]:
    """Return the texts of the packs that a policy names by their files."""
    return {
        _own(n): _bytes(Path(name), "enterprise.packs") for n, name in enumerate(policy.enterprise.packs) if packs.is_file(name)
    }


def _own(n: int) -> str:
    return f"enterprise.packs[{n}]"


def versions(policy: Policy) -> dict[str, str]:
    """Return the versions of the code and of the data that a decision rests on."""
    hcodes = "" if policy.hcode_file is None else sha256(_bytes(policy.hcode_file, "places.hcode_file")).hexdigest()
    return {**now(), "hcode_file": hcodes}


def now() -> dict[str, str]:
    """Return the versions of the code and the data that are installed."""
    said = (_version("callguard-outbound"), phone.data_version(), clock.tz_version(), _version("phone"))
    return dict(zip(VERSIONS, said, strict=False))


@cache
def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _bytes(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        found = f"`{path}`, which cannot be read ({error.strerror or type(error).__name__})"
        raise PolicyError(problems=[Problem(key=key, found=found, accepted="a file that can be read")]) from error


def _text(policy: Policy, *, sealed: bool) -> bytes:
    """Return a policy's text: its file as it was read, or else what means the same.

    A file whose state has a password in its URL is archived as it stands only where it is sealed.
    """
    url = policy.state.url if policy.state is not None else None
    secret = not sealed and url is not None and "@" in url
    if policy.file is not None and not secret:
        with suppress(OSError):  # gone since it was read
            body = policy.file.read_bytes()
            if sha256(body).hexdigest() == policy.digest:
                return body
    return written(policy, leaving="state" if secret else "file")


def handed_out(policy: Policy) -> bytes:
    """Return a policy's text for a stranger: as it was read, but without addresses and commands, which may hold secrets."""
    log = policy.call_log
    secret = log is not None and (log.hand_on_url or log.hand_on_command or log.key_command)
    if not secret and (policy.state is None or policy.state.url is None):
        return _text(policy, sealed=True)
    plain = None if log is None else attrs.evolve(log, hand_on_url=None, hand_on_command=None, key_command=None)
    return written(policy, "state", call_log=plain)


def written(policy: Policy, leaving: str = "file", **instead: Any) -> bytes:
    """Return a TOML text that means what a policy means, but for its `state` or `file`, and says no file."""
    from callguard.policy.write import write

    names = [field.name for field in attrs.fields(Policy) if field.init and field.name not in ("file", leaving)]
    parts = {name: getattr(policy, name) for name in names} | instead
    return "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in write(parts).items()).encode()


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else _toml(key)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def read_pack(texts: Mapping[str, bytes]) -> Pack:
    """Return a pack of archived texts; KeyError or TypeError where this version cannot read it."""
    return packs.build(_parsed(texts[PACK]), _parsed(texts[ELSEWHERE]))


def read_local(texts: Mapping[str, bytes], policy: Policy) -> LocalLaw:
    """Return the law of callees' places of archived texts; none where there was none."""
    days = _parsed(texts[packs.DAYS_FILE]) if packs.DAYS_FILE in texts else {}
    there = {
        country: packs.pack_of(_parsed(texts[f"{name}.toml"]), f"{name}.toml", days=days, shipped=True)
        for country, name in packs.SHIPPED.items()
        if f"{name}.toml" in texts
    }
    more = []
    for n, name in enumerate(policy.enterprise.packs):
        if packs.is_file(name):
            more.append(packs.pack_of(_parsed(texts[_own(n)]), name))
        elif name in packs.BY_CHOICE:
            more += [pack for country, pack in there.items() if packs.SHIPPED[country] == name]
    kept = {country: pack for country, pack in there.items() if packs.SHIPPED[country] not in packs.BY_CHOICE}
    return packs.LocalLaw(kept.get, more)


def read_calendar(texts: Mapping[str, bytes], pack: Pack, policy: Policy, overrides: bytes | None) -> Calendar:
    """Return the calendar of archived texts, with a policy's overrides and vacations."""
    known = {} if overrides is None else packs.overrides_of(overrides, policy.calendar_overrides or Path("calendar.toml"))
    return packs.build_calendar(packs.frozen(_parsed(texts[CALENDAR])), pack, known, policy.school_vacations)


def _parsed(body: bytes) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(body.decode())
