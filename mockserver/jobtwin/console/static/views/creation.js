// A new job: its machine, its scenario and its facts; or the same as a command or a line of a test.

import { base, post, sandbox } from "../control.js";
import { h } from "../dom.js";
import { quoted } from "../export.js";
import { choice, copy, jobHash } from "../parts.js";
import { attempt, changed, loadGraph, loadJobs, state } from "../state.js";
import { drawPlan } from "../timeline.js";
import { planOf } from "./scenarios.js";

const form = { id: "", facts: "", progression: "" };

function selected(parameters) {
  const api = state.apis.find(({ name }) => name === parameters.api)?.name ?? state.apis[0]?.name;
  const machines = state.machines.filter((machine) => machine.api === api);
  const machine = machines.find((other) => other.machine === parameters.machine) ?? machines[0];
  const scenario = machine?.scenarios.find(({ name }) => name === parameters.scenario) ?? machine?.scenarios.find((other) => other.default);
  return { api, machines, machine, scenario };
}

const choose = (parameters) => location.replace(`#/new?${new URLSearchParams(parameters)}`);

/** The request's body; throws an Error for invalid facts. */
function body({ api, machine, scenario }) {
  const made = { api, machine: machine.machine, scenario: scenario.name };
  if (form.id) made.id = form.id;
  if (form.progression) made.progression = form.progression;
  if (form.facts.trim()) {
    try {
      made.facts = JSON.parse(form.facts);
    } catch (error) {
      throw new Error(`The facts are not JSON: ${error.message}`, { cause: error });
    }
  }
  return made;
}

async function create(chosen) {
  const made = await post("jobs", body(chosen));
  await loadJobs();
  location.hash = jobHash(made);
  return made;
}

function asCurl(chosen) {
  return ["curl", "-H", "Content-Type: application/json", "--data-raw", JSON.stringify(body(chosen)), `${base.href}_control/jobs`].map(quoted).join(" ");
}

function asCommand(chosen) {
  const { api, machine, scenario, id, facts } = body(chosen);
  const words = ["jobtwin", "jobs", "create", api, "--machine", machine, "--scenario", scenario];
  if (id) words.push("--id", id);
  for (const [name, value] of Object.entries(facts ?? {})) words.push("--fact", `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  if (sandbox !== "default") words.push("--sandbox", sandbox);
  return words.map(quoted).join(" ");
}

function asTest(chosen) {
  const { api, scenario, id } = body(chosen);
  const given = [`scenario=${JSON.stringify(scenario)}`, id ? `id=${JSON.stringify(id)}` : null].filter(Boolean).join(", ");
  return `job = jobtwin.${api}.create(${given})`;
}

const copied = (make, chosen, label) => h("button", { type: "button", onclick: () => attempt(async () => copy(make(chosen))) }, label);

function scenarioOption(chosen, scenario) {
  const plan = planOf(chosen.machine, scenario.name);
  const given = { api: chosen.api, machine: chosen.machine.machine, scenario: scenario.name };
  return h(
    "label",
    { class: "option", "data-key": scenario.name },
    h("input", { type: "radio", name: "scenario", value: scenario.name, checked: scenario === chosen.scenario, onchange: () => choose(given) }),
    h("span", {}, h("strong", {}, scenario.name), scenario.default ? h("span", { class: "chip tone-active" }, "default") : null, h("span", { class: "quiet block" }, scenario.summary)),
    plan ? drawPlan(plan) : null,
  );
}

export const creation = {
  title: () => "New job",
  draw(_rest, parameters) {
    const chosen = selected(parameters);
    if (!chosen.machine) return h("p", {}, "This server has no twins.");
    attempt(() => loadGraph(chosen.api, chosen.machine.machine));
    const typed = (name) => (event) => {
      form[name] = event.target.value;
      changed();
    };
    const submit = (event) => {
      event.preventDefault();
      attempt(() => create(chosen), (made) => `Created ${made.id}`);
    };
    return h(
      "form",
      { class: "card new-job", onsubmit: submit, autocomplete: "off" },
      h("h1", {}, "New job"),
      h("div", { class: "fields" }, field("API", choice("API", chosen.api, state.apis.map(({ name }) => [name, name]), (api) => choose({ api }))), field("Machine", choice("Machine", chosen.machine.machine, chosen.machines.map(({ machine }) => [machine, machine]), (machine) => choose({ api: chosen.api, machine })))),
      h("fieldset", {}, h("legend", {}, "Scenario"), chosen.machine.scenarios.map((scenario) => scenarioOption(chosen, scenario))),
      h(
        "div",
        { class: "fields" },
        field("ID", h("input", { type: "text", value: form.id, placeholder: "generated", oninput: typed("id"), maxlength: 200 })),
        field("Advances", choice("Advances", form.progression, [["", "as the sandbox does"], ["time", "with time"], ["polls", "with each poll"]], (value) => ((form.progression = value), changed()))),
        field("Facts, as a JSON object", h("textarea", { rows: 3, value: form.facts, placeholder: "{}", oninput: typed("facts"), spellcheck: "false" })),
      ),
      h("div", { class: "buttons" }, h("button", { class: "primary" }, "Create"), copied(asCurl, chosen, "Copy as curl"), copied(asCommand, chosen, "Copy as command"), copied(asTest, chosen, "Copy as test line"), h("a", { class: "button", href: "#/jobs" }, "Cancel")),
    );
  },
};

const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);

