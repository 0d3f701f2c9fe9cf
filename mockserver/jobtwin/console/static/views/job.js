// One job: its machine, its timeline, the vendor API's current responses, its history and facts.

import { jobPath, post } from "../control.js";
import { h } from "../dom.js";
import { drawMachine } from "../machine.js";
import { chip, copyButton, empty, json, progressBar, status, to, tone, when } from "../parts.js";
import { advance, attempt, changed, pollKey, state } from "../state.js";
import { dateTime, moment, span } from "../time.js";
import { drawTimeline } from "../timeline.js";
import { remove } from "./jobs.js";

let shownAnswer = 0;

const send = (job) => (event) => attempt(() => post(`${jobPath(job)}/events`, { event }), `${event} sent`);

function head(job) {
  return h(
    "header",
    { class: "job-head" },
    h("p", { class: "crumbs" }, h("a", { href: "#/jobs" }, "Jobs"), " / ", h("a", { href: `#/jobs?api=${encodeURIComponent(job.api)}` }, job.api), " / ", h("a", { href: to("scenarios", job.api, job.machine) }, job.machine)),
    h("h1", {}, h("span", { class: "mono" }, job.id), copyButton(job.id, "", "Copy the id")),
    h(
      "div",
      { class: "facts-line" },
      chip(job.state, tone(job)),
      progressBar(job.progress),
      h("span", {}, "scenario ", h("strong", {}, job.scenario)),
      h("span", { class: "quiet" }, "created ", when(job.created)),
      job.next ? h("span", {}, "next ", h("strong", {}, job.next.state), " ", job.progression === "polls" ? "at the next poll" : when(job.next.at)) : h("span", { class: "quiet" }, job.kind === "final" ? "ended" : "nothing planned"),
    ),
    h(
      "div",
      { class: "buttons", role: "group", "aria-label": "Events and actions" },
      job.events.map((event) => h("button", { "data-event": event, onclick: () => send(job)(event), title: `Send ${event}` }, event)),
      job.next ? h("button", { onclick: () => attempt(() => post(`${jobPath(job)}/finish`), "Finished"), title: "Complete the job now, without moving the clock" }, "finish now") : null,
      h("button", { class: "danger", onclick: () => attempt(async () => { await remove(job); location.hash = "#/jobs"; }, "Deleted") }, "delete"),
    ),
  );
}

