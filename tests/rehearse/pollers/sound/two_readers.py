"""Two threads read one job, each at its own pace."""

import sys
import threading
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

ENDS = ("completed", "failed", "partial_failure")
over = threading.Event()


def watch():
    while not over.wait(7) and state() not in ENDS:
        pass


watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
end = time.monotonic() + DEADLINE
while (seen := state()) not in ENDS and time.monotonic() < end:
    time.sleep(3)
over.set()
watcher.join()
sys.exit(seen != "completed")
