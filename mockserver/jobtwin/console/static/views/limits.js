// Limits: how many requests are let through in so long; those above it get 429.

import { call } from "../control.js";
import { h } from "../dom.js";
import { choice } from "../parts.js";
import { attempt, changed, refreshView, state } from "../state.js";

const OWN = "console";
const form = { api: "", requests: "10", every: "1m" };
const api = () => form.api || state.apis[0]?.name || "";
const path = ({ api: of, name }) => `limits/${encodeURIComponent(of)}/${encodeURIComponent(name)}`;

const put = (limit, body) => attempt(async () => (await call("PUT", path(limit), body), refreshView()), "The limit is in force");
const lift = (limit) => attempt(async () => (await call("DELETE", path(limit)), refreshView()), "The limit is no longer in force");

function add(event) {
  event.preventDefault();
  put({ api: api(), name: OWN }, { requests: Number(form.requests), every: form.every });
}

function row(limit) {
  const { api: of, name, requests, every, per, operations, inForce, refused } = limit;
  return h(
    "tr",
    { "data-key": `${of}/${name}` },
    h("td", {}, name, h("span", { class: "quiet" }, ` ${of}`)),
    h("td", {}, `${requests} in ${every}`, per.length ? h("span", { class: "quiet" }, ` by ${per.join(" and ")}`) : null),
    h("td", {}, operations.length ? operations.join(", ") : "all operations"),
    h("td", {}, h("span", { class: `chip ${inForce ? "tone-active" : "tone-final"}` }, inForce ? "in force" : "off")),
    h("td", {}, h("strong", {}, refused), h("span", { class: "only-narrow quiet" }, "refused")),
    h("td", { class: "actions" }, inForce ? h("button", { class: "small danger", onclick: () => lift(limit) }, "lift") : h("button", { class: "small", onclick: () => put(limit, {}) }, "put in force")),
  );
}

function newLimit() {
  const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
  const typed = (name) => (event) => {
    form[name] = event.target.value;
  };
  const set = (name) => {
    form.api = name;
    changed({ atOnce: true });
  };
  return h(
    "form",
    { class: "card", onsubmit: add, autocomplete: "off" },
    h("h2", {}, "Limit requests"),
    h(
      "div",
      { class: "fields" },
      field("API to limit", choice("API to limit", api(), state.apis.map(({ name }) => [name, name]), set)),
      field("Requests", h("input", { type: "number", min: 1, required: true, value: form.requests, oninput: typed("requests") })),
      field("Every", h("input", { type: "text", required: true, placeholder: "1m", value: form.every, oninput: typed("every") })),
    ),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Limit"), h("span", { class: "quiet" }, "Further requests get 429 until the window ends.")),
  );
}

const HEAD = ["Limit", "Requests", "Of", "State", "Refused"];

/** The panel below the faults. */
export function limits() {
  const found = state.limits?.limits ?? [];
  return h(
    "section",
    { class: "limits", "aria-label": "Limits" },
    h("div", { class: "toolbar" }, h("h1", {}, "Limits")),
    newLimit(),
    found.length ? h("div", { class: "table" }, h("table", { class: "stack" }, h("thead", {}, h("tr", {}, HEAD.map((label) => h("th", { scope: "col" }, label)), h("th", {}, h("span", { class: "offscreen" }, "Actions")))), h("tbody", {}, found.map(row)))) : h("p", { class: "quiet" }, "No limit is in force, and the specs have none."),
  );
}
