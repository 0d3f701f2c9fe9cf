"""Has a time-out of five seconds, and does not retry.

Report: gdsfactory/gsim#98
"""

import asyncio
import sys
import time
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL

async def main():
    async with httpx.AsyncClient(headers=HEADERS, trust_env=False, timeout=5) as http:
        job = (await http.post(f"{URL}/job", json=JOB)).raise_for_status().json()["job_id"]
        async with asyncio.timeout(DEADLINE):
            while True:
                answer = await http.get(f"{URL}/job/{job}")
                seen = answer.json().get("status") if answer.status_code == 200 else None
                if seen in ("completed", "failed", "partial_failure"):
                    return seen != "completed"
                await asyncio.sleep(float(answer.headers.get("Retry-After", 2)))


sys.exit(asyncio.run(main()))
