"""Lets the transport retry every method.

Report: django-salesforce/django-salesforce#159
"""

import sys
import time
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from osapi import DEADLINE, HEADERS, JOB, URL

http = requests.Session()
http.trust_env = False
http.headers.update(HEADERS)

http.mount("http://", HTTPAdapter(max_retries=Retry(total=3, allowed_methods=None)))
job = http.post(f"{URL}/job", json=JOB, timeout=60).json()["job_id"]

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
