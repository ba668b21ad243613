"""Screening of whole files: each row keeps its place and gets its answer; and what a list holds for the days to come."""

from callguard.batch.arrow import scrub_batches
from callguard.batch.preflight import preflight

__all__ = ["preflight", "scrub_batches"]
