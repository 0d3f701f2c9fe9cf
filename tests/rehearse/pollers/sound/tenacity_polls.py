"""Lets tenacity repeat the polls, never the creation."""

import sys
import time
import requests
import tenacity
from osapi import DEADLINE, HEADERS, JOB, URL

http = requests.Session()
http.trust_env = False
http.headers.update(HEADERS)
made = http.post(f"{URL}/job", json=JOB, timeout=60)
made.raise_for_status()
job = made.json()["job_id"]

def state():
    """Returns the job's state, or None after a failed poll."""
    try:
        answer = http.get(f"{URL}/job/{job}", timeout=60)
    except requests.RequestException:
        return None
    if answer.status_code == 429:
        time.sleep(float(answer.headers.get("Retry-After", 5)))
        return None
    if answer.status_code != 200:
        return None
    return answer.json().get("status")

ENDS = ("completed", "failed", "partial_failure")
wait = tenacity.Retrying(
    retry=tenacity.retry_if_result(lambda seen: seen not in ENDS),
    wait=tenacity.wait_fixed(2),
    stop=tenacity.stop_after_delay(DEADLINE),
)
sys.exit(wait(state) != "completed")
