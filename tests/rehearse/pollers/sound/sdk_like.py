"""A hand-written client, with a job object that waits."""

import sys
import time
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL


class SdkJobFailed(Exception):
    pass


class SdkJob:
    FINAL = ("completed", "failed", "partial_failure")

    def __init__(self, client, id):
        self.client, self.id, self.status = client, id, None

    def reload(self):
        try:
            answer = self.client.http.get(f"{URL}/job/{self.id}")
        except httpx.TransportError:
            return 2
        if answer.status_code == 200:
            self.status = answer.json().get("status")
        return float(answer.headers.get("Retry-After", 2))

    def wait(self, timeout):
        end = time.time() + timeout
        while (pause := self.reload()) and self.status not in self.FINAL:
            if time.time() + pause > end:
                raise TimeoutError(self.status)
            time.sleep(pause)
        if self.status != "completed":
            raise SdkJobFailed(self.status)


class SdkClient:
    def __init__(self):
        self.http = httpx.Client(headers=HEADERS, trust_env=False, timeout=60)

    def submit(self, body):
        return SdkJob(self, self.http.post(f"{URL}/job", json=body).raise_for_status().json()["job_id"])


try:
    SdkClient().submit(JOB).wait(DEADLINE)
except (SdkJobFailed, TimeoutError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
