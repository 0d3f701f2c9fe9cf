// A job's timeline: the past solid, the plan dotted, parts as lanes, polls as ticks; "now" can be dragged.

import { s } from "./dom.js";
import { dateTime, moment, rfc3339, span } from "./time.js";
import { to, toneClass } from "./parts.js";

const TOP = 34;
const LANE = 30;
const PART = 20;
const POLLS = 22;
const RIGHT = 26;
const MOST_LANES = 30;
const MOST_POLLS = 800;
const MOST_BREAKS = 60;

/**
 * `plan` is the control API's timeline of a job, `polls` are journal entries, oldest first, `now` is in
 * milliseconds. `onmove` gets the RFC 3339 moment to which "now" was dragged; without it nothing can be.
 */
export function drawTimeline({ job, plan, polls, now, width, onmove }) {
  const lanes = plan.lanes.slice(0, MOST_LANES);
  const left = lanes.length > 1 ? Math.min(150, Math.max(76, width * 0.16)) : 12;
  const shown = polls.slice(-MOST_POLLS);
  const scale = scaleOf(plan, shown, now, left, width - RIGHT);
  const drawn = [];
  let y = TOP;
  for (const [place, lane] of lanes.entries()) {
    const height = place === 0 ? LANE : PART;
    drawn.push(drawLane(lane, { y, height, left, scale, now, own: place === 0 }));
    y += height + 5;
    if (place === 0) {
      drawn.push(drawPolls(shown, { job, y, left, scale, born: scale.first }));
      y += shown.length ? POLLS : 4;
    }
  }
  const bottom = y + 4;
  const more = plan.lanes.length - lanes.length;
  return s(
    "svg",
    { class: "timeline", width, height: bottom + (more > 0 ? 22 : 4), viewBox: `0 0 ${width} ${bottom + (more > 0 ? 22 : 4)}`, role: "group", "aria-label": "Timeline" },
    drawAxis(scale, bottom),
    drawn,
    more > 0 ? s("text", { class: "lane-name", x: left, y: bottom + 14 }, `and ${more} more parts`) : null,
    drawNow({ scale, now, bottom, job, plan, onmove }),
  );
}

/**
 * From milliseconds to pixels and back. Each stretch between two changes is as wide as the square root of its
 * length, so that five seconds and twenty minutes can be seen on one line; within a stretch it is linear.
 */
function scaleOf(plan, polls, now, x0, x1) {
  const own = plan.lanes[0];
  const first = moment(own.past[0].at);
  const changes = plan.lanes.flatMap((lane) => [...lane.past, ...lane.planned]).map((change) => moment(change.at));
  const ended = own.past.at(-1).kind === "final" ? moment(own.past.at(-1).at) : null;
  const lastPoll = polls.length ? moment(polls.at(-1).at) : first;
  let last = Math.max(...changes, lastPoll, first + 1000);
  const room = Math.max(2000, (last - first) * 0.12);
  if (ended === null || now - last < (last - first) * 4) last = Math.max(last, now);
  last += ended === null && own.planned.length ? 0 : room;
  const between = changes.filter((at) => at > first && at < last);
  const breaks = [...new Set([first, ...(between.length > MOST_BREAKS ? [] : between), last])].sort((a, b) => a - b);
  const weights = breaks.slice(1).map((at, place) => Math.sqrt(at - breaks[place]));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const xs = [x0];
  for (const weight of weights) xs.push(xs.at(-1) + (weight / total) * (x1 - x0));
  return {
    first,
    last,
    x0,
    x1,
    breaks,
    x: (at) => mapped(Math.min(Math.max(at, first), last), breaks, xs),
    at: (x) => mapped(Math.min(Math.max(x, x0), x1), xs, breaks),
  };
}

function mapped(value, from, to) {
  let place = from.findIndex((bound) => bound >= value);
  if (place <= 0) place = 1;
  const share = (value - from[place - 1]) / (from[place] - from[place - 1] || 1);
  return to[place - 1] + share * (to[place] - to[place - 1]);
}

