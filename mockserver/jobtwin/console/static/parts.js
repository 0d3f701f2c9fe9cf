// Pieces that several views are made of.

import { h, s } from "./dom.js";
import { dateTime, moment, relative, span } from "./time.js";
import { notify, state } from "./state.js";

/** The name by which a state is coloured: its outcome, or its kind. */
export const tone = (job) => job.outcome ?? job.kind;

/** A state's name on its colour. Its kind is in the tooltip and in its sign: not by colour alone. */
export function chip(name, kind, title) {
  return h("span", { class: `chip ${toneClass(kind)}`, title: title ?? kind }, name);
}

const TONES = new Set(["waiting", "active", "paused", "transient", "final", "success", "failure", "partial", "cancelled"]);
export const toneClass = (kind) => (TONES.has(kind) ? `tone-${kind}` : "tone-final");

/** The hash of a view; its parts are encoded. */
export const to = (...parts) => `#/${parts.map((part) => encodeURIComponent(part)).join("/")}`;

export const jobHash = (job) => to("jobs", job.api, job.machine, job.id);

/** A button that copies a text. */
export function copyButton(text, label = "Copy", title = `Copy ${label}`) {
  return h("button", { type: "button", class: "small", title, "aria-label": label === "" ? title : null, onclick: () => copy(typeof text === "function" ? text() : text) }, label === "" ? icon("copy") : label);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notify("Copied");
  } catch {
    copyBySelection(text);
  }
}

/** Browsers have no clipboard for pages that come from plain HTTP off loopback. */
function copyBySelection(text) {
  const area = h("textarea", { class: "offscreen", value: text, readonly: true });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  notify(done ? "Copied" : "The browser does not let this page copy", done ? "info" : "error");
}

/** A moment as the distance from the sandbox's now; `app.js` keeps it up to date. */
export function when(text) {
  const at = moment(text);
  return h("time", { datetime: text, title: `${dateTime(at)} UTC`, "data-at": at }, relative(at, state.clock.now()));
}

/** Update every displayed distance. */
export function updateTimes() {
  if (!state.clock) return;
  const now = state.clock.now();
  for (const element of document.querySelectorAll("time[data-at]")) {
    const text = relative(Number(element.dataset.at), now);
    if (element.textContent !== text) element.textContent = text;
  }
}

export const code = (text) => h("code", {}, text);

/** A line of code with a button that copies it. */
export function snippet(text, label = "Copy") {
  return h("div", { class: "snippet" }, h("pre", { tabindex: "0" }, h("code", {}, text)), copyButton(text, label, "Copy this line"));
}

export function empty(title, ...more) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), more.length ? h("p", {}, ...more) : null);
}

export function progressBar(value) {
  if (value === undefined) return null;
  const percent = Math.round(value);
  return h("span", { class: "progress", role: "img", "aria-label": `${percent} %`, title: `${percent} %` }, h("span", { class: "progress-done", style: { width: `${percent}%` } }));
}

/** A select with a label that only screen readers see. */
export function choice(label, value, options, onchange) {
  const shown = options.map(([key, text]) => h("option", { value: key, selected: key === value }, text));
  return h("select", { "aria-label": label, title: label, value, onchange: (event) => onchange(event.target.value) }, shown);
}

export function search(label, value, oninput) {
  return h("input", { type: "search", "aria-label": label, placeholder: label, value, oninput: (event) => oninput(event.target.value) });
}

/** A status code on its colour. */
export const status = (entry) => h("span", { class: `status s${String(entry.status)[0]}`, title: entry.finding ?? "" }, entry.status);

/**
 * JSON, coloured, one line a value. `marks` are notes by JSON pointer; `before` is an earlier value,
 * whose differing lines are highlighted.
 */
export function json(value, { marks = new Map(), before } = {}) {
  const lines = [];
  write(lines, value, { pointer: "", depth: 0, name: null, comma: false, marks, before, compared: before !== undefined });
  return h("pre", { class: "json", tabindex: "0" }, lines);
}

const MOST_LINES = 3000;

function write(lines, value, at) {
  if (lines.length > MOST_LINES) return;
  const compound = value !== null && typeof value === "object";
  if (!compound || !Object.keys(value).length) {
    lines.push(line(at, [leaf(value)], changedFrom(at, value)));
    return;
  }
  const list = Array.isArray(value);
  lines.push(line({ ...at, comma: false }, [list ? "[" : "{"], at.compared && at.before === undefined));
  const entries = Object.entries(value);
  entries.forEach(([name, inner], index) => {
    const before = at.before !== null && typeof at.before === "object" ? at.before[name] : undefined;
    const pointer = `${at.pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    write(lines, inner, { ...at, pointer, depth: at.depth + 1, name: list ? null : name, comma: index < entries.length - 1, before });
  });
  lines.push(line({ ...at, name: null, pointer: null }, [list ? "]" : "}"], false));
}

const changedFrom = (at, value) => at.compared && JSON.stringify(at.before) !== JSON.stringify(value);

function leaf(value) {
  const kind = value === null ? "null" : typeof value;
  return h("span", { class: `j-${kind}` }, JSON.stringify(value));
}

function line(at, content, lit) {
  const note = at.pointer === null ? undefined : (at.marks.get(at.pointer) ?? at.marks.get(at.pointer.replaceAll(/\/\d+(?=\/|$)/g, "/*")));
  return h(
    "span",
    { class: `j-line${lit ? " j-new" : ""}${note ? " j-assumed" : ""}`, title: note },
    "  ".repeat(at.depth),
    at.name === null ? null : h("span", { class: "j-name" }, JSON.stringify(at.name)),
    at.name === null ? null : ": ",
    content,
    at.comma ? "," : null,
    note ? h("span", { class: "j-note" }, "assumed") : null,
    "\n",
  );
}

/** Seconds in readable form. */
export const seconds = (value) => span(value * 1000);

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z",
  next: "M2.5 2.5v11l7.5-5.5zM11 2.5h2.5v11H11z",
  copy: "M5 1.5h8.5v10H11v-1h1.5v-8H6v1H5zM2.5 4.5H10v10H2.5zm1 1v8H9v-8z",
};

/** A decorative icon; its meaning is in the text beside it. */
export const icon = (name) => s("svg", { class: "icon-mark", viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
