"""Backs off, up to half a minute."""

import sys
import time
import requests
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

pause, end = 1, time.monotonic() + DEADLINE
while (seen := state()) not in ("completed", "failed", "partial_failure"):
    if time.monotonic() > end:
        sys.exit("it takes too long")
    time.sleep(pause)
    pause = min(pause * 1.5, 30)
sys.exit(seen != "completed")
