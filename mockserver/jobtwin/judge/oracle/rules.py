"""The rules of the oracle, each with its violation."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "impossible-transition": "A job is in a state to which no transitions lead from the last one",
    "change-after-final": "A job changes after it has ended",
    "undeclared-state": "A job is in a state that its machine does not have",
    "answer-contradicts-itself": "One answer shows what no job in any one state shows",
    "job-and-parts-disagree": "A job that follows its parts is not what they make it",
    "progress-went-back": "Progress, or a counter, is less than before",
    "timestamp-went-back": "A job's latest change is earlier than before",
    "timestamps-out-of-order": "One answer tells of a moment before the birth, or after the latest change",
    "fixed-value-changed": "What never changes is another value than before",
    "value-vanished": "What a job, or a part of it, never loses is shown no more",
    "history-rewritten": "A line that stood in a log stands there no more",
    "illegal-command-accepted": "A command was granted that is illegal in every state possible",
    "legal-command-refused": "A command was refused as illegal that is legal in every state possible",
    "command-without-effect": "A granted command has not made the job what it makes it",
    "held-twice": "A job was let through while another held what only one may hold",
    "answer-after-deletion": "A job is answered for after it was deleted, or gone",
    "vanished": "A job is unknown that was answered for, and nothing has deleted it",
    "id-given-twice": "A new job has the id of an old one",
    "another-job": "An answer is about another job than was asked for",
    "list-and-detail-disagree": "A list shows a job otherwise than its detail, or not at all",
    "listed-twice": "A page shows a job twice",
    "page-miscounted": "A page has too many or too few jobs, or tells another page than was asked for",
    "filter-ignored": "A list shows a job that the filters leave out",
    "list-unsorted": "A list is in another order than declared",
}