function drawAxis(scale, bottom) {
  const marks = [];
  let free = -Infinity;
  for (const at of scale.breaks) {
    const x = scale.x(at);
    const text = at === scale.first ? "created" : `+${span(at - scale.first)}`;
    const room = text.length * 6.2;
    if (x < free || x + room / 2 > scale.x1 + RIGHT + 4) continue;
    free = x + room + 14;
    marks.push(
      s("g", { class: "axis" }, s("title", {}, `${dateTime(at)} UTC`), s("line", { x1: x, x2: x, y1: TOP - 6, y2: bottom }), s("text", { x: at === scale.first ? x : x, y: TOP - 12, "text-anchor": at === scale.first ? "start" : "middle" }, text)),
    );
  }
  return marks;
}

function drawLane(lane, { y, height, left, scale, now, own }) {
  const changes = [...lane.past.map((change) => ({ ...change, past: true })), ...lane.planned];
  const pieces = changes.flatMap((change, place) => {
    const next = changes[place + 1];
    const starts = moment(change.at);
    if (starts > scale.last) return [];
    const ends = next ? moment(next.at) : change.kind === "final" ? Math.max(Math.min(now, scale.last), starts) : scale.last;
    return drawStretch(change, { starts, ends: Math.min(ends, scale.last), last: !next, y, height, scale, now });
  });
  const name = own ? null : `${lane.part} ${lane.id.slice(0, 8)}`;
  return s(
    "g",
    { class: own ? "lane own" : "lane part" },
    name ? s("text", { class: "lane-name", x: 6 + lane.depth * 8, y: y + height / 2 + 4 }, s("title", {}, `${lane.part} ${lane.id}`), clipped(name, left - 12)) : null,
    pieces,
  );
}

const clipped = (text, width) => (text.length * 6.4 > width ? `${text.slice(0, Math.max(1, Math.floor(width / 6.4) - 1))}…` : text);

/** One visit to a state: the past part solid, the rest dotted. */
function drawStretch(change, { starts, ends, last, y, height, scale, now }) {
  const from = scale.x(starts);
  const until = Math.max(scale.x(ends), from + (change.kind === "final" ? 10 : 2));
  const turn = change.past ? Math.min(Math.max(scale.x(now), from), until) : from;
  const final = change.kind === "final" && last;
  const solid = final && change.past ? until : turn;
  const classes = `stretch ${toneClass(change.outcome ?? change.kind)}`;
  const about = `${change.state} at ${dateTime(moment(change.at))}${change.event ? `, by ${change.event}` : ""}`;
  const parts = [s("title", {}, change.past ? about : `planned: ${about}`)];
  if (solid > from) parts.push(s("rect", { class: "past", x: from, y, width: Math.max(1, solid - from - 1), height, rx: 5 }));
  if (until > solid) parts.push(s("rect", { class: "planned", x: solid + 0.5, y: y + 0.5, width: Math.max(1, until - solid - 2), height: height - 1, rx: 5 }));
  const room = until - from - 12;
  if (height > 18 && room > 14) parts.push(s("text", { class: solid > from ? "on" : "off", x: from + 7, y: y + height / 2 + 4 }, clipped(change.state, room)));
  else if (final && change.state.length * 6.4 < scale.x1 + RIGHT - until) parts.push(s("text", { class: "off", x: until + 5, y: y + height / 2 + 4 }, change.state));
  return s("g", { class: classes }, parts);
}

function drawPolls(polls, { y, scale, born }) {
  const ticks = polls.map((entry) => {
    const at = moment(entry.at);
    const x = scale.x(at);
    const text = `${entry.operation ?? entry.method} answered ${entry.status}${entry.after ? `, ${entry.after}` : ""}, +${span(at - born)}`;
    return s(
      "a",
      { class: `tick s${String(entry.status)[0]}`, href: to("traffic", entry.number), tabindex: "-1", "aria-label": text },
      s("title", {}, text),
      s("rect", { class: "hit", x: x - 4, y, width: 8, height: 17 }),
      s("rect", { class: "mark", x: x - 1.25, y: y + 1, width: 2.5, height: 12, rx: 1 }),
      s("circle", { class: "mark", cx: x, cy: y + 13, r: 3 }),
    );
  });
  return s("g", { class: "polls", role: "img", "aria-label": `${polls.length} requests about this job` }, ticks);
}

