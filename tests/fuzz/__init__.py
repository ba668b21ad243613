"""Fuzzers of the readers of what comes from outside: `make fuzz`, or `python -m fuzz` in the folder of the tests."""
