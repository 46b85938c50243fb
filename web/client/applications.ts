// Pages with talk applications: what changes is shown at once, and the console rings whom its cast has taken.
import { maybe, part, show, write } from "./dom.ts";
import { watchAfresh } from "./parts/afresh.ts";
import { connect } from "./socket.ts";
import { moment } from "./time.ts";
import { word } from "./words.ts";

const LOOK_MS = 1000;
const counted = new WeakMap<HTMLElement, number>();

/** What is left of a ring, counted from when the page said so. */
function count(): void {
  for (const left of document.querySelectorAll<HTMLElement>("[data-left-seconds]")) {
    const ends = counted.get(left) ?? moment() + Number(left.dataset.leftSeconds) * 1000;
    counted.set(left, ends);
    const n = Math.max(0, Math.ceil((ends - moment()) / 1000));
    write(left, (left.dataset.text ?? "").replace("{n}", `${n}`));
  }
}

class Ringing {
  /** The application for which this page has asked; asked again only once it was let go. */
  #asked = "";

  constructor(private readonly page: HTMLElement) {
    const look = () => void this.look();
    new MutationObserver(look).observe(page, { attributeFilter: ["data-ready", "data-view"] });
    this.#choose();
    look();
  }

  /** The room of the application is the one whose devices are looked at. */
  #choose(): void {
    const room = maybe(document, "taken")?.dataset.room;
    const choice = this.page.querySelector<HTMLInputElement>(`input[name="room"][value="${room}"]`);
    if (!choice || choice.checked) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  }

  async look(): Promise<void> {
    const taken = maybe(document, "taken");
    const { id = "", state = "" } = taken?.dataset ?? {};
    if (!taken || state !== "accepted") {
      this.#asked = state === "rung" ? id : "";
      return;
    }
    if (this.page.dataset.ready !== "1" || this.#asked === id) return;
    this.#asked = id;
    const problem = await ring(id);
    const place = part(taken, "taken-problem");
    write(part(place, "text"), problem);
    show(place, problem !== "");
    if (problem === "") this.follow();
  }

  /** The stand-by was opened, or closed again, without this page's doing. */
  follow(): void {
    this.page.dispatchEvent(new CustomEvent("standby-changed"));
  }
}

/** Has the site ring an applicant; returns what was in the way, in words. */
async function ring(id: string): Promise<string> {
  const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "";
  try {
    const response = await fetch(`/console/applications/${id}/ring`, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf }),
    });
    if (response.ok) return "";
    const { message } = (await response.json()) as { message?: string };
    return message ?? word("no_answer");
  } catch {
    return word("no_answer");
  }
}

const page = document.querySelector<HTMLElement>('[data-part="console"]');
const ringing = page ? new Ringing(page) : null;
watchAfresh(connect(), (old, fresh) => {
  count();
  if (!ringing || old.dataset.afresh !== "taken") return;
  const { state: before } = old.dataset;
  if (before === "rung" && fresh.dataset.state !== "rung") ringing.follow();
  void ringing.look();
});
setInterval(count, LOOK_MS);
count();
