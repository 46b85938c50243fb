// Hanging up: the word goes out again and again until the server has it, also over a lost connection.
import { Refusal } from "../socket.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 2000;
/** Refusals that say as much as a yes: there is no talk of ours to leave. */
const GONE = ["talk_over", "talk_unknown", "not_signed_in"];

/** Resolves once the talk is left. `silent` is told when the server gave no answer in time. */
export async function farewell(leave: () => Promise<unknown>, silent: () => void): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      await leave();
      return;
    } catch (error) {
      const code = error instanceof Refusal ? error.code : "failed";
      if (GONE.includes(code)) return;
      if (code === "timeout") silent();
      await after(pause);
    }
  }
}

export function after(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
