"""Screening of whole files: each row keeps its place and gets its answer."""

from callguard.batch.arrow import scrub_batches

__all__ = ["scrub_batches"]