function machineCard(job, graph) {
  if (!graph) return null;
  const narrow = innerWidth < 760;
  return h("section", { class: "card machine-card", "aria-label": "State machine" }, h("h2", {}, "State machine"), h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Drawing", "data-seen": document.querySelector(".machine-card .scroll")?.dataset.seen }, drawMachine(graph, { job: { ...job, send: send(job) }, vertical: narrow })), h("p", { class: "legend" }, "The current state is highlighted, past transitions are thick, legal events are buttons."));
}

const BORDERS = 38;

/** The width for a drawing in a card as wide as the page. */
function room() {
  const main = document.getElementById("main");
  const { paddingLeft, paddingRight } = getComputedStyle(main);
  return Math.max(260, Math.floor(main.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) - BORDERS);
}

function timelineCard(job, plan, polls) {
  if (!plan) return null;
  const onmove = (text) => advance({ to: text });
  return h(
    "section",
    { class: "card timeline-card", "aria-label": "Timeline" },
    h("h2", {}, "Timeline"),
    drawTimeline({ job, plan, polls, now: Math.max(state.clock.now(), moment(job.created)), width: room(), onmove }),
    h("p", { class: "legend" }, "The past is solid, the plan dotted. A tick is a request about this job. ", job.progression === "polls" ? "This job advances by one change with each poll." : "Drag the marker to advance the clock."),
  );
}

function answersCard(found) {
  if (!found.answers?.answers.length) return null;
  const { answers } = found.answers;
  const chosen = answers[Math.min(shownAnswer, answers.length - 1)];
  const before = found.before?.answers.find((other) => other.operation === chosen.operation);
  const marks = new Map(chosen.assumed.map(({ pointer, says }) => [pointer, says]));
  return h(
    "section",
    { class: "card answers", "aria-label": "What the API shows now" },
    h("h2", {}, "What the API shows now"),
    h("div", { class: "tabs", role: "tablist" }, answers.map((answer, place) => h("button", { role: "tab", "aria-selected": String(answer === chosen), onclick: () => ((shownAnswer = place), changed({ atOnce: true })) }, answer.operation))),
    h("p", { class: "request" }, h("span", { class: "mono" }, `${chosen.method} ${chosen.path}`), " ", status(chosen), copyButton(() => JSON.stringify(chosen.body, null, 2), "copy")),
    chosen.body === undefined ? h("p", { class: "quiet" }, "without a body") : json(chosen.body, { marks, before: before && before !== chosen ? before.body : undefined }),
    chosen.assumed.length ? h("p", { class: "legend" }, h("span", { class: "j-note" }, "assumed"), " is undocumented by the vendor; the tooltip has the reason.") : null,
  );
}

function historyCard(job) {
  const latest = job.history.slice(-100).reverse();
  return h(
    "section",
    { class: "card", "aria-label": "History" },
    h("h2", {}, "History"),
    h("ol", { class: "history" }, latest.map((change, place) => h("li", { "data-key": job.history.length - place }, h("span", { class: "mono quiet", title: `${dateTime(moment(change.at))} UTC` }, `+${span(moment(change.at) - moment(job.created))}`), h("strong", {}, change.state), change.event ? h("span", { class: "quiet" }, `by ${change.event}`) : null))),
    job.history.length > latest.length ? h("p", { class: "legend" }, `and ${job.history.length - latest.length} earlier changes`) : null,
  );
}

function partsCard(job) {
  const parts = Object.entries(job.parts ?? {}).flatMap(([name, each]) => each.map((part) => ({ ...part, name })));
  if (!parts.length) return null;
  return h("section", { class: "card", "aria-label": "Parts" }, h("h2", {}, "Parts"), h("ul", { class: "parts" }, parts.slice(0, 50).map((part) => h("li", {}, h("span", { class: "quiet" }, part.name), h("span", { class: "mono" }, part.id), h("strong", {}, part.state)))));
}

function pollsCard(job, polls) {
  const latest = polls.slice(-30).reverse();
  return h(
    "section",
    { class: "card", "aria-label": "Requests about this job" },
    h("h2", {}, "Requests ", h("span", { class: "count" }, polls.length)),
    latest.length
      ? h("ol", { class: "history" }, latest.map((entry) => h("li", { "data-key": entry.number }, h("span", { class: "mono quiet" }, `+${span(moment(entry.at) - moment(job.created))}`), h("a", { href: to("traffic", entry.number) }, entry.operation ?? entry.path), status(entry), h("span", { class: "quiet" }, entry.after ?? entry.finding ?? ""))))
      : h("p", { class: "quiet" }, "No client has requested this job."),
  );
}

export const job = {
  title: (rest) => rest[2],
  needs: ([api, machine, id]) => ({ job: { api, machine, id } }),
  enter: () => {
    shownAnswer = 0;
  },
  draw([api, machine, id]) {
    const found = state.job;
    if (!found) return h("p", { class: "loading" }, "Loading…");
    if (found.gone) return empty(`There is no job ${id}`, found.why ?? "", " ", h("a", { href: "#/jobs" }, "All jobs"));
    const polls = state.polls.get(pollKey(api, id)) ?? [];
    return [
      head(found.job),
      timelineCard(found.job, found.plan, polls),
      h(
        "div",
        { class: "columns" },
        h("div", { class: "column" }, machineCard(found.job, state.graphs.get(`${api}/${machine}`)), answersCard(found)),
        h("div", { class: "column side" }, pollsCard(found.job, polls), historyCard(found.job), partsCard(found.job), h("section", { class: "card", "aria-label": "Facts" }, h("h2", {}, "Facts"), json(found.job.facts))),
      ),
    ];
  },
  /** Scroll to the current state, once for each state, if the drawing is wider than its card. */
  drawn() {
    const lit = document.querySelector(".machine .current");
    const pane = lit?.closest(".scroll");
    if (!pane || pane.dataset.seen === lit.dataset.state) return;
    pane.setAttribute("data-seen", lit.dataset.state);
    const [inner, outer] = [lit.getBoundingClientRect(), pane.getBoundingClientRect()];
    pane.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  },
  /** Redraw as time passes: "now" moves. */
  tick() {
    if (!state.clock.frozen) changed();
  },
};
