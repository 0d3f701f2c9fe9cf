// Faults on demand: rules, and their hits.

import { call, post } from "../control.js";
import { h } from "../dom.js";
import { choice, copyButton, empty } from "../parts.js";
import { attempt, changed, refreshView, state } from "../state.js";
import { limits } from "./limits.js";

const KINDS = {
  "429, retry after 5 s": { status: 429, retryAfter: 5 },
  "503 Service Unavailable": { status: 503 },
  "500 Internal Server Error": { status: 500 },
  "404 as for an unknown job": { hide: true },
  "delayed by 3 s": { delay: "3s" },
  "dropped before handling": { drop: "before" },
  "dropped within the headers": { drop: "headers" },
  "dropped within the body": { drop: "body" },
  "HTML page of a gateway": { body: "html" },
  "empty body": { body: "empty" },
  "truncated JSON": { body: "truncated" },
  "malformed JSON": { body: "malformed" },
  "as it was 10 s ago": { stale: "10s" },
  "unknown state": { state: "mystery" },
};

const form = { api: "", operation: "", job: "", after: "", times: "1", kind: Object.keys(KINDS)[0] };

function rule() {
  const made = { api: api() };
  for (const name of ["operation", "job"]) if (form[name]) made[name] = form[name];
  for (const name of ["after", "times"]) if (form[name] !== "") made[name] = Number(form[name]);
  return { ...made, fault: KINDS[form.kind] };
}

const operations = () => state.apis.find(({ name }) => name === api())?.operations ?? [];

const api = () => form.api || state.apis[0]?.name || "";

function add(event) {
  event.preventDefault();
  attempt(async () => (await post("faults", rule()), refreshView()), "Fault added");
}

const addPreset = (preset) => attempt(async () => (await post("faults", { api: api(), preset }), refreshView()), `${preset}: added`);

const remove = (id) => attempt(async () => (await call("DELETE", `faults${id === undefined ? "" : `/${encodeURIComponent(id)}`}`), refreshView()), "Removed");

const told = (fault) => Object.entries(KINDS).find(([, value]) => JSON.stringify(value) === JSON.stringify(fault))?.[0] ?? Object.entries(fault).map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", ");

function row(found) {
  const { id, hits, matched, ...given } = found;
  const { api: of, operation, job, after, times, chance, preset, fault } = given;
  delete given.preset;
  return h(
    "tr",
    { "data-key": id },
    h("td", {}, told(fault), preset ? h("span", { class: "quiet" }, ` ${preset.replaceAll("_", " ")}`) : null),
    h("td", {}, of, h("span", { class: "quiet" }, ` ${operation ?? "any operation"}${job ? ` of ${job}` : ""}`)),
    h("td", {}, `${after ? `after ${after} requests, ` : ""}${times ? `${times} times` : "always"}${chance ? `, with a probability of ${Math.round(chance * 100)} %` : ""}`),
    h("td", {}, h("strong", {}, hits), h("span", { class: "quiet" }, ` of ${matched}`)),
    h("td", { class: "actions" }, copyButton(JSON.stringify(given), "copy JSON"), copyButton(testLine(given), "copy test line"), h("button", { class: "small danger", onclick: () => remove(preset ? id.split(".")[0] : id) }, preset ? "remove preset" : "remove")),
  );
}

/** The same fault as a line of a test with the pytest plugin. */
function testLine({ api: of, ...given }) {
  const words = Object.entries({ ...given, ...given.fault, fault: undefined }).filter(([, value]) => value !== undefined);
  return `jobtwin.${of}.fail(${words.map(([name, value]) => `${snake(name)}=${literal(value)}`).join(", ")})`;
}

const snake = (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const literal = (value) => ({ true: "True", false: "False" })[value] ?? JSON.stringify(value);

const typed = (name) => (event) => {
  form[name] = event.target.value;
};
const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);

function newFault() {
  const set = (name) => (value) => {
    form[name] = value;
    changed({ atOnce: true });
  };
  return h(
    "form",
    { class: "card", onsubmit: add, autocomplete: "off" },
    h("h2", {}, "Add a fault"),
    h(
      "div",
      { class: "fields" },
      field("What happens", choice("What happens", form.kind, Object.keys(KINDS).map((name) => [name, name]), set("kind"))),
      field("API", choice("API", api(), state.apis.map(({ name }) => [name, name]), set("api"))),
      field("Operation", choice("Operation", form.operation, [["", "any"], ...operations().map((name) => [name, name])], set("operation"))),
      field("Job", h("input", { type: "text", placeholder: "any", value: form.job, oninput: typed("job") })),
      field("After this many requests", h("input", { type: "number", min: 0, placeholder: "0", value: form.after, oninput: typed("after") })),
      field("Times", h("input", { type: "number", min: 1, placeholder: "always", value: form.times, oninput: typed("times") })),
    ),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Add"), h("span", { class: "quiet" }, "or a preset:"), state.faults.presets.map(({ name, summary }) => h("button", { type: "button", title: summary, onclick: () => addPreset(name) }, name.replaceAll("_", " ")))),
  );
}

export const faults = {
  needs: () => ({ loads: ["faults", "limits"] }),
  draw() {
    if (!state.faults) return h("p", { class: "loading" }, "Loading…");
    const found = state.faults.faults;
    const head = ["Fault", "Requests", "When", "Hits"];
    return [
      h("div", { class: "toolbar" }, h("h1", {}, "Faults"), found.length ? h("button", { class: "danger", onclick: () => remove() }, "Remove all") : null),
      newFault(),
      found.length ? h("div", { class: "table" }, h("table", { class: "faults stack" }, h("thead", {}, h("tr", {}, head.map((label) => h("th", { scope: "col" }, label)), h("th", {}, h("span", { class: "offscreen" }, "Actions")))), h("tbody", {}, found.map(row)))) : empty("No faults", "All responses are as documented by the vendor."),
      limits(),
    ];
  },
};
