// The console's copy of its sandbox, updated by the stream of events; drawing is batched.

import { call, events, get, hasToken, jobPath, query, Refused, useToken } from "./control.js";
import { moment, SandboxClock } from "./time.js";

const MOST_JOBS = 200;
const MOST_TRAFFIC = 2000;
const DRAW_EVERY = 150;
const LOAD_EVERY = 400;
const SINGLE_LOADS = 4;

export const state = {
  health: null,
  apis: [],
  machines: [],
  graphs: new Map(),
  clock: null,
  jobs: [],
  total: 0,
  traffic: [],
  requests: 0,
  polls: new Map(),
  job: null,
  report: null,
  faults: null,
  limits: null,
  deliveries: null,
  sandboxes: [],
  connection: "connecting",
  wantsToken: false,
  tokenRefused: false,
  missing: false,
  paused: false,
  filters: {},
  notices: [],
  loaded: false,
};

// -- drawing -----------------------------------------------------------------------------------

let draw = () => {};
let drawn = 0;
let planned = null;

export function onDraw(function_) {
  draw = function_;
}

/** Plan a drawing; however much changes, there are only a few in a second. */
export function changed({ atOnce = false } = {}) {
  if (planned !== null && !atOnce) return;
  clearTimeout(planned);
  planned = setTimeout(drawNow, atOnce ? 0 : Math.max(0, drawn + DRAW_EVERY - performance.now()));
}

function drawNow() {
  planned = null;
  drawn = performance.now();
  draw();
}

/** Show a notice for some seconds; screen readers read it. */
export function notify(text, kind = "info") {
  const notice = { text, kind, number: (notify.count = (notify.count ?? 0) + 1) };
  state.notices = [...state.notices.slice(-2), notice];
  changed({ atOnce: true });
  setTimeout(() => {
    state.notices = state.notices.filter((other) => other !== notice);
    changed();
  }, kind === "error" ? 9000 : 4000);
}

/** Run a user's command; report the reason if it is refused. */
export async function attempt(action, done) {
  try {
    const made = await action();
    if (done) notify(typeof done === "function" ? done(made) : done);
    return made;
  } catch (error) {
    noticeFailure(error);
    return undefined;
  }
}

function noticeFailure(error) {
  if (error instanceof Refused && error.status === 401) {
    askForToken();
  } else {
    notify(error.message, "error");
  }
}

// -- loading -----------------------------------------------------------------------------------

/** Loads the data of the current view; set by the router. */
let wanted = { job: null, loads: [] };

export function want(job, ...loads) {
  wanted = { job, loads };
  if (!job || state.job?.job.id !== job.id || state.job?.job.machine !== job.machine) state.job = null;
  if (state.loaded) refreshView();
}

export async function loadAll() {
  try {
    [state.health, state.clock] = [await get("health"), new SandboxClock(await get("clock"))];
    state.missing = false;
    const [machines, apis, journal] = await Promise.all([get("machines"), get("apis"), get("journal?limit=300")]);
    state.machines = machines.machines;
    state.apis = apis.apis;
    state.traffic = journal.entries;
    state.requests = journal.total;
    await loadJobs();
    state.loaded = true;
    await refreshView();
  } finally {
    changed({ atOnce: true });
  }
}

/** A response, or null if it has this status. */
async function optional(path, status = 404) {
  try {
    return await get(path);
  } catch (error) {
    if (error instanceof Refused && error.status === status) return null;
    throw error;
  }
}

export async function loadJobs() {
  const { api, state: inState } = state.filters;
  const found = await get(`jobs${query({ limit: MOST_JOBS, api, state: inState })}`);
  state.jobs = found.jobs;
  state.total = found.total;
  changed();
}

export async function loadClock() {
  state.clock = new SandboxClock(await get("clock"));
  changed({ atOnce: true });
}

export async function loadGraph(api, machine) {
  const key = `${api}/${machine}`;
  if (!state.graphs.has(key)) {
    state.graphs.set(key, null);
    state.graphs.set(key, await get(`machines/${encodeURIComponent(api)}/${encodeURIComponent(machine)}`));
    changed();
  }
}

const LOADS = {
  report: async () => (state.report = await get("journal/report")),
  sandboxes: async () => (state.sandboxes = (await get("sandboxes")).sandboxes),
  faults: async () => (state.faults = await get("faults")),
  limits: async () => (state.limits = await get("limits")),
  deliveries: async () => (state.deliveries = await get("deliveries?limit=200")),
};

/** Reload the data of the current view other than jobs and traffic. */
export async function refreshView() {
  const { job, loads } = wanted;
  try {
    await Promise.all(loads.map((name) => LOADS[name]()));
    if (job) await loadJob(job);
  } catch (error) {
    noticeFailure(error);
  }
  changed();
}

async function loadJob(job) {
  const path = jobPath(job);
  try {
    const [found, plan, answers] = await Promise.all([get(path), get(`${path}/timeline`), optional(`${path}/answers`, 409)]);
    await Promise.all([loadGraph(job.api, job.machine), loadPolls(job)]);
    if (wanted.job !== job) return;
    const before = state.job?.answers ?? null;
    state.job = { job: found, plan, answers, before: before === answers ? state.job.before : before, gone: false };
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404)) throw error;
    state.job = { job, gone: true, why: error.message };
  }
}

/** The polls of a job; once loaded, the stream adds to them. */
async function loadPolls(job) {
  const key = pollKey(job.api, job.id);
  if (state.polls.has(key)) return;
  const found = await get(`journal${query({ api: job.api, job: job.id, limit: 1000 })}`);
  state.polls.clear();
  state.polls.set(key, found.entries.reverse());
}

export const pollKey = (api, id) => `${api} ${id}`;

// -- following -----------------------------------------------------------------------------------

