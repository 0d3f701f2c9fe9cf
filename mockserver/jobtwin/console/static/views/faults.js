// Faults on demand: rules, and what they hit.

import { call, post } from "../control.js";
import { h } from "../dom.js";
import { choice, copyButton, empty } from "../parts.js";
import { attempt, changed, refreshView, state } from "../state.js";

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

const PRESETS = {
  "Rate-limited": [{ times: 3, fault: { status: 429, retryAfter: 5 } }],
  "Bad morning": [{ times: 1, fault: { status: 503 } }, { after: 1, times: 1, fault: { drop: "body" } }, { after: 2, times: 1, fault: { body: "html" } }],
  "Eventually consistent": [{ times: 2, fault: { hide: true } }, { after: 2, times: 3, fault: { stale: "10s" } }],
  "Flaky network": [{ times: 1, fault: { drop: "headers" } }, { after: 1, times: 1, fault: { delay: "3s" } }, { after: 2, times: 1, fault: { drop: "body" } }],
};

const form = { api: "", operation: "", job: "", after: "", times: "1", kind: Object.keys(KINDS)[0] };

function rule() {
  const made = { api: api() };
  for (const name of ["operation", "job"]) if (form[name]) made[name] = form[name];
  for (const name of ["after", "times"]) if (form[name] !== "") made[name] = Number(form[name]);
  return { ...made, fault: KINDS[form.kind] };
}

const api = () => form.api || state.apis[0]?.name || "";

function add(event) {
  event.preventDefault();
  attempt(async () => (await post("faults", rule()), refreshView()), "Fault added");
}

async function addPreset(name) {
  for (const preset of PRESETS[name]) await post("faults", { api: api(), ...preset });
  await refreshView();
}

const remove = (id) => attempt(async () => (await call("DELETE", `faults${id === undefined ? "" : `/${encodeURIComponent(id)}`}`), refreshView()), "Removed");

const told = (fault) => Object.entries(KINDS).find(([, value]) => JSON.stringify(value) === JSON.stringify(fault))?.[0] ?? JSON.stringify(fault);

function row(found) {
  const { id, hits = 0, api: of, operation, job, after, times, fault } = found;
  const given = Object.fromEntries(Object.entries({ api: of, operation, job, after, times, fault }).filter(([, value]) => value !== undefined && value !== null));
  return h(
    "tr",
    { "data-key": id },
    h("td", {}, told(fault)),
    h("td", {}, of, h("span", { class: "quiet" }, ` ${operation ?? "any operation"}${job ? ` of ${job}` : ""}`)),
    h("td", {}, `${after ? `after ${after} requests, ` : ""}${times ? `${times} times` : "always"}`),
    h("td", {}, h("strong", {}, hits)),
    h("td", { class: "actions" }, copyButton(JSON.stringify(given), "copy JSON"), h("button", { class: "small danger", onclick: () => remove(id) }, "remove")),
  );
}

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
      field("Operation", h("input", { type: "text", placeholder: "any", value: form.operation, oninput: typed("operation") })),
      field("Job", h("input", { type: "text", placeholder: "any", value: form.job, oninput: typed("job") })),
      field("After so many requests", h("input", { type: "number", min: 0, placeholder: "0", value: form.after, oninput: typed("after") })),
      field("Times", h("input", { type: "number", min: 1, placeholder: "always", value: form.times, oninput: typed("times") })),
    ),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Add"), h("span", { class: "quiet" }, "or all of"), Object.keys(PRESETS).map((name) => h("button", { type: "button", onclick: () => attempt(() => addPreset(name), `${name}: added`) }, name))),
  );
}

export const faults = {
  needs: () => ({ loads: ["faults"] }),
  draw() {
    if (state.faults === undefined) return h("p", { class: "loading" }, "Loading…");
    if (state.faults === null) return empty("This server cannot inject faults");
    const found = state.faults.faults;
    const head = ["Fault", "Requests", "When", "Hits"];
    return [
      h("div", { class: "toolbar" }, h("h1", {}, "Faults"), found.length ? h("button", { class: "danger", onclick: () => remove() }, "Remove all") : null),
      newFault(),
      found.length ? h("table", { class: "faults" }, h("thead", {}, h("tr", {}, head.map((label) => h("th", { scope: "col" }, label)), h("th", {}, h("span", { class: "offscreen" }, "Actions")))), h("tbody", {}, found.map(row))) : empty("No faults", "Every request is answered as the vendor documents it."),
    ];
  },
};
