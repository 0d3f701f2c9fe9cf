"""The generated client and its waiter."""

import sys
from jobclients.osapi import AuthenticatedClient
from jobclients.osapi.waiters import wait_for_job
from jobwait import WaitError
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL

with httpx.Client(headers=HEADERS, trust_env=False, timeout=60) as http:
    job = http.post(f"{URL}/job", json=JOB).raise_for_status().json()["job_id"]
token = HEADERS["Authorization"].split()[1]
with AuthenticatedClient(URL, token=token) as client:
    try:
        wait_for_job(client, id=job, timeout=DEADLINE)
    except WaitError as error:
        sys.exit(f"{type(error).__name__}")
