// The sandboxes of this server: each has its own jobs, clock and journal.

import { call, consoleOf, sandbox } from "../control.js";
import { h } from "../dom.js";
import { choice, empty } from "../parts.js";
import { attempt, changed, loadAll, refreshView, state } from "../state.js";
import { dateTime, moment } from "../time.js";

const form = { name: "", clock: "" };

const path = (name) => `sandboxes/${encodeURIComponent(name)}`;

function create(event) {
  event.preventDefault();
  const body = form.clock ? { clock: form.clock } : {};
  attempt(async () => {
    await call("PUT", path(form.name), body);
    form.name = "";
    await refreshView();
  }, `Created ${form.name}`);
}

const remove = (name) => attempt(async () => (await call("DELETE", path(name)), refreshView()), `Deleted ${name}`);
const reset = () => attempt(async () => (await call("POST", "reset"), loadAll()), `Reset ${sandbox}`);

function row(found) {
  const own = found.name === sandbox;
  return h(
    "tr",
    { "data-key": found.name, class: own ? "open" : null },
    h("td", { class: "id" }, h("a", { href: consoleOf(found.name) }, found.name), own ? h("span", { class: "chip tone-active" }, "this one") : null),
    h("td", { class: "mono" }, dateTime(moment(found.now))),
    h("td", {}, found.jobs),
    h("td", {}, found.requests),
    h("td", { class: "actions" }, h("a", { class: "button small", href: `${consoleOf(found.name)}#/jobs`, target: "_blank", rel: "noreferrer" }, "open beside"), own ? h("button", { class: "small", onclick: reset }, "reset") : null, found.name === "default" ? null : h("button", { class: "small danger", onclick: () => remove(found.name) }, "delete")),
  );
}

export const sandboxes = {
  needs: () => ({ loads: ["sandboxes"] }),
  draw() {
    const head = ["Sandbox", "Its clock", "Jobs", "Requests"];
    return [
      h(
        "div",
        { class: "toolbar" },
        h("h1", {}, "Sandboxes"),
        h(
          "form",
          { class: "inline", onsubmit: create, autocomplete: "off" },
          h("input", { type: "text", "aria-label": "Name of a new sandbox", placeholder: "name", value: form.name, required: true, pattern: "[A-Za-z0-9_\\-][A-Za-z0-9._\\-]{0,99}", oninput: (event) => (form.name = event.target.value) }),
          choice("Clock", form.clock, [["", "clock as the server's"], ["real", "running clock"], ["manual", "paused clock"]], (value) => ((form.clock = value), changed())),
          h("button", { class: "primary" }, "Create"),
        ),
      ),
      h("p", { class: "quiet" }, "Each test of the pytest plugin has its own. A client chooses one by the URL ", h("code", {}, "/sandboxes/NAME/…"), " or the header ", h("code", {}, "X-Sandbox"), "."),
      state.sandboxes.length
        ? h("div", { class: "table" }, h("table", { class: "sandboxes" }, h("thead", {}, h("tr", {}, head.map((label) => h("th", { scope: "col" }, label)), h("th", { class: "actions" }, h("span", { class: "offscreen" }, "Actions")))), h("tbody", {}, state.sandboxes.map(row))))
        : empty("No sandboxes"),
    ];
  },
};
