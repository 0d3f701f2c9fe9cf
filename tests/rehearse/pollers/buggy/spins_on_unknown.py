"""Polls again without a pause after an unknown state.

Report: GoogleCloudPlatform/DataflowTemplates#4171
"""

import sys
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

end = time.monotonic() + DEADLINE
while (seen := state()) not in ("completed", "failed", "partial_failure"):
    if time.monotonic() > end:
        sys.exit("it takes too long")
    if seen in (None, "submitted", "processing"):
        time.sleep(2)
sys.exit(seen != "completed")