const dirty = { jobs: new Map(), list: false, view: false, clock: false };
let loading = null;

function touch(part) {
  Object.assign(dirty, part);
  loading ??= setTimeout(loadDirty, LOAD_EVERY);
}

async function loadDirty() {
  const { list, view, clock } = dirty;
  const jobs = [...dirty.jobs.values()];
  Object.assign(dirty, { jobs: new Map(), list: false, view: false, clock: false });
  try {
    if (clock) await loadClock();
    if (list || jobs.length > SINGLE_LOADS) await loadJobs();
    else await Promise.all(jobs.map(loadOne));
    if (view || clock || concerned(jobs)) await refreshView();
  } catch (error) {
    noticeFailure(error);
  } finally {
    loading = null;
    if (dirty.jobs.size || dirty.list || dirty.view || dirty.clock) touch({});
  }
}

const concerned = (jobs) => Boolean(wanted.loads.length) || jobs.some((job) => same(job, wanted.job));
const same = (one, other) => Boolean(other) && one.id === other.id && one.machine === other.machine && one.api === other.api;

async function loadOne(job) {
  const found = await optional(jobPath(job));
  const place = state.jobs.findIndex((other) => same(other, job));
  if (!found) {
    if (place >= 0) [state.jobs, state.total] = [state.jobs.filter((_, index) => index !== place), state.total - 1];
  } else if (place < 0) {
    await loadJobs();
  } else {
    state.jobs[place] = found;
  }
  changed();
}

/** Apply one event of the stream. */
function take(event) {
  if (event.event === "reset") {
    restart();
    return;
  }
  const what = JSON.parse(event.data);
  if (event.event === "request") takeRequest(what);
  else takeChange(what);
}

function takeRequest(entry) {
  state.requests = Math.max(state.requests + 1, entry.number);
  if (!state.paused) {
    state.traffic.unshift(entry);
    if (state.traffic.length > MOST_TRAFFIC) state.traffic.length = MOST_TRAFFIC;
  }
  if (entry.job) state.polls.get(pollKey(entry.api, entry.job))?.push(entry);
  if (wanted.loads.length) touch({ view: true });
  changed();
}

const CLOCK = new Set(["clock_advanced", "clock_set", "progression_chosen"]);
const SHOWN = new Set(["fault_added", "fault_removed", "limit_set", "limit_removed", "callback_registered", "endpoint_chosen", "deliveries_set", "delivery_attempted"]);
const WHOLE = new Set(["sandbox_reset", "snapshot"]);

function takeChange(what) {
  if (WHOLE.has(what.kind)) {
    restart();
  } else if (CLOCK.has(what.kind)) {
    touch({ clock: true, list: true, view: true });
  } else if (SHOWN.has(what.kind)) {
    if (wanted.loads.length) touch({ view: true });
  } else if (what.kind === "default_scenario_chosen") {
    get("machines").then((found) => {
      state.machines = found.machines;
      changed();
    }, noticeFailure);
  } else if (what.machine && what.id === undefined) {
    touch({ list: true }); // a session's id is a token, which no event tells
  } else if (what.machine) {
    const job = { api: what.api, machine: what.machine, id: what.id };
    dirty.jobs.set(JSON.stringify(job), job);
    touch(what.kind === "job_created" || what.kind === "job_removed" ? { list: true } : {});
  }
}

function restart() {
  state.polls.clear();
  loadAll().catch(noticeFailure);
}

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Follow the sandbox for ever; after a lost connection, resume or reload everything. */
export async function follow() {
  let last;
  let pause = 500;
  for (;;) {
    try {
      for await (const event of events(last)) {
        [last, pause] = [event.id ?? last, 500];
        await took(event, last);
      }
      state.connection = "lost";
    } catch (error) {
      state.connection = await stopped(error);
      if (state.connection === "connecting") continue;
    }
    changed({ atOnce: true });
    await wait(pause);
    pause = Math.min(pause * 2, 5000);
  }
}

/** Apply an event. Data is loaded once the stream is open, so that no event is missed. */
async function took(event, last) {
  if (event.event !== "open") {
    take(event);
  } else {
    state.wantsToken = false;
    if (last === undefined || !state.loaded) await loadAll();
    state.connection = "live";
  }
  changed();
}

/** The state of the connection after this error; "connecting" if it may be retried. */
async function stopped(error) {
  if (!(error instanceof Refused)) return "lost";
  if (error.status === 401) {
    state.connection = "locked";
    await tokenGiven();
    return "connecting";
  }
  if (error.status !== 404) throw error;
  state.missing = true;
  return "missing";
}

function askForToken() {
  state.wantsToken = true;
  state.tokenRefused = hasToken();
  changed({ atOnce: true });
}

let give;

function tokenGiven() {
  askForToken();
  return new Promise((done) => {
    give = done;
  });
}

/** Use a token that the user typed, and try again. The dialog stays until the server has accepted the token. */
export function unlock(text) {
  useToken(text);
  state.tokenRefused = false;
  state.wantsToken = give !== undefined;
  changed({ atOnce: true });
  give?.();
  give = undefined;
}

// -- commands --------------------------------------------------------------------------------------

export const advance = (body) => attempt(async () => takeClock(await call("POST", "clock/advance", body)));
export const setClock = (body) => attempt(async () => takeClock(await call("PATCH", "clock", body)));

async function takeClock(answer) {
  state.clock = new SandboxClock(answer);
  changed({ atOnce: true });
  await Promise.all([loadJobs(), refreshView()]);
}

/** The time of the next change of a loaded job; null if there is none. */
export function nextChange() {
  const due = state.jobs.filter((job) => job.next && job.progression === "time").map((job) => moment(job.next.at));
  return due.length ? Math.min(...due) : null;
}
