"""Parses every response as JSON, even a gateway's HTML page.

Report: ramnes/notion-sdk-py#119
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
        seen = http.get(f"{URL}/job/{job}").json().get("status")
    except httpx.TransportError:
        seen = None
    if seen in ("completed", "failed", "partial_failure"):
        sys.exit(seen != "completed")
    if time.monotonic() > end:
        sys.exit("it takes too long")
    time.sleep(2)
