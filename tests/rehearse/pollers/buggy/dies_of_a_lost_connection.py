"""Does not retry after a cut connection.

Report: isabelle-prover/proving-contest-backends#19
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
    answer = http.get(f"{URL}/job/{job}")
    seen = answer.json().get("status") if answer.status_code == 200 else None
    if seen in ("completed", "failed", "partial_failure"):
        sys.exit(seen != "completed")
    if time.monotonic() > end:
        sys.exit("it takes too long")
    time.sleep(float(answer.headers.get("Retry-After", 2)))
