/**
 * Polls by setInterval at its own pace, whatever the responses.
 *
 * Report: comcode-org/hackmud_chat_web#64
 */
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
let polls = 0;
const timer = setInterval(async () => {
  if (++polls > 300) process.exit(1);
  try {
    const answer = await fetch(`${base}/job/${job}`, { headers });
    const { status } = answer.ok ? await answer.json() : {};
    if (status === "completed") process.exit(0);
    if (status === "failed" || status === "partial_failure") process.exit(1);
  } catch {
    /* asks again */
  }
}, 2000);
timer.ref();
