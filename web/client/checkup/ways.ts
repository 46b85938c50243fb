// What was tried of the connection, and what it comes to. Pure.
import type { NetworkTrouble } from "./advice.ts";

export type Mark = "todo" | "checking" | "good" | "bad" | "skipped";
export type Relayed = "udp" | "tcp";
export const WAYS = ["site", "direct", "udp", "tcp"] as const;
export type Way = (typeof WAYS)[number];
export type Marks = Record<Way, Mark>;
/** Why the relay was not tried: asked for too often, or not to be had just now. */
export type Missing = "limit" | "unanswered" | null;

export interface Conclusion {
  state: "good" | "bad";
  /** The key of the words that say it. */
  words: string;
  trouble: NetworkTrouble | null;
}

/** How a browser reaches a TURN server by this address; TLS runs over TCP unless it says otherwise. */
export function transportOf(url: string): Relayed {
  const given = /[?&]transport=(udp|tcp)$/i.exec(url)?.[1]?.toLowerCase();
  if (given === "udp" || given === "tcp") return given;
  return /^turns:/i.test(url) ? "tcp" : "udp";
}

export function conclude(marks: Marks, missing: Missing): Conclusion {
  if (marks.site === "bad") return bad("connection_site", "offline");
  const tried = [marks.udp, marks.tcp].filter((mark) => mark === "good" || mark === "bad");
  if (tried.includes("good"))
    return good(marks.udp === "bad" ? "connection_slow" : "connection_good");
  if (tried.length > 0 || marks.direct !== "good") return bad("connection_blocked", "blocked");
  if (missing === null) return good("connection_good");
  return good(missing === "limit" ? "connection_unrelayed" : "connection_unknown");
}

function good(words: string): Conclusion {
  return { state: "good", words, trouble: null };
}

function bad(words: string, trouble: NetworkTrouble): Conclusion {
  return { state: "bad", words, trouble };
}
