// The politeness of each job's polls, against the vendor's advice.

import { h, s } from "../dom.js";
import { empty, seconds, to } from "../parts.js";
import { state } from "../state.js";

const MOST_BARS = 60;

/** The intervals between polls as bars; the advised shortest one as a line. */
function chart(report) {
  const shown = report.intervals.slice(-MOST_BARS);
  if (!shown.length) return h("p", { class: "quiet" }, "one poll only");
  const top = Math.max(...shown, 0.001);
  const wide = Math.max(5, Math.min(16, 320 / shown.length));
  const bars = shown.map((value, place) => {
    const tall = Math.max(2, (value / top) * 54);
    return s("g", {}, s("title", {}, `${seconds(value)} between two polls`), s("rect", { class: "bar-mark", x: place * (wide + 2), y: 58 - tall, width: wide, height: tall, rx: 2 }));
  });
  const label = `Intervals between polls: ${shown.map(seconds).slice(0, 20).join(", ")}`;
  return s("svg", { class: "intervals", width: shown.length * (wide + 2), height: 60, role: "img", "aria-label": label }, bars, s("line", { x1: 0, x2: shown.length * (wide + 2), y1: 59, y2: 59 }));
}

function rule(found) {
  return h("li", { class: found.kept ? "kept" : "broken" }, h("span", { class: "mark", "aria-label": found.kept ? "kept" : "broken" }, found.kept ? "✓" : "✗"), h("span", {}, h("strong", {}, found.rule), " ", found.says, h("span", { class: "quiet block" }, found.source)));
}

function card(report) {
  const job = state.jobs.find((other) => other.api === report.api && other.id === report.job);
  const shortest = report.intervals.length ? Math.min(...report.intervals) : null;
  return h(
    "section",
    { class: "card", "data-key": `${report.api}/${report.operation}/${report.job}` },
    h("h2", {}, h("span", { class: `chip ${report.polite ? "tone-success" : "tone-failure"}` }, report.polite ? "polite" : "not polite"), " ", job ? h("a", { class: "mono", href: to("jobs", job.api, job.machine, job.id) }, report.job) : h("span", { class: "mono" }, report.job), h("span", { class: "quiet" }, ` ${report.api} ${report.operation}`)),
    h("p", { class: "facts-line" }, h("span", {}, h("strong", {}, report.polls), " polls"), shortest === null ? null : h("span", {}, "shortest interval ", h("strong", {}, seconds(shortest))), report.noticed === undefined ? null : h("span", {}, "end noticed after ", h("strong", {}, seconds(report.noticed))), report.refused ? h("span", {}, h("strong", {}, report.refused), " refused with 429") : null),
    h("div", { class: "columns" }, chart(report), h("ul", { class: "plain rules" }, report.rules.map(rule))),
  );
}

export const politeness = {
  needs: () => ({ loads: ["report"] }),
  draw() {
    const reports = state.report?.jobs ?? [];
    return [h("div", { class: "toolbar" }, h("h1", {}, "Politeness"), h("span", { class: "quiet" }, reports.length ? `${reports.filter(({ polite }) => polite).length} of ${reports.length} polled jobs ${reports.length === 1 ? "was" : "were"} polled politely` : "")), reports.length ? reports.slice(0, 100).map(card) : empty("No job has been polled yet", "Poll a job to compare your intervals with the vendor's advice.")];
  },
};
