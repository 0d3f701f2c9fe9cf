// The page: its top bar, the view that the URL names, and the dialogs.

import { consoleOf, sandbox } from "./control.js";
import { h, patch } from "./dom.js";
import { choice, icon, updateTimes } from "./parts.js";
import { advance, attempt, changed, follow, loadAll, nextChange, notify, onDraw, setClock, state, unlock, want } from "./state.js";
import { dateTime, span } from "./time.js";
import { deliveries } from "./views/deliveries.js";
import { faults } from "./views/faults.js";
import { job } from "./views/job.js";
import { jobs } from "./views/jobs.js";
import { creation } from "./views/creation.js";
import { politeness } from "./views/politeness.js";
import { sandboxes } from "./views/sandboxes.js";
import { scenarios } from "./views/scenarios.js";
import { traffic } from "./views/traffic.js";
import { welcome } from "./views/welcome.js";

const VIEWS = { start: welcome, jobs, job, new: creation, traffic, politeness, scenarios, faults, deliveries, sandboxes };
const TABS = [
  ["start", "Start"],
  ["jobs", "Jobs"],
  ["traffic", "Traffic"],
  ["politeness", "Politeness"],
  ["scenarios", "Scenarios"],
  ["faults", "Faults"],
  ["deliveries", "Deliveries"],
  ["sandboxes", "Sandboxes"],
];
const SPEEDS = [1, 10, 60, 600, 3600];

// -- routes ------------------------------------------------------------------------------------------

/** The route of the URL's hash: its view, the parts of its path, and its parameters. */
function route() {
  const [path, given] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  const parameters = Object.fromEntries(new URLSearchParams(given ?? ""));
  let [name = home(), ...rest] = parts;
  if (name === "jobs" && rest.length === 3) name = "job";
  return { name: name in VIEWS ? name : home(), rest, parameters };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Jobs, as soon as there is one. */
const home = () => (state.loaded && !state.total && !state.filters.api && !state.filters.state ? "start" : "jobs");

let current = null;

function go() {
  const { name, rest, parameters } = route();
  const view = VIEWS[name];
  const { job = null, loads = [] } = view.needs?.(rest, parameters) ?? {};
  revealed = false;
  const moved = current?.name !== name || current.rest.join("/") !== rest.join("/");
  current = { name, rest, parameters, view };
  want(job, ...loads);
  view.enter?.(rest, parameters);
  document.title = `${view.title?.(rest) ?? TABS.find(([key]) => key === name)?.[1] ?? name} · jobtwin${sandbox === "default" ? "" : ` · ${sandbox}`}`;
  changed({ atOnce: true });
  if (moved && document.activeElement?.closest("#top") === null && document.activeElement !== document.body) document.getElementById("main").focus({ preventScroll: true });
  if (moved) scrollTo(0, 0);
}

// -- drawing -------------------------------------------------------------------------------------------

function draw() {
  patch(document.getElementById("top"), topBar());
  revealTab();
  patch(document.getElementById("notices"), state.notices.map((notice) => h("p", { class: `notice ${notice.kind}`, "data-key": notice.number }, notice.text)));
  patch(document.getElementById("dialog"), tokenDialog());
  patch(document.getElementById("main"), body());
  current.view.drawn?.();
  drawNow();
}

let revealed = false;

/** Scroll the current tab into view on narrow screens, until the counts in the tabs are known. */
function revealTab() {
  if (revealed) return;
  document.querySelector(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  revealed = state.loaded;
}

function body() {
  if (state.missing) return missing();
  if (!state.loaded) return h("p", { class: "loading" }, state.connection === "lost" ? "The server does not answer. Trying again…" : "Loading…");
  const name = current.name === "jobs" && !location.hash ? home() : current.name;
  return h("div", { class: `view view-${name}`, "data-key": name }, VIEWS[name].draw(current.rest, current.parameters));
}

function missing() {
  const make = () => attempt(async () => {
    const { call } = await import("./control.js");
    await call("PUT", `sandboxes/${encodeURIComponent(sandbox)}`, {});
    await loadAll();
  });
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, `The sandbox ${sandbox} does not exist yet`), h("p", {}, "A client's first request creates it. Or create it now:"), h("p", {}, h("button", { class: "primary", onclick: make }, "Create the sandbox")), h("p", {}, h("a", { href: consoleOf("default") }, "Go to the default sandbox")));
}

function topBar() {
  return [
    h(
      "div",
      { class: "bar" },
      h("a", { class: "brand", href: "#/jobs", "aria-label": "jobtwin: all jobs" }, h("img", { src: "console/icon.svg", alt: "", width: 22, height: 22 }), h("span", {}, "jobtwin")),
      h("nav", { "aria-label": "Views" }, TABS.map(tab)),
      sandboxPicker(),
      light(),
    ),
    state.clock ? clockBar() : null,
  ];
}

const PARENTS = { job: "jobs", new: "jobs" };

function tab([name, label]) {
  const here = (PARENTS[current.name] ?? current.name) === name;
  const count = { jobs: state.total, traffic: state.requests }[name];
  return h("a", { href: `#/${name}`, "aria-current": here ? "page" : null }, label, count ? h("span", { class: "count" }, count > 9999 ? `${Math.floor(count / 1000)}k` : count) : null);
}

