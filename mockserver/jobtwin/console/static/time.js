// Moments and spans: read, extrapolated between two answers of the server, and written for people.

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** Milliseconds since the epoch of an RFC 3339 string. */
export const moment = (text) => Date.parse(text);

/** RFC 3339 in UTC, to the second if exact. */
export function rfc3339(milliseconds) {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

/** A span in its two largest units: `1 min 30 s`. */
export function span(milliseconds) {
  const sign = milliseconds < 0 ? "−" : "";
  let rest = Math.abs(milliseconds);
  if (rest < 1) return "0 s";
  if (rest < 1000) return `${sign}${Math.round(rest)} ms`;
  if (rest < 10_000 && rest % 1000 > 50) return `${sign}${(Math.floor(rest / 100) / 10).toFixed(1)} s`;
  const parts = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count || parts.length) parts.push(count ? `${count} ${name}` : "");
    if (parts.length === 2) break;
  }
  return sign + parts.filter(Boolean).join(" ");
}

/** `in 5 s`, `5 s ago` or `now`. */
export function relative(at, now) {
  const distance = at - now;
  if (Math.abs(distance) < 1000) return "now";
  const whole = Math.round(Math.abs(distance) / 1000) * 1000;
  return distance > 0 ? `in ${span(whole)}` : `${span(whole)} ago`;
}

/** Day and time of a moment, UTC: `2026-01-01 00:00:20`. */
export function dateTime(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}

/** Time of day, UTC, with tenths of a second: `00:00:20.5`. */
export const timeOfDay = (milliseconds) => new Date(milliseconds).toISOString().slice(11, 21);

/** The sandbox's clock between two responses: it runs at its speed, or is frozen. */
export class SandboxClock {
  constructor(answer) {
    this.answered = performance.now();
    this.at = moment(answer.now);
    this.text = answer.now;
    this.speed = answer.speed;
    this.frozen = answer.frozen;
    this.progression = answer.progression;
  }

  now() {
    return this.frozen ? this.at : this.at + (performance.now() - this.answered) * this.speed;
  }
}
