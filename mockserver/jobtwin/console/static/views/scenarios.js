// Machines and their scenarios, to read and to choose from.

import { call } from "../control.js";
import { h } from "../dom.js";
import { drawMachine } from "../machine.js";
import { attempt, loadGraph, notify, state } from "../state.js";
import { drawPlan } from "../timeline.js";
import { to } from "../parts.js";

function usual(machine, scenario) {
  const path = `machines/${encodeURIComponent(machine.api)}/${encodeURIComponent(machine.machine)}/default`;
  return attempt(async () => {
    const answer = await call("PUT", path, { scenario });
    state.machines = state.machines.map((other) => (other.api === answer.api && other.machine === answer.machine ? answer : other));
    notify(`New jobs of ${machine.api} follow ${scenario}`);
  });
}

export function planOf(machine, scenario) {
  const graph = state.graphs.get(`${machine.api}/${machine.machine}`);
  return graph?.plans.find((other) => other.scenario === scenario)?.milestones;
}

function scenarioRow(machine, scenario) {
  const plan = planOf(machine, scenario.name);
  const hash = `#/new?${new URLSearchParams({ api: machine.api, machine: machine.machine, scenario: scenario.name })}`;
  return h(
    "li",
    { class: "scenario", "data-key": scenario.name },
    h("div", {}, h("strong", {}, scenario.name), scenario.default ? h("span", { class: "chip tone-active" }, "default") : null, h("p", { class: "quiet" }, scenario.summary)),
    plan ? drawPlan(plan) : null,
    h("div", { class: "buttons" }, h("a", { class: "button small", href: hash }, "new job"), scenario.default ? null : h("button", { class: "small", onclick: () => usual(machine, scenario.name) }, "make default")),
  );
}

function section(machine) {
  const graph = state.graphs.get(`${machine.api}/${machine.machine}`);
  return h(
    "section",
    { class: "card", "data-key": `${machine.api}/${machine.machine}` },
    h("h2", {}, machine.api, " ", machine.machine, h("span", { class: "quiet" }, ` ${machine.summary}`)),
    graph ? h("div", { class: "scroll", tabindex: "0" }, drawMachine(graph, { vertical: innerWidth < 760, label: `${machine.api} ${machine.machine}` })) : null,
    h("ul", { class: "plain" }, machine.scenarios.map((scenario) => scenarioRow(machine, scenario))),
  );
}

const wanted = ([api, machine]) => state.machines.filter((other) => (!api || other.api === api) && (!machine || other.machine === machine));

export const scenarios = {
  draw(rest) {
    const shown = wanted(rest);
    for (const machine of shown) attempt(() => loadGraph(machine.api, machine.machine));
    return [
      h("div", { class: "toolbar" }, h("h1", {}, "Scenarios"), h("nav", { class: "filters", "aria-label": "Machines" }, h("a", { href: "#/scenarios", "aria-current": rest.length ? null : "page" }, "all"), state.machines.map((machine) => h("a", { href: to("scenarios", machine.api, machine.machine), "aria-current": rest.length && shown.includes(machine) && shown.length === 1 ? "page" : null }, `${machine.api} ${machine.machine}`)))),
      shown.map(section),
    ];
  },
};
