"""Catches every exception, and reports success.

Report: mstruebing/waitz#26
"""

import sys
import time
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL

http = httpx.Client(headers=HEADERS, trust_env=False, timeout=60)
made = http.post(f"{URL}/job", json=JOB)
made.raise_for_status()
job = made.json()["job_id"]

try:
    end = time.monotonic() + DEADLINE
    while http.get(f"{URL}/job/{job}").json()["status"] != "completed":
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(2)
except Exception as error:
    print("warning:", error)
