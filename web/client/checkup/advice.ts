// Which advice fits what failed, on which browser and system. Pure: the words stand in the page.
import type { Problem } from "../devices/capture.ts";
import { type Agent, isApples } from "./agents.ts";

export type DeviceTrouble = Problem | "held" | "silent";
export type NetworkTrouble = "offline" | "blocked" | "none";

const PLAIN: Partial<Record<DeviceTrouble, string>> = {
  media_in_use: "in-use",
  media_failed: "failed",
  held: "held",
  silent: "silent",
};

export function deviceAdvice(trouble: DeviceTrouble, agent: Agent, secure: boolean): string {
  const plain = PLAIN[trouble];
  // A device that works, or worked, is no matter of the app in which the page stands.
  if (trouble === "held" || trouble === "silent") return trouble;
  if (agent.app) return agent.app;
  if (plain) return plain;
  if (trouble === "media_missing") return isPhone(agent) ? "missing-phone" : "missing-desk";
  // In a page that came by HTTPS only an old browser, or one that is no whole one, has no devices.
  if (trouble === "media_insecure") return secure ? "old" : "insecure";
  return denied(agent);
}

function denied({ name, system }: Agent): string {
  if (isApples(system)) return name === "Safari" ? "denied-ios-safari" : "denied-ios";
  if (system === "Android") return name === "Chrome" ? "denied-android-chrome" : "denied-android";
  if (name === "Chrome" || name === "Edge") return "denied-chrome";
  if (name === "Firefox") return "denied-firefox";
  return name === "Safari" ? "denied-safari" : "denied";
}

export function soundAdvice({ system }: Agent): string {
  if (isApples(system)) return "sound-ios";
  return system === "Android" ? "sound-android" : "sound-desk";
}

export function networkAdvice(trouble: NetworkTrouble, agent: Agent): string {
  if (trouble === "offline") return trouble;
  if (trouble === "none") return agent.app ?? "old";
  return isPhone(agent) ? "blocked-phone" : "blocked-desk";
}

function isPhone({ system }: Agent): boolean {
  return isApples(system) || system === "Android";
}
