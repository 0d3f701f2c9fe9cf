// The control API: calls, and the stream of events. The token is only sent in a header.

const TOKEN = "jobtwin.token";

/** The path of this console's sandbox: `/`, or `/sandboxes/NAME/`. */
export const base = new URL("./", location.href.split("#")[0]);
const prefix = /\/sandboxes\/([^/]+)\/$/.exec(base.pathname);

/** The name of this console's sandbox. */
export const sandbox = prefix ? decodeURIComponent(prefix[1]) : "default";

/** The server's root, outside of any sandbox. */
export const root = prefix ? new URL("../../", base) : base;

/** The console of another sandbox. */
export const consoleOf = (name) => (name === "default" ? root.href : new URL(`sandboxes/${encodeURIComponent(name)}/`, root).href);

/** A control call that was refused. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.name = "Refused";
    this.status = status;
  }
}

let token = sessionStorage.getItem(TOKEN);

export function useToken(text) {
  token = text;
  sessionStorage.setItem(TOKEN, text);
}

export const hasToken = () => token !== null;

function headers(extra) {
  return token ? { ...extra, Authorization: `Bearer ${token}` } : extra;
}

const common = { cache: "no-store", credentials: "omit", redirect: "error" };

/** Call the control API: returns the response's JSON, or null; throws Refused. */
export async function call(method, path, body) {
  const sent = body === undefined ? {} : { "Content-Type": "application/json" };
  const response = await fetch(new URL(`_control/${path}`, base), {
    ...common,
    method,
    headers: headers({ Accept: "application/json", ...sent }),
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Refused(response.status, await reason(response));
  return response.status === 204 ? null : response.json();
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, body);

async function reason(response) {
  try {
    return (await response.json()).detail ?? response.statusText;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

/** The path of a job below the control API. */
export const jobPath = (job) => `jobs/${[job.api, job.machine, job.id].map(encodeURIComponent).join("/")}`;

/** A query string of the parameters that have a value. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

/** Send a request to a twin, as a client would. */
export function send(method, path, given, body) {
  return fetch(new URL(path.replace(/^\//, ""), base), { ...common, method, headers: given, body });
}

/** The events after `last`, as `{id, event, data}`; ends when the connection does. */
export async function* events(last, signal) {
  const resumed = last ? { "Last-Event-ID": last } : {};
  const response = await fetch(new URL("_control/events", base), {
    ...common,
    signal,
    headers: headers({ Accept: "text/event-stream", ...resumed }),
  });
  if (!response.ok) throw new Refused(response.status, await reason(response));
  yield { event: "open" };
  let rest = "";
  for await (const text of decoded(response.body)) {
    const blocks = (rest + text).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parsed(block);
      if (event) yield event;
    }
  }
}

async function* decoded(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {}); // the connection may be gone already; then there is nothing to cancel
  }
}

function parsed(block) {
  const event = { id: undefined, event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "data") event.data += (event.data && "\n") + value;
    else if (field === "id" || field === "event") event[field] = value;
  }
  return event.data || event.event !== "message" ? event : null;
}
