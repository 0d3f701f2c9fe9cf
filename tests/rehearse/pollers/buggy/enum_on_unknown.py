"""Parses states into a closed enumeration.

Report: apify/apify-client-python#931
"""

import sys
from enum import Enum
import time
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL

http = httpx.Client(headers=HEADERS, trust_env=False, timeout=60)
made = http.post(f"{URL}/job", json=JOB)
made.raise_for_status()
job = made.json()["job_id"]

def state():
    """Returns the job's state, or None after a failed poll."""
    try:
        answer = http.get(f"{URL}/job/{job}")
    except httpx.TransportError:
        return None
    if answer.status_code == 429:
        time.sleep(float(answer.headers.get("Retry-After", 5)))
        return None
    if answer.status_code != 200:
        return None
    return answer.json().get("status")

class Status(Enum):
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial_failure"


end = time.monotonic() + DEADLINE
while (seen := state()) is None or Status(seen) in (Status.SUBMITTED, Status.PROCESSING):
    if time.monotonic() > end:
        sys.exit("it takes too long")
    time.sleep(2)
sys.exit(Status(seen) is not Status.COMPLETED)
