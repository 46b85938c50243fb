// What the mark of a recording says, from what the server last told and the time that has passed since.

import type { Recording } from "../protocol.ts";

/** `on`: red, for something is or may be written; `still`: it should be, and isn't; `quiet`: neither. */
export type Tone = "on" | "still" | "quiet";

export interface RecordingFace {
  tone: Tone;
  /** The key of its words, which may hold `{n}`, the seconds left to answer, and `{name}`. */
  word: string;
  /** Seconds: left to answer, or recorded so far. */
  left: number | null;
  recorded: number | null;
  /** What its button does. */
  act: "stop" | "read" | null;
  actWord: string;
}

/** How long the page says that it is over, and why. */
const OVER_MS = 8_000;

const ENDS: Record<string, string> = {
  stopped: "record_stopped",
  full: "record_full",
  failed: "record_failed",
  no_way: "record_no_way",
};

/** Null: there is nothing to say. `age`: ms since it was told, `changed`: since it became so. */
export function faceOf(told: Recording, age: number, changed: number): RecordingFace | null {
  const quiet = { left: null, recorded: null, act: null, actWord: "" };
  switch (told.state) {
    case "asked": {
      const left = Math.max(0, Math.ceil(((told.left_ms ?? 0) - age) / 1000));
      // The server says itself that it has lapsed; until then nothing more is asked.
      if (left === 0) return null;
      return told.by === "mine"
        ? {
            ...quiet,
            tone: "quiet",
            word: "record_waiting",
            left,
            act: "stop",
            actWord: "record_take_back",
          }
        : {
            ...quiet,
            tone: "quiet",
            word: "record_asked",
            left,
            act: "read",
            actWord: "record_read",
          };
    }
    case "agreed":
      return { ...quiet, tone: "on", word: "record_ready", act: "stop", actWord: "record_stop" };
    case "running": {
      const recorded = Math.floor((told.elapsed_ms + age) / 1000);
      return {
        ...quiet,
        tone: "on",
        word: "record_on",
        recorded,
        act: "stop",
        actWord: "record_stop",
      };
    }
    case "halted":
      return {
        ...quiet,
        tone: "still",
        word: "record_halted",
        act: "stop",
        actWord: "record_not_now",
      };
    default: {
      const word = overWord(told);
      return word && changed < OVER_MS ? { ...quiet, tone: "quiet", word } : null;
    }
  }
}

/** What is said of one that is over, or was never begun; "" where nothing need be. */
export function overWord(told: Recording): string {
  if (told.state === "declined") return "record_declined";
  if (told.state === "lapsed") return "record_lapsed";
  if (told.state !== "ended") return "";
  if (told.end_reason === "stopped" && told.ended_by === "other") return "record_stopped_other";
  return ENDS[told.end_reason ?? ""] ?? "";
}

/** What is read out when it has changed. */
export function newsOf(before: Recording | undefined, told: Recording): string {
  if (before?.recording_id === told.recording_id && before?.state === told.state) return "";
  if (told.state === "running")
    return before?.state === "halted" ? "record_again" : before ? "record_began" : "record_on";
  if (told.state === "halted") return "record_halted";
  // What was over when the page was opened is no news.
  return before && before.state !== "none" ? overWord(told) : "";
}
