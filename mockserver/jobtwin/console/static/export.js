// Requests as curl commands and as an HTTP archive (HAR 1.2), which `jobtwin judge` reads.

import { base, root, sandbox } from "./control.js";
import { state } from "./state.js";
import { moment, rfc3339 } from "./time.js";

/** A word for a POSIX shell. */
export function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** The headers that a twin's clients send: the credential of its spec's example. */
export function credentialHeaders(api) {
  const found = state.apis.find((other) => other.name === api);
  return Object.fromEntries((found?.credentials ?? []).filter(({ place }) => place === "header").map(({ field, value }) => [field, value]));
}

/** The path of an entry below its sandbox, with the query's hidden values as an example shows them. */
export function target(entry) {
  const given = new URLSearchParams(entry.query ?? "");
  const found = state.apis.find((other) => other.name === entry.api);
  for (const { place, field, value } of found?.credentials ?? []) if (place === "query" && given.has(field)) given.set(field, value);
  const text = given.toString();
  return pathBelow(entry) + (text ? `?${text}` : "");
}

/** A journal's path, without the sandbox's prefix. */
function pathBelow(entry) {
  const prefix = `/sandboxes/${sandbox}/`;
  return entry.path.startsWith(prefix) ? entry.path.slice(prefix.length - 1) : entry.path;
}

/** The body of the request as text; null for no body. */
export function sentText(body) {
  if (!body || !body.size) return null;
  return body.json === undefined ? (body.text ?? "") : JSON.stringify(body.json);
}

export function requestHeaders(entry) {
  const type = entry.request?.mediaType;
  return { ...(entry.delivery ? {} : credentialHeaders(entry.api)), ...(type ? { "Content-Type": type } : {}) };
}

export function curl(entry) {
  const words = ["curl"];
  if (entry.method !== "GET") words.push("-X", entry.method);
  for (const [name, value] of Object.entries(requestHeaders(entry))) words.push("-H", `${name}: ${value}`);
  const text = sentText(entry.request);
  if (text !== null) words.push("--data-raw", text);
  words.push(new URL(target(entry).replace(/^\//, ""), base).href);
  return words.map(quoted).join(" ");
}

export function har(entries) {
  const received = entries.filter((entry) => !entry.delivery); // the others are the twin's own requests
  const ordered = received.toSorted((one, other) => one.number - other.number);
  return { log: { version: "1.2", creator: { name: "jobtwin", version: state.health?.version ?? "" }, entries: ordered.map(harEntry) } };
}

function harEntry(entry) {
  const url = new URL(pathBelow(entry).replace(/^\//, "") + (entry.query ? `?${entry.query}` : ""), root);
  const type = entry.request?.mediaType;
  const text = sentText(entry.request);
  return {
    startedDateTime: rfc3339(moment(entry.at)),
    time: entry.milliseconds,
    request: {
      method: entry.method,
      url: url.href,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: type ? [{ name: "Content-Type", value: type }] : [],
      queryString: [...url.searchParams].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: entry.request?.size ?? 0,
      ...(text === null ? {} : { postData: { mimeType: type ?? "", text } }),
    },
    response: {
      status: entry.status,
      statusText: "",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: entry.response?.mediaType ? [{ name: "Content-Type", value: entry.response.mediaType }] : [],
      content: { size: entry.response?.size ?? 0, mimeType: entry.response?.mediaType ?? "", ...content(entry.response) },
      redirectURL: "",
      headersSize: -1,
      bodySize: entry.response?.size ?? -1,
    },
    cache: {},
    timings: { send: 0, wait: entry.milliseconds, receive: 0 },
  };
}

function content(body) {
  const text = sentText(body);
  return text === null || body.truncated ? {} : { text };
}

/** Download a value as a file. */
export function download(name, value) {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
