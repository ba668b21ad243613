"""What regulation says otherwise, as people read it: in a plan, and as the pack that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from callguard.cli.words import Words
    from callguard.packs import Difference
    from callguard.readiness import Answer, Otherwise


def otherwise(words: Words, found: Iterable[Otherwise]) -> Iterator[Padding]:
    """Yield each difference of a plan, with the answers that it would change."""
    for each in found:
        yield Padding(difference(words, each.difference, each.answers), (0, 0, 1, 2))


def difference(words: Words, found: Difference, answers: Iterable[Answer] = ()) -> Text:
    """Write one difference: both answers, what meets both, how sure it is, and where it is written."""
    lang = words.lang
    text = Text.assemble((found.title[lang], "bold"), f"  {found.id}  ", (standing(words, found), "yellow"))
    for key, said in (("article", found.article), ("regulation", found.regulation)):
        text.append(f"\n{words(f'differs-{key}')} ", "dim").append(said[lang])
    for each in answers:
        text.append(f"\n  {each.title[lang]}: ").append(each.article[lang], "dim").append(" → ").append(
            each.regulation[lang], "cyan"
        )
    text.append(f"\n{words('differs-do')} ", "dim").append(found.do[lang])
    for source in found.sources:
        text.append(f"\n{source.title} ({words(f'source-{source.sort}')}) <{source.url}>", "dim")
    return text


def standing(words: Words, found: Difference) -> str:
    """Write whether it is in force, from when on, and how sure that is."""
    parts = [words(f"differs-{found.status}"), words(f"sure-{found.sure}")]
    if found.first is not None:
        parts.insert(1, words("differs-from", day=found.first))
    return ", ".join(parts) if words.lang == "en" else "、".join(parts)
