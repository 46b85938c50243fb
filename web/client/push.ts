// <push-card>: lets this browser show notices, or stops it. It asks only when its button is pressed.
import { maybe, part, show, write } from "./dom.ts";

type State = "off" | "on" | "denied" | "install";

const WORKER = "/worker.js";
const LATER = "push-later";
const LATER_MS = 30 * 86_400_000;
const NAME_CHARACTERS = 16;

interface Known {
  key: string | null;
  devices: string[];
}

class PushCard extends HTMLElement {
  #known: Known | undefined;
  #state: State = "off";

  connectedCallback(): void {
    for (const [name, act] of [
      ["push-begin", () => this.#begin()],
      ["push-end", () => this.#end()],
    ] as const)
      part(this, name).addEventListener("click", () => void this.#try(act));
    part(this, "push-later").addEventListener("click", () => this.#later());
    void this.#look().catch(() => undefined);
  }

  async #look(): Promise<void> {
    if (!able()) {
      // On an iPhone only a site on the home screen can show notifications.
      if ("standalone" in navigator && navigator.standalone === false) this.#draw("install");
      return;
    }
    const response = await fetch("/push/devices", { headers: { Accept: "application/json" } });
    if (!response.ok) return;
    this.#known = (await response.json()) as Known;
    if (this.#known.key === null) return;
    if (Notification.permission === "denied") return this.#draw("denied");
    this.#draw((await this.#isOn(this.#known)) ? "on" : "off");
  }

  async #isOn(known: Known): Promise<boolean> {
    if (Notification.permission !== "granted") return false;
    const subscription = await subscribed();
    return subscription !== null && known.devices.includes(await nameOf(subscription.endpoint));
  }

  /** Runs in the gesture: browsers ask nobody who has not pressed anything. */
  async #begin(): Promise<void> {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return this.#draw(permission === "denied" ? "denied" : "off");
    const key = this.#known?.key;
    if (!key) return;
    const subscription = await subscribe(key);
    const { keys = {} } = subscription.toJSON();
    const { p256dh = "", auth = "" } = keys;
    await send("/push/devices", { endpoint: subscription.endpoint, p256dh, auth });
    localStorage.removeItem(LATER);
    this.#draw("on");
  }

  async #end(): Promise<void> {
    const subscription = await subscribed();
    if (subscription) {
      await send("/push/devices/remove", { endpoint: subscription.endpoint });
      await subscription.unsubscribe();
    }
    this.#draw("off");
  }

  #later(): void {
    localStorage.setItem(LATER, String(Date.now() + LATER_MS));
    this.hidden = true;
  }

  async #try(act: () => Promise<void>): Promise<void> {
    const buttons = this.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    write(part(this, "push-problem"), "");
    try {
      await act();
    } catch {
      write(part(this, "push-problem"), part(this, "push-problem").dataset.failed ?? "");
    }
    for (const button of buttons) button.disabled = false;
  }

  #draw(state: State): void {
    const changed = this.#state !== state;
    this.#state = state;
    this.dataset.state = state;
    for (const each of this.querySelectorAll<HTMLElement>("[data-when]"))
      show(each, each.dataset.when === state);
    const later = Number(localStorage.getItem(LATER) ?? 0) > Date.now();
    this.hidden = later && state !== "on" && this.dataset.always === undefined;
    // The button that was pressed is gone: the focus goes on to the one in its place.
    if (changed && this.contains(document.activeElement))
      maybe(this, state === "on" ? "push-end" : "push-begin")?.focus();
  }
}

function able(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

async function subscribed(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register(WORKER, { scope: "/", updateViaCache: "none" });
  const { pushManager } = await navigator.serviceWorker.ready;
  // One made for another key (an older site at this address) can't be used, nor replaced.
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** As notify/devices.py names a device. */
async function nameOf(endpoint: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("").slice(0, NAME_CHARACTERS);
}

async function send(path: string, fields: Record<string, string>): Promise<void> {
  const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
  const response = await fetch(path, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ csrf, ...fields }),
  });
  if (!response.ok) throw new Error(String(response.status));
}

customElements.define("push-card", PushCard);
