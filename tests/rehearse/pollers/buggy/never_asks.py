"""Sleeps for the usual duration of the job, and never polls.

Report: TritonDataCenter/node-workflow#99
"""

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

time.sleep(60)
print("done", job)
