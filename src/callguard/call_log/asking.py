"""Who asks for what the log holds."""

from __future__ import annotations

import os


def system_user() -> str:
    """Return who the system says is asking: the account's name, or its number where it has none."""
    try:
        import pwd

        return pwd.getpwuid(os.geteuid()).pw_name
    except (ImportError, KeyError):
        import getpass

        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return f"user {os.geteuid()}" if hasattr(os, "geteuid") else "unknown"
