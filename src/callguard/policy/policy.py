"""A whole policy, from a file, a text, or code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from callguard.errors import PolicyError, Problem
from callguard.policy.mistakes import meant, written
from callguard.policy.opt_outs import fold, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from callguard.policy.mistakes import KeyPath, Placed
    from callguard.policy.model import (
        Caller,
        CallLog,
        Campaign,
        Change,
        Enterprise,
        Filing,
        Licence,
        ListSource,
        OptOut,
        PermitKeys,
        State,
        Vacation,
    )


@attrs.frozen(kw_only=True, init=False)
class Policy:
    """One enterprise's policy, checked, with every default resolved.

    `digest` is the SHA-256 of the file's bytes or the text, in hexadecimal; of a canonical form where built in code.
    """

    enterprise: Enterprise
    state: State | None
    call_log: CallLog | None
    permits: PermitKeys | None
    opt_out: OptOut
    candidate: Path | None
    hcode_file: Path | None
    calendar_overrides: Path | None
    school_vacations: tuple[Vacation, ...]
    licences: tuple[Licence, ...]
    filings: tuple[Filing, ...]
    changes: tuple[Change, ...]
    callers: tuple[Caller, ...]
    lists: tuple[ListSource, ...]
    campaigns: tuple[Campaign, ...]
    rules: tuple[str, ...]
    file: Path | None = attrs.field(default=None, eq=False)
    digest: str = attrs.field(init=False, eq=False)
    _by_name: dict[str, Campaign] = attrs.field(init=False, eq=False, repr=False)
    _refusing: frozenset[str] = attrs.field(init=False, eq=False, repr=False)
    _by_key: dict[str, Caller] = attrs.field(init=False, eq=False, repr=False)

    def __init__(
        self,
        *,
        enterprise: Enterprise,
        state: State | None = None,
        call_log: CallLog | None = None,
        permits: PermitKeys | None = None,
        opt_out: OptOut | None = None,
        candidate: Path | str | None = None,
        hcode_file: Path | str | None = None,
        calendar_overrides: Path | str | None = None,
        school_vacations: Iterable[Vacation] = (),
        licences: Iterable[Licence] = (),
        filings: Iterable[Filing] = (),
        changes: Iterable[Change] = (),
        callers: Iterable[Caller] = (),
        lists: Iterable[ListSource] = (),
        campaigns: Iterable[Campaign] = (),
        rules: Iterable[str] = (),
        file: Path | str | None = None,
    ) -> None:
        """Resolve and check what code declares; PolicyError with every mistake. `file` says where relative paths start."""
        from callguard.policy.write import canonical, write

        parts = {
            "enterprise": enterprise,
            "state": state,
            "call_log": call_log,
            "permits": permits,
            "opt_out": opt_out,
            "candidate": candidate,
            "hcode_file": hcode_file,
            "calendar_overrides": calendar_overrides,
            "school_vacations": _tuple(school_vacations),
            "licences": _tuple(licences),
            "filings": _tuple(filings),
            "changes": _tuple(changes),
            "callers": _tuple(callers),
            "lists": _tuple(lists),
            "campaigns": _tuple(campaigns),
            "rules": _tuple(rules),
        }
        raw = write(parts)
        self._take(raw, canonical(raw), {}, None if file is None else Path(file))

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """Read a policy file (UTF-8 TOML); PolicyError with every mistake, or when the file cannot be read."""
        file = Path(path)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise PolicyError(f"`{file}` cannot be read: {error.strerror or error}") from error
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problem = Problem(key="encoding", found="bytes that are not UTF-8", accepted="UTF-8", file=str(file), line=line)
            raise PolicyError(problems=[problem]) from error
        return cls._read(text, data, file)

    @classmethod
    def from_toml(cls, text: str) -> Policy:
        """Read a policy from a TOML text; PolicyError with every mistake. Paths are relative to the working directory."""
        if not isinstance(text, str):
            raise TypeError(f"`text` is a {type(text).__name__}; accepted: a str of TOML")
        return cls._read(text, text.encode("utf-8", "surrogatepass"), None)

    @classmethod
    def _read(cls, text: str, data: bytes, file: Path | None) -> Policy:
        from callguard.policy.lines import lines_of
        from callguard.policy.syntax import parse

        raw = parse(text, None if file is None else str(file))
        self = cls.__new__(cls)
        self._take(raw, data, {(): 1, **lines_of(text)}, file)
        return self

    def _take(self, raw: dict[str, Any], data: bytes, lines: Mapping[KeyPath, int], file: Path | None) -> None:
        """Fill the attributes from what was declared; PolicyError where anything is mistaken."""
        from hashlib import sha256

        from callguard.policy.check import check
        from callguard.policy.read import read
        from callguard.policy.resolve import resolve

        draft, mistakes = read(raw)
        mistakes += check(draft, raw)
        if mistakes:
            raise PolicyError(problems=_problems(mistakes, lines, file))
        base = Path.cwd() if file is None else file.absolute().parent
        self.__attrs_init__(**resolve(draft, base), file=file)
        object.__setattr__(self, "digest", sha256(data).hexdigest())
        object.__setattr__(self, "_by_name", {campaign.name: campaign for campaign in self.campaigns})
        told = (self.opt_out, *(campaign.opt_out for campaign in self.campaigns))
        names = (folded(opt_out.outcomes) for opt_out in told if opt_out.enabled)
        object.__setattr__(self, "_refusing", frozenset().union(*names))
        object.__setattr__(self, "_by_key", {caller.key: caller for caller in self.callers})

    def campaign(self, name: str) -> Campaign:
        """Return a campaign by its name; PolicyError with the nearest name where there is none."""
        found = self._by_name.get(name)
        if found is None:
            hint = meant(name, self._by_name)
            known = ", ".join(f"`{each}`" for each in self._by_name) or "none: the policy has no campaigns"
            raise PolicyError(f"no campaign is named `{name}`; accepted: {known}" + (f" ({hint})" if hint else ""))
        return found

    def has(self, name: str) -> bool:
        """Whether a campaign has this name."""
        return name in self._by_name

    def opt_out_of(self, name: str) -> OptOut:
        """Return what is a refusal in a campaign's calls; of a name that is no campaign's (any more), the policy's own."""
        found = self._by_name.get(name)
        return self.opt_out if found is None else found.opt_out

    def may_refuse(self, outcome: str) -> bool:
        """Whether an outcome is a refusal in the calls of any campaign."""
        return fold(outcome) in self._refusing

    def caller(self, text: str) -> Caller | None:
        """Return a caller by its number in any writing, None where it is not the policy's."""
        from callguard import phone

        key = phone.caller_key(text, self.enterprise.region)
        return None if key is None else self._by_key.get(key)

    @property
    def state_folder(self) -> Path:
        """The folder of what this host keeps: the state's `path`, else `state` beside the file, or in the working directory."""
        if self.state is not None and self.state.path is not None:
            return self.state.path
        return (Path.cwd() if self.file is None else self.file.absolute().parent) / "state"

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope of refusals: `enterprise`, its further scopes, the campaigns' names."""
        return ("enterprise", *self.enterprise.scopes, *(campaign.name for campaign in self.campaigns))

    def check_scope(self, name: str) -> None:
        """Do nothing for a scope that is declared; PolicyError with the nearest name for any other."""
        if name not in self.scopes:
            hint = meant(name, self.scopes)
            known = ", ".join(f"`{each}`" for each in self.scopes)
            raise PolicyError(f"no scope is named `{name}`; accepted: {known}" + (f" ({hint})" if hint else ""))

    @property
    def list_names(self) -> tuple[str, ...]:
        """The names of the suppression lists."""
        return tuple(source.name for source in self.lists)


def _tuple(values: Any) -> Any:
    return tuple(values) if hasattr(values, "__iter__") and not isinstance(values, str | bytes | dict) else values


def _problems(mistakes: Iterable[Placed], lines: Mapping[KeyPath, int], file: Path | None) -> list[Problem]:
    """Return mistakes with their file and line, in the order in which a person meets them."""

    def line_of(path: KeyPath) -> int | None:
        """Return the line of the key, or of the table that lacks it."""
        return next((lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in lines), None)

    problems = [
        Problem(
            key=written(mistake.path),
            found=mistake.found,
            accepted=mistake.accepted,
            file=None if file is None else str(file),
            line=line_of(mistake.path),
            hint=mistake.hint,
        )
        for mistake in mistakes
    ]
    return sorted(problems, key=lambda problem: problem.line or 0)
