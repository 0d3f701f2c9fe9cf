// A machine drawn as a graph: the current state highlighted, past transitions thick, legal events as buttons.

import { layout, Graph } from "./vendor/dagre.js";
import { s } from "./dom.js";
import { span } from "./time.js";
import { toneClass } from "./parts.js";

const CHARACTER = 7.4;
const SMALL = 6.3;
const MOST_LABEL = 34;
const layouts = new Map();

/**
 * `graph` is a machine of the control API; `job` may say `{state, history, events, send}`.
 * `vertical` draws it from top to bottom.
 */
export function drawMachine(graph, { job = null, vertical = false, label = "State machine" } = {}) {
  const laid = laidOut(graph, vertical);
  const visited = moves(job?.history ?? []);
  const been = new Set((job?.history ?? []).map((change) => change.state));
  const edges = laid.edges.map((edge) => drawEdge(edge, { job, visited, from: laid.states.get(edge.from) }));
  const nodes = [...laid.states.values()].map((node) => drawState(node, job, been));
  const { width, height } = laid;
  return s(
    "svg",
    { class: "machine", viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label, style: { "max-width": `${width}px`, "min-width": `${Math.min(width, width * 0.72)}px` } },
    s("defs", {}, arrowHead("arrow"), arrowHead("arrow-done")),
    edges,
    nodes,
  );
}

/** Layouts are cached: a machine does not change, and a job is drawn several times a second. */
function laidOut(graph, vertical) {
  const key = `${graph.api}/${graph.machine}/${graph.part ?? ""}/${vertical}`;
  if (!layouts.has(key)) layouts.set(key, lay(graph, vertical));
  return layouts.get(key);
}

function lay(graph, vertical) {
  const drawing = new Graph({ multigraph: true });
  drawing.setGraph({ rankdir: vertical ? "TB" : "LR", nodesep: 26, ranksep: vertical ? 34 : 38, edgesep: 14, marginx: 12, marginy: 14 });
  drawing.setDefaultEdgeLabel(() => ({}));
  for (const state of graph.states) {
    drawing.setNode(state.name, { state, width: Math.max(64, state.name.length * CHARACTER + 30), height: 34 });
  }
  for (const edge of arrows(graph)) {
    const lines = edge.labels.map(shortened);
    const width = Math.max(0, ...lines.map((line) => line.length * SMALL + 14));
    drawing.setEdge(edge.from, edge.to, { ...edge, lines, width, height: lines.length * 20, labelpos: "c" }, edge.to);
  }
  layout(drawing);
  const { width, height } = drawing.graph();
  const states = new Map(drawing.nodes().map((name) => [name, drawing.node(name)]));
  return { width, height, states, edges: drawing.edges().map((edge) => drawing.edge(edge)) };
}

const shortened = ({ text }) => (text.length > MOST_LABEL ? `${text.slice(0, MOST_LABEL - 1)}…` : text);

/** One arrow for each change of state, with all its causes. */
function arrows(graph) {
  const found = new Map();
  for (const { from, to, event, after, when } of graph.transitions) {
    if (!to || from === to) continue;
    const key = JSON.stringify([from, to]);
    if (!found.has(key)) found.set(key, { from, to, labels: [] });
    const { labels } = found.get(key);
    const text = event ?? (after === undefined ? "" : `after ${span(after * 1000)}`);
    const known = labels.find((other) => other.text === text);
    const about = when ? `${text} if ${when}` : text;
    if (known) known.about += `, or ${about}`;
    else if (text) labels.push({ text, event, about });
  }
  return [...found.values()];
}

function moves(history) {
  const found = new Set();
  for (let place = 1; place < history.length; place++) {
    found.add(JSON.stringify([history[place - 1].state, history[place].state]));
  }
  return found;
}

function arrowHead(id) {
  return s(
    "marker",
    { id, class: id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
    s("path", { d: "M0,0.5 L8,4 L0,7.5 z" }),
  );
}

function drawState(node, job, been) {
  const { name, kind, outcome } = node.state;
  const current = job?.state === name;
  const classes = ["state", toneClass(outcome ?? kind), current && "current", been.has(name) && "been", kind === "final" && "is-final"];
  const x = node.x - node.width / 2;
  const y = node.y - node.height / 2;
  return s(
    "g",
    { class: classes.filter(Boolean).join(" "), "data-state": name, role: "img", "aria-label": current ? `${name}, current state` : name },
    s("title", {}, `${name}: ${outcome ? `final, ${outcome}` : kind}`),
    current ? s("rect", { class: "halo", x: x - 5, y: y - 5, width: node.width + 10, height: node.height + 10, rx: 14 }) : null,
    s("rect", { class: "box", x, y, width: node.width, height: node.height, rx: 10 }),
    kind === "final" ? s("rect", { class: "inner", x: x + 3, y: y + 3, width: node.width - 6, height: node.height - 6, rx: 7 }) : null,
    s("text", { x: node.x, y: node.y + 4.5 }, name),
  );
}

function drawEdge(edge, { job, visited }) {
  const done = visited.has(JSON.stringify([edge.from, edge.to]));
  const leaving = job?.state === edge.from;
  const classes = ["edge", done && "done", leaving && "leaving"].filter(Boolean).join(" ");
  const labels = edge.labels.map((label, place) => {
    const y = edge.y - edge.height / 2 + place * 20 + 10;
    return edgeLabel(label, { x: edge.x, y, text: edge.lines[place], job, leaving });
  });
  return s("g", { class: classes }, s("path", { class: "line", d: curve(edge.points), "marker-end": `url(#${done ? "arrow-done" : "arrow"})` }), labels);
}

function edgeLabel(label, { x, y, text, job, leaving }) {
  const width = text.length * SMALL + 14;
  const box = s("rect", { x: x - width / 2, y: y - 9, width, height: 18, rx: 9 });
  const words = s("text", { x, y: y + 4 }, text);
  if (!leaving || !label.event || !job.events?.includes(label.event)) {
    return s("g", { class: label.event ? "cause event" : "cause" }, s("title", {}, label.about), box, words);
  }
  const send = () => job.send(label.event);
  return s(
    "g",
    {
      class: "cause send",
      role: "button",
      tabindex: "0",
      "aria-label": `Send ${label.event}`,
      "data-event": label.event,
      onclick: send,
      onkeydown: (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        send();
      },
    },
    s("title", {}, `Send ${label.event}`),
    box,
    words,
  );
}

/** A smooth curve through the points that dagre found. */
function curve(points) {
  const [first, ...rest] = points;
  let path = `M${first.x},${first.y}`;
  rest.forEach((point, place) => {
    const next = rest[place + 1];
    if (!next) path += ` L${point.x},${point.y}`;
    else path += ` Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`;
  });
  return path;
}
