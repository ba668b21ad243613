"""Measured promises: `python -m benchmarks`, or `make bench`."""
