"""The suites: each a function that measures one kind of thing, under the first part of its figures' names."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.bench import Bench

SUITES = {
    "floors": "what the machine can do at all: an empty call, one access to memory, a gather",
    "hot": "one number again and again, and a campaign of 2,000 blocks, beside the empty call",
    "cold": "random callees, each call fenced, beside a pointer chase",
    "scrub": "many callees at once, beside a gather with prefetch",
    "tables": "tables screened from file to file, beside PyArrow and the csv module that decide nothing",
    "whole": "a hundred million rows of Parquet from file to file, beside PyArrow alone, and the anti-joins of DuckDB and Polars",
    "spark": "rows screened by Spark on two executors, beside the same rows passed through Python undecided",
    "rivals": "what users would pick instead, at the same work",
    "bytes": "bytes a listed number, beside pyroaring",
    "open": "opening an index and a guard that stand",
    "build": "building an index from numbers in random order, beside sorting them",
    "lists": "a delivery of Parquet parts: read by one thread and by all, merged with a day's changes, compared, verified",
    "memory": "what a process keeps to itself: questions asked, refusals taken",
    "morning": "the first decisions after eight, many callers and every province",
    "threads": "threads that ask while one refuses",
    "state": "what lasts: refusals, logged attempts, reading the log, starting from it; beside what the disk can do",
    "wrap": "middleware: what guard.wrap adds to a call, and to the attempt within it",
    "proxies": "guards on the wire, commands a second, beside a relay that reads nothing",
    "sidecar": "the sidecar, decisions a second, beside an endpoint of the same server that does nothing",
    "kamailio": "calls a second through Kamailio, beside the same script that always says yes",
    "pure": "the same core, interpreted",
    "import": "what importing adds to a bare interpreter",
}


def suite(name: str) -> Callable[[Bench], None]:
    """Return the function of a suite; its file is read only now."""
    found: Callable[[Bench], None] = import_module(f"benchmarks.suites.{name}_suite").run
    return found
