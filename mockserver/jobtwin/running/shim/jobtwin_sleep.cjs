/**
 * Sleeping on a sandbox's clock, for the Node program that `jobtwin run` starts.
 *
 * Timers are kept by the time of the sandbox, which is in a file. The twin is asked to answer when
 * the first of them is due; it moves the clock when every program only waits. Replaced are
 * setTimeout, setInterval, their promises, AbortSignal.timeout, Date, performance.now and
 * process.hrtime. Timeouts of sockets stay real.
 */
"use strict";

const channels = require("node:diagnostics_channel");
const fs = require("node:fs");
const http = require("node:http");
const modules = require("node:module");
const timers = require("node:timers");
const promises = require("node:timers/promises");
const { inspect, promisify } = require("node:util");

const PATIENCE = 50; // real milliseconds for a reply to come before who waits for it counts as asleep
const DAY = 2 ** 31 - 1; // the longest timer, as Node has it

const real = { setTimeout, clearTimeout, setInterval, clearInterval, Date, hrtime: process.hrtime, now: performance.now.bind(performance) };
const realNanoseconds = process.hrtime.bigint;

// -- the clock ---------------------------------------------------------------------------------------

const file = fs.openSync(process.env.JOBTWIN_CLOCK_FILE, "r+");
const moment = Buffer.alloc(8);

/** Microseconds since 1970, as the twin writes them into the file. */
function microseconds() {
  fs.readSync(file, moment, 0, 8, 0);
  return Number(moment.readBigInt64LE());
}

/** The twin says that it is so late; one on another server writes no file by itself. */
function reach(until) {
  if (microseconds() >= until) return;
  moment.writeBigInt64LE(BigInt(until));
  fs.writeSync(file, moment, 0, 8, 0);
}

const now = () => Math.floor(microseconds() / 1000);
const started = microseconds();
const startedReally = real.now();
const startedNanoseconds = realNanoseconds();
const passed = () => microseconds() - started;

// -- timers ------------------------------------------------------------------------------------------

const pending = new Map();
let numbers = 0;

/** What setTimeout returns: as Node's own, it can be refreshed, and may let the program end. */
class Timeout {
  constructor(callback, delay, values, repeats) {
    this.id = ++numbers;
    this.run = () => callback(...values);
    this.delay = delay >= 1 && delay <= DAY ? Math.trunc(delay) : 1;
    this.repeats = repeats;
    this.isHeld = true;
    this.refresh();
  }
  refresh() {
    this.due = microseconds() + this.delay * 1000;
    pending.set(this.id, this);
    look();
    return this;
  }
  ref() {
    this.isHeld = true;
    look();
    return this;
  }
  unref() {
    this.isHeld = false;
    look();
    return this;
  }
  hasRef() {
    return this.isHeld;
  }
  close() {
    pending.delete(this.id);
    look();
    return this;
  }
  [Symbol.toPrimitive]() {
    return this.id;
  }
  [Symbol.dispose ?? Symbol("dispose")]() {
    this.close();
  }
}

/** Run what is due, the earliest first. */
function fire() {
  const due = [...pending.values()].filter((each) => each.due <= microseconds());
  due.sort((one, other) => one.due - other.due || one.id - other.id);
  for (const each of due) {
    if (pending.get(each.id) !== each || each.due > microseconds()) continue;
    pending.delete(each.id);
    if (each.repeats) each.refresh();
    real.setTimeout(each.run, 0); // a callback that throws ends the program, not this loop
  }
  look();
}

// -- asking the twin ---------------------------------------------------------------------------------

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const url = new URL(process.env.JOBTWIN_SLEEP_URL);
let asked = null; // the request that waits, and until when
let isLooking = false;

/** Look, when the program has done what it is at, whether the twin must be asked anew. */
function look() {
  if (isLooking) return;
  isLooking = true;
  setImmediate(() => {
    isLooking = false;
    wait();
  });
}

function wait() {
  const left = sentAt + PATIENCE - real.now();
  if (underWay > 0 && left > 0) {
    hold(real.setTimeout(look, left), pending.size > 0);
    return;
  }
  const due = Math.min(...[...pending.values()].map((each) => each.due));
  const isHeld = [...pending.values()].some((each) => each.isHeld);
  if (asked && (asked.until !== due || asked.isHeld !== isHeld)) {
    const { request } = asked;
    asked = null;
    request.destroy();
  }
  if (asked || !pending.size) return;
  if (due <= microseconds()) fire();
  else asked = { until: due, isHeld, request: ask(due, isHeld) };
}

const hold = (one, isHeld) => (isHeld ? one : one.unref?.());

