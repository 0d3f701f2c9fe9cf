// Callbacks and webhooks: where they go, which were sent, which are to come.

import { call, post } from "../control.js";
import { h } from "../dom.js";
import { chip, choice, empty, to, when } from "../parts.js";
import { attempt, changed, refreshView, state } from "../state.js";

const TONES = { planned: "waiting", pending: "active", delivered: "success", failed: "failure" };
const form = { api: "", url: "" };
const api = () => form.api || state.apis[0]?.name || "";
const endpoint = (name) => `deliveries/endpoints/${encodeURIComponent(name)}`;

const act = (action, done) => attempt(async () => (await action(), refreshView()), done);
const hold = (held) => act(() => call("PATCH", "deliveries", { held }), held ? "Deliveries are held" : "Deliveries are released");
const send = ({ id }) => act(() => post(`deliveries/${encodeURIComponent(id)}`, {}), "Sent");
const stop = (name) => act(() => call("DELETE", endpoint(name)), `The webhooks of ${name} are no longer sent`);

function choose(event) {
  event.preventDefault();
  act(() => call("PUT", endpoint(api()), { url: form.url }), `The webhooks of ${api()} are sent to ${form.url}`);
}

function endpoints({ endpoints: found }) {
  const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
  const set = (name) => {
    form.api = name;
    changed({ atOnce: true });
  };
  const typed = (event) => {
    form.url = event.target.value;
  };
  return h(
    "form",
    { class: "card", onsubmit: choose, autocomplete: "off" },
    h("h2", {}, "Where webhooks go"),
    h("ul", { class: "plain" }, found.map((each) => h("li", { "data-key": each.api }, h("strong", {}, each.api), " ", h("code", {}, each.url), " ", h("button", { type: "button", class: "small danger", onclick: () => stop(each.api), "aria-label": `Stop the webhooks of ${each.api}` }, "stop")))),
    h("div", { class: "fields" }, field("API", choice("API of the webhooks", api(), state.apis.map(({ name }) => [name, name]), set)), field("URL", h("input", { type: "url", required: true, placeholder: "the URL of your service", value: form.url, oninput: typed }))),
    h("div", { class: "buttons" }, h("button", { class: "primary" }, "Choose"), h("span", { class: "quiet" }, "A callback goes to the URL that its request named.")),
  );
}

/** How the latest attempt went. */
function attempts({ attempts: made }) {
  if (!made.length) return h("span", { class: "quiet" }, "none yet");
  const { status, error } = made.at(-1);
  return [h("span", { class: status ? `status s${String(status)[0]}` : "" }, status ?? error ?? "no answer"), made.length > 1 ? h("span", { class: "quiet" }, ` after ${made.length} attempts`) : null];
}

function row(delivery) {
  const { id, api: of, callback, machine, job, url, at, due, state: is } = delivery;
  return h(
    "tr",
    { "data-key": id },
    h("td", {}, chip(is, TONES[is], is)),
    h("td", {}, callback, h("span", { class: "quiet" }, ` ${of}`)),
    h("td", { class: "mono" }, h("a", { href: to("jobs", of, machine, job) }, job)),
    h("td", { class: "url" }, h("code", {}, url)),
    h("td", {}, when(due ?? at)),
    h("td", {}, attempts(delivery)),
    h("td", { class: "actions" }, h("button", { class: "small", onclick: () => send(delivery), "aria-label": `Send ${callback} of ${job} now` }, "send now")),
  );
}

const HEAD = ["State", "Callback", "Job", "URL", "When", "Answered"];

export const deliveries = {
  needs: () => ({ loads: ["deliveries"] }),
  draw() {
    const found = state.deliveries;
    if (!found) return h("p", { class: "loading" }, "Loading…");
    return [
      h("div", { class: "toolbar" }, h("h1", {}, "Deliveries"), h("button", { onclick: () => hold(!found.held) }, found.held ? "Release" : "Hold"), found.held ? h("span", { class: "chip tone-paused" }, "held: sent by hand only") : null),
      endpoints(found),
      found.deliveries.length ? h("div", { class: "table" }, h("table", { class: "deliveries stack" }, h("thead", {}, h("tr", {}, HEAD.map((label) => h("th", { scope: "col" }, label)), h("th", {}, h("span", { class: "offscreen" }, "Actions")))), h("tbody", {}, found.deliveries.toReversed().map(row)))) : empty("No deliveries", "Create a job with a callback, or choose where webhooks go."),
    ];
  },
};
