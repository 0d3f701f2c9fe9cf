"""Retries the submission together with the wait, so that it submits another job after a failed one.

Report: SDU-eScience/UCloud#2089
"""

import sys
import time
import requests
import tenacity
from osapi import DEADLINE, HEADERS, JOB, URL

http = requests.Session()
http.trust_env = False
http.headers.update(HEADERS)

def wait(job):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            answer = http.get(f"{URL}/job/{job}", timeout=60)
        except requests.RequestException:
            continue
        if answer.status_code == 429:
            time.sleep(float(answer.headers.get("Retry-After", 5)))
        elif answer.status_code == 200 and answer.json()["status"] == "completed":
            return
        elif answer.status_code == 200 and answer.json()["status"] in ("failed", "partial_failure"):
            raise RuntimeError("the job failed")
        time.sleep(2)
    sys.exit("it takes too long")


@tenacity.retry(stop=tenacity.stop_after_attempt(3), wait=tenacity.wait_fixed(1), reraise=True)
def run():
    wait(http.post(f"{URL}/job", json=JOB, timeout=60).json()["job_id"])


run()
