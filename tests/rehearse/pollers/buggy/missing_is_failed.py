"""Treats a 404 right after the creation as a failure.

Report: boto/boto3#705
"""

import sys
import time
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL

http = httpx.Client(headers=HEADERS, trust_env=False, timeout=60)
made = http.post(f"{URL}/job", json=JOB)
made.raise_for_status()
job = made.json()["job_id"]

end = time.monotonic() + DEADLINE
while True:
    try:
        answer = http.get(f"{URL}/job/{job}")
    except httpx.TransportError:
        continue
    if answer.status_code == 404:
        sys.exit("there is no such job")
    if answer.status_code == 429:
        time.sleep(float(answer.headers.get("Retry-After", 5)))
    seen = answer.json().get("status") if answer.status_code == 200 else None
    if seen in ("completed", "failed", "partial_failure"):
        sys.exit(seen != "completed")
    if time.monotonic() > end:
        sys.exit("it takes too long")
    time.sleep(2)
