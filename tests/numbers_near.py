"""Numbers near the boundaries of every pattern: phonenumbers' examples of all regions and types, and what they mutate to."""

from __future__ import annotations

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata

TYPES = (
    "general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
OFTEN = {1, 7, 44, 54, 55, 86}


def examples():
    """Return (country code, national number) of every region and type that has an example."""
    found = set()
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            for desc in (getattr(metadata, name) for name in TYPES):
                if desc and desc.example_number:
                    found.add((code, desc.example_number))
    return sorted(found)


def mutated(rng, text):
    """Return digits with a few of them changed, inserted or left out, or all but the first two new."""
    digits = list(text)
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        kind = rng.random()
        if kind < 0.6:
            digits[rng.randrange(len(digits))] = rng.choice("0123456789")
        elif kind < 0.75:
            digits.insert(rng.randrange(len(digits) + 1), rng.choice("0123456789"))
        elif kind < 0.9 and len(digits) > 3:
            del digits[rng.randrange(len(digits))]
        else:
            digits[2:] = [rng.choice("0123456789") for _ in digits[2:]]
    return "".join(digits)


def near_the_boundaries(rng, count):
    """Yield E.164 integers, valid or not, of 8 to 15 digits and, more rarely, fewer."""
    all_examples = examples()
    often = [example for example in all_examples if example[0] in OFTEN]
    while count:
        code, national = rng.choice(often if count % 3 == 0 else all_examples)
        number = int(f"{code}{mutated(rng, national)}")
        if number < 10**15:
            count -= 1
            yield number


def chinese(rng, count):
    """Yield numbers of the mainland: mobile blocks, area codes with subscribers, and short codes behind them."""
    for _ in range(count):
        kind = rng.randrange(4)
        if kind < 2:
            yield 8_600_000_000_000 + rng.randrange(13_000_000_000, 20_000_000_000)
        elif kind == 2:
            yield int(f"86{rng.randrange(10, 1000)}{rng.randrange(10**6, 10**8)}")
        else:
            yield int(f"86{rng.randrange(10, 1000)}{rng.choice(('95', '96', '100', '123', '10', '12'))}{rng.randrange(10, 10**4)}")
