"""The rules of the oracle, each with its violation."""

from __future__ import annotations

from collections.abc import Mapping

RULES: Mapping[str, str] = {
    "impossible-transition": "A job is in a state to which no transitions lead from the last one",
    "change-after-final": "A job changes after it has ended",
    "undeclared-state": "A job is in a state that its machine does not have",
    "answer-contradicts-itself": "A response shows values that no single state allows",
    "job-and-parts-disagree": "A derived state does not follow from the states of the parts",
    "progress-went-back": "Progress, or a counter, is less than before",
    "timestamp-went-back": "A job's latest change is earlier than before",
    "timestamps-out-of-order": "A response shows a time before the creation, or after the latest change",
    "fixed-value-changed": "A value changes that never changes",
    "value-vanished": "A lasting value, or a part, is no longer shown",
    "history-rewritten": "A line is missing from a log that had it",
    "illegal-command-accepted": "A command was granted that is illegal in every possible state",
    "legal-command-refused": "A command was refused as illegal that is legal in every possible state",
    "command-without-effect": "A granted command did not have its effect",
    "held-twice": "A job was created while another one excluded it",
    "answer-after-deletion": "A job is shown after it was deleted or gone",
    "vanished": "A job is unknown that was shown before, and nothing deleted it",
    "id-given-twice": "A new job has the id of an earlier one",
    "another-job": "A response is about another job than requested",
    "list-and-detail-disagree": "A list shows a job differently than its detail, or not at all",
    "listed-twice": "A page shows a job twice",
    "page-miscounted": "A page has too many or too few jobs, or is not the requested one",
    "filter-ignored": "A list shows a job that its filters exclude",
    "list-unsorted": "A list is not in the declared order",
}
