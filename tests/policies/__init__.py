"""Policies as data, and how to build more."""
