// All jobs, the latest first.

import { call, jobPath, post } from "../control.js";
import { h } from "../dom.js";
import { chip, choice, copyButton, empty, jobHash, progressBar, search, tone, when } from "../parts.js";
import { attempt, changed, loadJobs, state } from "../state.js";

const MOST_ROWS = 100;

let text = "";
let rows = MOST_ROWS;

function matches(job) {
  if (!text) return true;
  const wanted = text.toLowerCase();
  return [job.id, job.api, job.machine, job.state, job.scenario, JSON.stringify(job.facts)].some((value) => value.toLowerCase().includes(wanted));
}

/** Filter jobs by API or state, on the server. */
function filter(name, value) {
  state.filters = { ...state.filters, [name]: value || undefined };
  const given = Object.entries(state.filters).filter(([, chosen]) => chosen);
  history.replaceState(null, "", `#/jobs${given.length ? `?${new URLSearchParams(given)}` : ""}`);
  attempt(loadJobs);
}

function states() {
  const machines = state.machines.filter((machine) => !state.filters.api || machine.api === state.filters.api);
  return [...new Set(machines.flatMap((machine) => machine.states))].sort();
}

function toolbar(shown) {
  const { api = "", state: inState = "" } = state.filters;
  return h(
    "div",
    { class: "toolbar" },
    h("h1", {}, "Jobs"),
    search("Filter by id, fact, scenario…", text, (value) => {
      text = value;
      rows = MOST_ROWS;
      changed({ atOnce: true });
    }),
    choice("API", api, [["", "All APIs"], ...state.apis.map(({ name }) => [name, name])], (value) => filter("api", value)),
    choice("State", inState, [["", "Any state"], ...states().map((name) => [name, name])], (value) => filter("state", value)),
    h("span", { class: "quiet" }, counted(shown)),
    h("a", { class: "button primary", href: "#/new" }, "New job"),
  );
}

function counted(shown) {
  if (text) return `${shown} of ${state.jobs.length}${state.total > state.jobs.length ? " latest" : ""}`;
  return state.total > state.jobs.length ? `latest ${state.jobs.length} of ${state.total}` : `${state.total}`;
}

function row(job) {
  const path = jobPath(job);
  return h(
    "tr",
    { "data-key": `${job.api}/${job.machine}/${job.id}`, onclick: (event) => event.target.closest("a, button") || (location.hash = jobHash(job)) },
    h("td", { class: "id" }, h("a", { href: jobHash(job) }, job.id), copyButton(job.id, "", "Copy the id"), h("span", { class: "quiet only-narrow" }, `${job.api} ${job.machine}`)),
    h("td", {}, job.api, h("span", { class: "quiet" }, ` ${job.machine}`)),
    h("td", {}, chip(job.state, tone(job))),
    h("td", { class: "wide-2" }, job.kind === "final" ? h("span", { class: "quiet" }, job.outcome ?? "") : progressBar(job.progress)),
    h("td", {}, next(job)),
    h("td", { class: "wide-2" }, job.scenario),
    h("td", { class: "wide-4" }, when(job.created)),
    h(
      "td",
      { class: "actions wide-3" },
      job.events.slice(0, 2).map((event) => h("button", { class: "small", "data-event": event, onclick: () => attempt(() => post(`${path}/events`, { event }), `${event} sent`) }, event)),
      job.next ? h("button", { class: "small", title: "Complete the job now, without moving the clock", onclick: () => attempt(() => post(`${path}/finish`), "Finished") }, "finish") : null,
      
    ),
  );
}

function next(job) {
  if (!job.next) return h("span", { class: "quiet" }, job.kind === "final" ? "ended" : "no plan");
  if (job.progression === "polls") return h("span", {}, job.next.state, h("span", { class: "quiet" }, " at a poll"));
  return h("span", {}, job.next.state, " ", h("span", { class: "quiet" }, when(job.next.at)));
}

export const jobs = {
  enter(_rest, parameters) {
    const { api, state: inState } = parameters;
    const moved = (state.filters.api ?? "") !== (api ?? "") || (state.filters.state ?? "") !== (inState ?? "");
    state.filters = { api, state: inState };
    if (moved && state.loaded) attempt(loadJobs);
  },
  draw() {
    const found = state.jobs.filter(matches);
    const shown = found.slice(0, rows);
    return [
      toolbar(found.length),
      state.requests ? null : h("p", { class: "banner" }, "No client has sent a request yet. ", h("a", { href: "#/start" }, "Connect one")),
      shown.length ? table(shown) : empty("No such jobs", state.filters.api || state.filters.state || text ? "Nothing matches the filters." : h("a", { href: "#/new" }, "Create one")),
      found.length > rows ? h("p", { class: "more" }, h("button", { onclick: () => ((rows += MOST_ROWS), changed({ atOnce: true })) }, `Show ${Math.min(MOST_ROWS, found.length - rows)} more`)) : null,
    ];
  },
};

function table(shown) {
  const head = [["Job"], ["API"], ["State"], ["Progress", "wide-2"], ["Next"], ["Scenario", "wide-2"], ["Created", "wide-4"], ["", "actions wide-3"]];
  return h("div", { class: "table" }, h(
    "table",
    { class: "jobs" },
    h("caption", { class: "offscreen" }, "Jobs, the latest first"),
    h("thead", {}, h("tr", {}, head.map(([label, kind]) => h("th", { scope: "col", class: kind }, label || h("span", { class: "offscreen" }, "Actions"))))),
    h("tbody", {}, shown.map(row)),
  ));
}

/** Delete a job, and remove it from the list. */
export const remove = (job) => call("DELETE", jobPath(job));
