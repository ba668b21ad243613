"""The part that is compiled: it knows integers, text and bytes, and nothing of callguard."""


def compiled() -> bool:
    """Return whether the core runs compiled; interpreted, it gives the same answers more slowly."""
    from callguard._core import line

    return not str(line.__file__).endswith((".py", ".pyc"))