function drawNow({ scale, now, bottom, job, plan, onmove }) {
  const x = scale.x(now);
  const beyond = now > scale.last;
  const offset = `+${span(now - scale.first)}`;
  const handle = s(
    "g",
    {
      class: `now${onmove ? " movable" : ""}`,
      role: onmove ? "slider" : "img",
      tabindex: onmove ? "0" : null,
      "aria-label": "Now",
      "aria-valuemin": 0,
      "aria-valuemax": Math.round((scale.last - scale.first) / 1000),
      "aria-valuenow": Math.round((now - scale.first) / 1000),
      "aria-valuetext": `${offset} after its creation: ${job.state}`,
      transform: `translate(${x} 0)`,
      onpointerdown: onmove ? (event) => startDrag(event, { scale, now, onmove, plan }) : null,
      onkeydown: onmove ? (event) => moveByKey(event, { now, onmove, plan }) : null,
    },
    s("title", {}, onmove ? "Drag to advance the clock, or use arrow right, Page Up and End" : "Now"),
    s("rect", { class: "hit", x: -12, y: 0, width: 24, height: bottom }),
    s("line", { x1: 0, x2: 0, y1: 12, y2: bottom }),
    s("path", { class: "grip", d: "M-7,1 h14 a2,2 0 0 1 2,2 v9 l-9,8 l-9,-8 v-9 a2,2 0 0 1 2,-2 z" }),
    s("text", { x: -13, y: 11, "text-anchor": "end" }, beyond ? `${offset} →` : ""),
  );
  return handle;
}

/** Drag "now" to the right; only the handle is redrawn until it is released. */
function startDrag(event, { scale, now, onmove, plan }) {
  event.preventDefault();
  const handle = event.currentTarget;
  const svg = handle.ownerSVGElement;
  const label = handle.querySelector("text");
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  handle.setAttribute("data-keep", "drag");
  let target = now;
  const move = (moved) => {
    const x = moved.clientX - svg.getBoundingClientRect().left;
    target = snapped(scale.at(Math.max(x, scale.x(now))), scale, plan);
    handle.setAttribute("transform", `translate(${scale.x(target.at)} 0)`);
    label.textContent = `+${span(target.at - now)}`;
  };
  const drop = () => {
    handle.removeEventListener("pointermove", move);
    handle.removeAttribute("data-keep");
    if (target.at > now) onmove(target.text);
  };
  handle.addEventListener("pointermove", move);
  handle.addEventListener("pointerup", drop, { once: true });
  handle.addEventListener("pointercancel", () => ((target = { at: now }), drop()), { once: true });
}

/** The planned change that is near on the screen, whose exact moment the server knows; or the moment itself. */
function snapped(at, scale, plan) {
  const near = plan.lanes.flatMap((lane) => lane.planned).find((change) => Math.abs(scale.x(moment(change.at)) - scale.x(at)) < 7);
  return near ? { at: moment(near.at), text: near.at } : { at, text: rfc3339(Math.ceil(at)) };
}

const STEPS = { ArrowRight: 1000, ArrowUp: 1000, PageUp: 60_000 };

function moveByKey(event, { now, onmove, plan }) {
  const step = STEPS[event.key];
  const planned = plan.lanes.flatMap((lane) => lane.planned).map((change) => change.at);
  const end = planned.sort((one, other) => moment(one) - moment(other)).at(-1);
  if (step === undefined && !(event.key === "End" && end)) return;
  event.preventDefault();
  onmove(step === undefined ? end : rfc3339(now + step));
}

/** A small picture of a scenario's plan: states as stretches, without a clock. */
export function drawPlan(plan, width = 180) {
  const height = 12;
  const spans = plan.map(({ after }, place) => Math.sqrt(Math.max(1, (plan[place + 1]?.after ?? after) - after)));
  const last = spans.length - 1;
  const total = spans.reduce((sum, weight, place) => sum + (place === last ? 0 : weight), 0) || 1;
  let x = 0;
  const pieces = plan.map((step, place) => {
    const wide = place === last ? 18 : Math.max(6, (spans[place] / total) * (width - 18 - plan.length * 2));
    const piece = s("g", { class: `stretch ${toneClass(step.outcome ?? step.kind)}` }, s("title", {}, `${step.state} after ${span(step.after * 1000)}`), s("rect", { class: "past", x, y: 0, width: wide, height, rx: 3 }));
    x += wide + 2;
    return piece;
  });
  return s("svg", { class: "plan", width: x, height, viewBox: `0 0 ${x} ${height}`, role: "img", "aria-label": plan.map((step) => step.state).join(", then ") }, pieces);
}
