"""The forms of a number that need no grammar: what the short path may take."""

from __future__ import annotations

CHINA = 86
BEHIND_CHINA = 8_600_000_000_000
MOBILE_FROM = 13_000_000_000
CARRIER_FROM = 17_900_000_000  # 179 begins carrier prefixes
CARRIER_TO = 18_000_000_000
MOBILE_TO = 20_000_000_000
LIMIT = 1_000_000_000_000_000


def plain(text: str, national: int) -> int:
    """Return the E.164 number of a text that says it in plain digits, else -1.

    Plain is a plus with 8 to 15 digits. Where `national`, the country code of the policy's region, is 86, plain are also 10 to
    12 digits behind one 0, a bare mobile number of 11 digits, and the same behind 86.
    """
    if "+1" <= text < "+:":  # a plus, and a digit that is not 0
        digits = text[1:]
        if 8 <= len(digits) <= 15 and digits.isdigit() and digits.isascii():
            return int(digits)
        return -1
    if national == CHINA and text.isdigit() and text.isascii():
        size = len(text)
        if 10 <= size <= 12 and text[0] == "0":
            return -1 if text[1] == "0" else int("86" + text[1:])
        if size == 11:
            n = int(text)
        elif size == 13:
            n = int(text) - BEHIND_CHINA
        else:
            return -1
        if MOBILE_FROM <= n < CARRIER_FROM or CARRIER_TO <= n < MOBILE_TO:
            return n + BEHIND_CHINA
    return -1
