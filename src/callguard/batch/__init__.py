"""Screening of whole files: each row keeps its place and gets its answer."""
