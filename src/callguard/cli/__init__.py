"""The command line: one file a command, each a thin call on the rooms below; needs the extra `cli` (click and rich)."""
