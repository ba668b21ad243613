"""State that a guard keeps: the Store contract, its records, and the view that follows them."""

from callguard.state.followed import Followed
from callguard.state.memory import MemoryStore
from callguard.state.store import Store, Transaction
from callguard.state.view import View

__all__ = ["Followed", "MemoryStore", "Store", "Transaction", "View"]
