"""Looks for the job in the list if the response to its creation was lost."""

import sys
import time
import requests
from osapi import DEADLINE, HEADERS, JOB, URL

http = requests.Session()
http.trust_env = False
http.headers.update(HEADERS)

before = {each["id"] for each in http.get(f"{URL}/job", timeout=60).json()["items"]}
try:
    job = http.post(f"{URL}/job", json=JOB, timeout=60).json()["job_id"]
except requests.RequestException:
    now = [each["id"] for each in http.get(f"{URL}/job", timeout=60).json()["items"]]
    job = next(id for id in now if id not in before)

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

end = time.monotonic() + DEADLINE
while (seen := state()) not in ("completed", "failed", "partial_failure"):
    if time.monotonic() > end:
        sys.exit("it takes too long")
    time.sleep(2)
sys.exit(seen != "completed")
