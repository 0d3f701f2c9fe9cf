"""Whether the answers about a job can be a life of it, by its machine; nothing but order is judged."""

from mockserver.judge.oracle.oracle import Contradiction, Oracle
from mockserver.judge.oracle.rules import RULES

__all__ = ["RULES", "Contradiction", "Oracle"]