function ask(until, isHeld) {
  const date = new real.Date(Math.floor(until / 1000)).toISOString().replace(/\d{3}Z$/, "");
  const text = JSON.stringify({ until: `${date}${String(until % 1e6).padStart(6, "0")}Z`, process: process.pid, reads: underWay > 0 });
  const headers = { "Content-Type": "application/json", "Content-Length": text.length };
  const token = process.env.JOBTWIN_CONTROL_TOKEN;
  if (token) headers.Authorization = `Bearer ${token}`;
  const request = http.request({ host: url.hostname, port: url.port, path: url.pathname, method: "POST", headers, agent });
  request[OURS] = true;
  request.on("socket", (socket) => (isHeld ? socket.ref() : socket.unref()));
  request.on("response", (response) => answered(request, response, until));
  request.on("error", (error) => {
    if (asked?.request === request) fail(error.message);
  });
  request.end(text);
  return request;
}

function answered(request, response, until) {
  response.resume();
  response.on("end", () => {
    if (asked?.request !== request) return;
    asked = null;
    if (response.statusCode !== 200) fail(`the twin answered ${response.statusCode}`);
    reach(until);
    fire();
  });
}

function fail(why) {
  process.stderr.write(`jobtwin run: cannot sleep on the twin's clock: ${why}\n`);
  process.exit(1);
}

// -- requests under way ------------------------------------------------------------------------------

const OURS = Symbol("jobtwin");
let underWay = 0;
let sentAt = 0;

function sent(message) {
  if (message?.request?.[OURS]) return;
  underWay += 1;
  sentAt = real.now();
}

function done(message) {
  if (message?.request?.[OURS]) return;
  underWay = Math.max(0, underWay - 1);
  look();
}

channels.subscribe("undici:request:create", sent);
channels.subscribe("undici:request:trailers", done);
channels.subscribe("undici:request:error", done);
channels.subscribe("http.client.request.start", sent);
channels.subscribe("http.client.response.finish", done);

// -- what is replaced --------------------------------------------------------------------------------

const ours = {
  setTimeout: (callback, delay, ...values) => new Timeout(checked(callback), delay, values, false),
  setInterval: (callback, delay, ...values) => new Timeout(checked(callback), delay, values, true),
};

function checked(callback) {
  if (typeof callback === "function") return callback;
  const error = new TypeError(`The "callback" argument must be of type function. Received ${inspect(callback)}`);
  error.code = "ERR_INVALID_ARG_TYPE";
  throw error;
}

function clear(timer, clearReally) {
  const found = timer instanceof Timeout ? timer : pending.get(Number(timer));
  if (found) found.close();
  else clearReally(timer);
}

ours.clearTimeout = (timer) => clear(timer, real.clearTimeout);
ours.clearInterval = (timer) => clear(timer, real.clearInterval);

/** The promise of a timer, which a signal can break. */
function later(delay, value, { signal, ref = true } = {}) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      timer?.close();
      reject(Object.assign(new Error("The operation was aborted", { cause: signal.reason }), { name: "AbortError", code: "ABORT_ERR" }));
    };
    let timer = null;
    if (signal?.aborted) return stop();
    timer = ours.setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve(value);
    }, delay);
    if (!ref) timer.unref();
    signal?.addEventListener("abort", stop, { once: true });
  });
}

async function* every(delay, value, options) {
  for (;;) yield await later(delay, value, options);
}

ours.setTimeout[promisify.custom] = later;
Object.assign(globalThis, ours);
Object.assign(timers, ours);
Object.assign(promises, { setTimeout: later, setInterval: every });
if (promises.scheduler) promises.scheduler.wait = (delay, options) => later(delay, undefined, options);

AbortSignal.timeout = (delay) => {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  ours.setTimeout(expire, delay).unref();
  return controller.signal;
};

globalThis.Date = new Proxy(real.Date, {
  apply: () => new real.Date(now()).toString(),
  construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now()], made),
  get: (target, name, receiver) => (name === "now" ? now : Reflect.get(target, name, receiver)),
});
globalThis.Date.prototype.constructor = globalThis.Date;
performance.now = () => startedReally + passed() / 1000;

process.hrtime = (before) => {
  const nanoseconds = process.hrtime.bigint();
  const [seconds, rest] = [Number(nanoseconds / 1000000000n), Number(nanoseconds % 1000000000n)];
  if (!before) return [seconds, rest];
  const borrowed = rest < before[1] ? 1 : 0;
  return [seconds - before[0] - borrowed, rest - before[1] + borrowed * 1e9];
};
process.hrtime.bigint = () => startedNanoseconds + BigInt(passed()) * 1000n;

modules.syncBuiltinESMExports();
