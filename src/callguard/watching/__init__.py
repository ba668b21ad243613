"""Watching: what a candidate policy would change, spans of attempts, and counters by reason; no number stands in any of it."""
