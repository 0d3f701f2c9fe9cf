"""Has a time-out of five seconds for each request, and tries again."""

import asyncio
import sys
import time
import httpx
from osapi import DEADLINE, HEADERS, JOB, URL

async def state(http, job):
    try:
        answer = await http.get(f"{URL}/job/{job}")
    except httpx.TransportError:
        return None
    if answer.status_code == 429:
        await asyncio.sleep(float(answer.headers.get("Retry-After", 5)))
    return answer.json().get("status") if answer.status_code == 200 else None


async def main():
    async with httpx.AsyncClient(headers=HEADERS, trust_env=False, timeout=5) as http:
        job = (await http.post(f"{URL}/job", json=JOB)).raise_for_status().json()["job_id"]
        async with asyncio.timeout(DEADLINE):
            while (seen := await state(http, job)) not in ("completed", "failed", "partial_failure"):
                await asyncio.sleep(2)
    return seen != "completed"


sys.exit(asyncio.run(main()))
