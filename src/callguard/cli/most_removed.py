"""`--max-removed`: how much of a list may be gone, before a delivery is taken for a broken one."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import attrs
from rich.text import Text

from callguard.cli.desk import NotAnswered

if TYPE_CHECKING:
    from callguard.cli.desk import Desk
    from callguard.cli.words import Words

REFUSED: Final = 3  # the exit status
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,15}", re.ASCII)


class ExceededError(Exception):
    """More of a list is gone than may be."""

    def __init__(self, name: str, gone: int, old: int) -> None:
        self.name, self.gone, self.old = name, gone, old
        super().__init__(f"`{name}`: {gone} of {old} numbers are gone")


@attrs.frozen
class MostRemoved:
    """How many numbers of a list may be gone: a share of those that it had, or so many; whatever it is where nothing is said."""

    text: str | None
    share: Fraction | None = None
    count: int | None = None

    @classmethod
    def read(cls, desk: Desk, text: str | None) -> MostRemoved:
        """Read the option."""
        if text is None:
            return cls(None)
        if (share := _SHARE.fullmatch(text)) is not None and Fraction(share[1]) <= 100:
            return cls(text, share=Fraction(share[1]) / 100)
        if _COUNT.fullmatch(text):
            return cls(text, count=int(text))
        raise NotAnswered(desk.words("bad-choice", option="--max-removed", value=text, choices=desk.words("a-share")))

    def check(self, name: str, gone: int, old: int) -> None:
        """Do nothing where no more of a list is gone; ExceededError for more."""
        if (self.share is not None and gone > self.share * old) or (self.count is not None and gone > self.count):
            raise ExceededError(name, gone, old)

    def said(self, words: Words, error: ExceededError) -> str:
        """Say that it is exceeded."""
        share = f"{100 * error.gone / error.old:.2f}%"
        return words("too-many-gone", name=error.name, n=error.gone, old=error.old, share=share, limit=self.text)

    def refused(self, desk: Desk, text: str) -> int:
        """Say to people why not, and return the exit status."""
        if not desk.json:
            desk.complain(Text.assemble((f"{desk.words('error')}: ", "bold red"), text))
        return REFUSED
