// How to connect a client: a card for each twin.

import { base, sandbox } from "../control.js";
import { h } from "../dom.js";
import { quoted } from "../export.js";
import { copyButton, snippet, to } from "../parts.js";
import { changed, state } from "../state.js";

const LANGUAGES = { curl, python, node, env };
let language = "curl";

const origin = () => base.href.replace(/\/$/, "");
const url = (api) => origin() + api.path;
const inHeader = (api) => api.credentials.filter(({ place }) => place === "header");

function sampleUrl(api) {
  const query = new URLSearchParams(api.sample.query).toString();
  return url(api) + api.sample.path + (query ? `?${query}` : "");
}

function headersOf(api) {
  return { ...Object.fromEntries(inHeader(api).map(({ field, value }) => [field, value])), ...api.sample?.headers };
}

function curl(api) {
  const words = Object.entries(headersOf(api)).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  return ["curl", ...words, sampleUrl(api)].map(quoted).join(" ");
}

function python(api) {
  return `import httpx\n\nanswer = httpx.get(\n    ${JSON.stringify(sampleUrl(api))},\n    headers=${JSON.stringify(headersOf(api))},\n)\nprint(answer.json())`;
}

function node(api) {
  return `const answer = await fetch(${JSON.stringify(sampleUrl(api))}, {\n  headers: ${JSON.stringify(headersOf(api))},\n});\nconsole.log(await answer.json());`;
}

function env(api) {
  const name = api.name.toUpperCase();
  const credential = api.credentials[0];
  const value = credential?.value.replace(/^(Bearer|Basic) /, "");
  return [`export JOBTWIN_${name}_URL=${quoted(url(api))}`, value ? `export JOBTWIN_${name}_CREDENTIAL=${quoted(value)}` : null].filter(Boolean).join("\n");
}

function card(api) {
  const machines = state.machines.filter((machine) => machine.api === api.name);
  return h(
    "section",
    { class: "card twin", "data-key": api.name, "aria-label": api.title },
    h("h2", {}, api.title, h("span", { class: "quiet" }, ` ${api.name}`)),
    h("dl", {}, h("dt", {}, "Base URL"), h("dd", {}, h("code", {}, url(api)), copyButton(url(api), "", "Copy the base URL")), api.credentials.map(({ place, field, value }) => [h("dt", {}, place), h("dd", {}, h("code", {}, `${field}: ${value}`), copyButton(value, "", `Copy the ${field}`))])),
    api.sample ? snippet(LANGUAGES[language](api)) : null,
    h("p", { class: "buttons" }, machines.map((machine) => h("a", { class: "button", href: `#/new?${new URLSearchParams({ api: api.name, machine: machine.machine })}` }, `New ${machine.machine}`)), h("a", { class: "button", href: url({ path: api.docs }), target: "_blank", rel: "noreferrer" }, "API docs")),
  );
}

export const welcome = {
  draw() {
    const asked = state.requests ? `${state.requests} requests so far.` : "No requests yet.";
    return [
      h("div", { class: "toolbar" }, h("h1", {}, "Point your service at a twin"), h("div", { class: "segments", role: "group", "aria-label": "Language" }, Object.keys(LANGUAGES).map((name) => h("button", { "aria-pressed": String(name === language), onclick: () => ((language = name), changed({ atOnce: true })) }, name)))),
      h("p", { class: "banner" }, sandbox === "default" ? "" : `These are the URLs of the sandbox ${sandbox}. `, asked, " ", h("a", { href: to("traffic") }, "Watch the traffic"), " or ", h("a", { href: to("jobs") }, "the jobs"), "."),
      h("div", { class: "cards" }, state.apis.map(card)),
    ];
  },
};
