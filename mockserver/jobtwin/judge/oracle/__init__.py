"""Whether the answers about a job can be a life of it, by its machine; nothing but order is judged."""

from jobtwin.judge.oracle.oracle import Contradiction, Oracle
from jobtwin.judge.oracle.rules import RULES

__all__ = ["RULES", "Contradiction", "Oracle"]