function sandboxPicker() {
  const names = [...new Set(["default", sandbox, ...state.sandboxes.map(({ name }) => name)])];
  const options = [...names.map((name) => [name, name]), ["", "All sandboxes…"]];
  const open = (name) => {
    if (name === "") location.hash = "#/sandboxes";
    else location.href = consoleOf(name);
  };
  return h("label", { class: "sandbox" }, h("span", {}, "Sandbox"), choice("Sandbox", sandbox, options, open));
}

const LIGHTS = {
  live: ["live", "Live: changes appear as they happen"],
  connecting: ["wait", "Connecting"],
  lost: ["lost", "Connection lost; trying again"],
  locked: ["lost", "The server requires its control token"],
  missing: ["lost", "Unknown sandbox"],
};

function light() {
  const [kind, text] = LIGHTS[state.connection];
  return h("span", { class: `light ${kind}`, role: "status", title: text }, h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "light-text" }, state.connection));
}

// -- the clock -----------------------------------------------------------------------------------------

function clockBar() {
  const { frozen, speed, progression } = state.clock;
  const next = nextChange();
  return h(
    "div",
    { class: "clock", role: "group", "aria-label": "Clock" },
    h("span", { class: `time ${frozen ? "frozen" : ""}`, "data-now": "", title: "The sandbox's clock, UTC" }),
    h("button", { class: "icon", onclick: () => setClock({ frozen: !frozen }), "aria-label": frozen ? "Run the clock" : "Pause the clock", title: frozen ? "Run" : "Pause" }, icon(frozen ? "play" : "pause")),
    h("div", { class: "segments", role: "group", "aria-label": "Speed" }, speeds(speed).map((value) => h("button", { "aria-pressed": String(value === speed), class: value > 60 ? "wide-1" : null, title: `${value} seconds pass in a second`, onclick: () => setClock({ speed: value, frozen: false }) }, `×${value}`))),
    h("div", { class: "segments", role: "group", "aria-label": "Advance" }, [["PT5S", "+5 s"], ["PT1M", "+1 m"], ["PT5M", "+5 m"]].map(([by, label]) => h("button", { onclick: () => advance({ by }), title: `Advance the clock by ${label.slice(1)}` }, label))),
    h("button", { class: "next", onclick: () => advance({ toNext: true }), title: "Advance the clock to the next change of a job", "aria-label": "next change" }, icon("next"), h("span", {}, "next", h("span", { class: "wide-1" }, " change")), h("span", { class: "count", "data-next": next ?? "" })),
    progression === "polls" ? h("span", { class: "chip tone-paused", title: "Jobs advance by one change with each poll" }, "advances by polls") : null,
  );
}

const speeds = (speed) => (SPEEDS.includes(speed) ? SPEEDS : [...SPEEDS, speed].sort((one, other) => one - other));

/** Redraws everything that depends on time; the rest is only redrawn after events. */
function drawNow() {
  if (!state.clock || document.hidden) return;
  const now = state.clock.now();
  const time = document.querySelector("[data-now]");
  if (time) setText(time, dateTime(now) + (state.clock.frozen ? " · paused" : ""));
  const next = document.querySelector("[data-next]");
  if (next) setText(next, next.dataset.next ? span(Math.max(0, Math.ceil((Number(next.dataset.next) - now) / 1000) * 1000)) : "");
  updateTimes();
  current?.view.tick?.(now);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// -- dialogs and keys --------------------------------------------------------------------------------

function tokenDialog() {
  if (!state.wantsToken) return null;
  const given = (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get("token").trim();
    if (text) unlock(text);
    else notify("Paste the token that the server printed", "error");
  };
  return h(
    "div",
    { class: "veil" },
    h(
      "form",
      { class: "card token", onsubmit: given, role: "dialog", "aria-modal": "true", "aria-labelledby": "token-title", autocomplete: "off" },
      h("h2", { id: "token-title" }, "Control token"),
      h("p", {}, "This server listens beyond loopback, so its control API requires a token. ", "The server printed it when it started."),
      h("input", { type: "password", name: "token", "aria-label": "Control token", autocomplete: "off", autofocus: true, required: true, "aria-invalid": state.tokenRefused ? "true" : null }),
      state.tokenRefused ? h("p", { role: "alert" }, "The server refused this token.") : null,
      h("p", { class: "hint" }, "It is only stored in this tab, and sent in a header, never in a URL."),
      h("button", { class: "primary" }, "Continue"),
    ),
  );
}

const KEYS = { p: () => setClock({ frozen: !state.clock.frozen }), ".": () => advance({ toNext: true }), n: () => (location.hash = "#/new"), "/": () => document.querySelector("main input[type=search]")?.focus() };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select") || state.wantsToken) return;
  const number = Number(event.key);
  if (number >= 1 && number <= TABS.length) location.hash = `#/${TABS[number - 1][0]}`;
  else if (KEYS[event.key]) KEYS[event.key](event);
  else return;
  event.preventDefault();
});

addEventListener("hashchange", go);
addEventListener("resize", () => changed());
document.addEventListener("visibilitychange", () => changed({ atOnce: true }));
addEventListener("unhandledrejection", (event) => notify(event.reason?.message ?? String(event.reason), "error"));
onDraw(draw);
setInterval(drawNow, 200);
go();
follow();
