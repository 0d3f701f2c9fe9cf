/** fetch with a deadline, a limit for each request, and Retry-After. */
import { setTimeout as sleep } from "node:timers/promises";

const base = process.env.JOBTWIN_OSAPI_URL;
const headers = {
  Authorization: `Bearer ${process.env.JOBTWIN_OSAPI_CREDENTIAL}`,
  "Content-Type": "application/json",
};
const order = {
  operation: { type: "network.dns.update", data: { interface: "eth0", servers: ["10.0.0.53"] } },
  target_hostname: "_all",
};

const made = await fetch(`${base}/job`, { method: "POST", headers, body: JSON.stringify(order) });
if (!made.ok) throw new Error(`not created: ${made.status}`);
const { job_id: job } = await made.json();

/** The job's status and how long to pause; no status while it cannot be told. */
async function look() {
  try {
    const answer = await fetch(`${base}/job/${job}`, { headers, signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) return [null, Number(answer.headers.get("retry-after") ?? 5)];
    return [(await answer.json()).status, 2];
  } catch {
    return [null, 5];
  }
}

const end = Date.now() + 600_000;
while (Date.now() < end) {
  const [status, pause] = await look();
  if (status === "completed") process.exit(0);
  if (status === "failed" || status === "partial_failure") process.exit(1);
  await sleep(pause * 1000);
}
process.exit(1);
