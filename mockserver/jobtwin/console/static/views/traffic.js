// Live requests and responses: with bodies, as curl, replayed, or exported as HAR.

import { send } from "../control.js";
import { h } from "../dom.js";
import { curl, download, har, requestHeaders, sentText, target } from "../export.js";
import { choice, copyButton, empty, json, search, status, to } from "../parts.js";
import { attempt, changed, notify, state } from "../state.js";
import { dateTime, moment, timeOfDay } from "../time.js";

const MOST_ROWS = 150;

const chosen = { text: "", api: "", status: "", job: "" };

function matches(entry) {
  const text = chosen.text.toLowerCase();
  return (
    (!chosen.api || entry.api === chosen.api) &&
    (!chosen.status || String(entry.status)[0] === chosen.status) &&
    (!text || [entry.method, entry.path, entry.query ?? "", entry.operation ?? "", entry.job ?? "", entry.finding ?? "", entry.after ?? "", String(entry.status)].some((value) => value.toLowerCase().includes(text)))
  );
}

function change(name, value) {
  chosen[name] = value;
  changed({ atOnce: true });
}

function toolbar(found) {
  const pause = () => {
    state.paused = !state.paused;
    changed({ atOnce: true });
  };
  return h(
    "div",
    { class: "toolbar" },
    h("h1", {}, "Traffic"),
    search("Filter by path, operation, job…", chosen.text, (value) => change("text", value)),
    choice("API", chosen.api, [["", "All APIs"], ...state.apis.map(({ name }) => [name, name])], (value) => change("api", value)),
    choice("Status", chosen.status, [["", "Any status"], ["2", "2xx"], ["3", "3xx"], ["4", "4xx"], ["5", "5xx"]], (value) => change("status", value)),
    h("span", { class: "quiet" }, `${state.requests} requests`),
    h("button", { "aria-pressed": String(state.paused), onclick: pause }, state.paused ? "Resume" : "Pause"),
    h("button", { onclick: () => download("jobtwin.har", har(found)), disabled: !found.length }, "Export HAR"),
  );
}

function row(entry, open) {
  const hash = to("traffic", entry.number);
  return h(
    "tr",
    { "data-key": entry.number, class: entry.number === open ? "open" : null, onclick: (event) => event.target.closest("a, button") || (location.hash = hash) },
    h("td", { class: "mono quiet", title: `${dateTime(moment(entry.at))} UTC` }, timeOfDay(moment(entry.at))),
    h("td", {}, status(entry)),
    h("td", { class: "mono" }, entry.method),
    h("td", { class: "path", title: entry.path }, h("a", { href: hash }, entry.operation ?? "no operation"), h("span", { class: "quiet mono" }, ` ${entry.path}${entry.query ? `?${entry.query}` : ""}`)),
    h("td", { class: "wide-1" }, entry.finding ? h("span", { class: "finding" }, entry.finding) : (entry.after ?? ""), entry.injected ? h("span", { class: "chip tone-paused" }, "fault") : null, entry.sampled ? h("span", { class: "chip" }, "sample") : null),
    h("td", { class: "wide-2 mono quiet" }, `${entry.milliseconds.toFixed(1)} ms`),
  );
}

function body(title, sent) {
  if (!sent) return null;
  return h(
    "section",
    {},
    h("h3", {}, title, h("span", { class: "quiet" }, ` ${sent.mediaType ?? ""} ${sent.size} bytes${sent.truncated ? ", beginning only" : ""}`), sent.size ? copyButton(() => (sent.json === undefined ? sent.text : JSON.stringify(sent.json, null, 2)), "copy") : null),
    sent.json === undefined ? (sent.text ? h("pre", { class: "json", tabindex: "0" }, sent.text) : null) : json(sent.json),
  );
}

async function replay(entry) {
  const response = await send(entry.method, target(entry), requestHeaders(entry), sentText(entry.request) ?? undefined);
  notify(`${entry.operation ?? entry.path} answered ${response.status}`);
}

function detail(entry) {
  return h(
    "aside",
    { class: "card detail", "aria-label": `Request ${entry.number}` },
    h("h2", {}, status(entry), ` ${entry.operation ?? entry.method}`, h("a", { class: "close", href: "#/traffic", "aria-label": "Close" }, "×")),
    h("p", { class: "request mono" }, `${entry.method} ${entry.path}${entry.query ? `?${entry.query}` : ""}`),
    h(
      "dl",
      {},
      pair("At", `${dateTime(moment(entry.at))} UTC`),
      pair("Took", `${entry.milliseconds.toFixed(2)} ms`),
      entry.job ? pair("Job", h("a", { href: jobOf(entry) ?? `#/jobs` }, entry.job)) : null,
      entry.before ? pair("State", entry.after && entry.after !== entry.before ? `${entry.before} → ${entry.after}` : entry.before) : null,
      entry.finding ? pair("Refused for", h("span", { class: "finding" }, entry.finding)) : null,
      entry.injected ? pair("Fault", "changed this response") : null,
      entry.sampled ? pair("Sample", "an example of the file, or a generated value: the operation has no job") : null,
    ),
    h("div", { class: "buttons" }, copyButton(() => curl(entry), "Copy as curl"), h("button", { class: "small", onclick: () => attempt(() => replay(entry)) }, "Replay")),
    body("Request", entry.request),
    body("Response", entry.response),
  );
}

const pair = (term, value) => [h("dt", {}, term), h("dd", {}, value)];

/** The console's page of a request's job; an entry does not name its machine, the list of jobs does. */
function jobOf(entry) {
  const job = state.jobs.find((other) => other.api === entry.api && other.id === entry.job);
  return job && to("jobs", job.api, job.machine, job.id);
}

export const traffic = {
  draw([number]) {
    const found = state.traffic.filter(matches);
    const open = state.traffic.find((entry) => String(entry.number) === number);
    return [
      toolbar(found),
      h(
        "div",
        { class: open ? "split" : "" },
        found.length ? table(found.slice(0, MOST_ROWS), open?.number) : empty(state.requests ? "No such requests" : "No client has sent a request yet", state.requests ? "Nothing matches the filters." : h("a", { href: "#/start" }, "Connect one")),
        open ? detail(open) : number ? empty(`Request ${number} has been dropped`) : null,
      ),
      found.length > MOST_ROWS ? h("p", { class: "more quiet" }, `The latest ${MOST_ROWS} of ${found.length}; filter, or export them all.`) : null,
    ];
  },
};

function table(shown, open) {
  const head = [["Time"], ["Status"], ["Method"], ["Operation"], ["State or reason", "wide-1"], ["Took", "wide-2"]];
  return h("div", { class: "table" }, h(
    "table",
    { class: "traffic" },
    h("caption", { class: "offscreen" }, "Requests, the latest first"),
    h("thead", {}, h("tr", {}, head.map(([label, kind]) => h("th", { scope: "col", class: kind }, label)))),
    h("tbody", {}, shown.map((entry) => row(entry, open))),
  ));
}
