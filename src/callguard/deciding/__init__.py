"""From a policy and a question to a decision: what is bound together, and how an answer is worked out."""

from callguard.deciding.generation import Bound, Generation

__all__ = ["Bound", "Generation"]
