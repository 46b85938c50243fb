// What rings, on every page of a member: bars with words, a sound, the title. See docs/decisions/ringing.md.

import { flashTitle, notify, stopFlash, trySound, unnotify } from "./devices/chime.ts";
import { part } from "./dom.ts";
import { Bars } from "./ring/bars.ts";
import {
  type Bar,
  barsOf,
  byUrgency,
  type Kind,
  NOTHING,
  type Rings,
  ringsOf,
} from "./ring/rings.ts";
import { Voice } from "./ring/sound.ts";
import { type News, Tabs } from "./ring/tabs.ts";
import type * as Line from "./ring_line.ts";
import { moment } from "./time.ts";

/** Whether another tab shows it to somebody's eyes is said within this time. */
const SEEN_MS = 400;
/** A page that comes back to the front asks once, where it has listened to nobody. */
const STALE_MS = 30_000;
const CALLING = new Set<Kind>(["entered", "turn", "rung"]);

class Ring {
  readonly #bars: Bars;
  readonly #voice: Voice;
  readonly #tabs: Tabs;
  readonly #console = document.querySelector('[data-part="console"]') !== null;
  readonly #hushed = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #called = new Map<string, string>();
  readonly #news = new Map<string, Bar>();
  #rings: Rings = NOTHING;
  #at = moment();
  #line: Line.RingLine | undefined;

  constructor(private readonly section: HTMLElement) {
    const { user = "", state = "" } = section.dataset;
    this.#voice = new Voice(user);
    this.#bars = new Bars(section, {
      answered: (bar) => this.#hush(bar.key),
      closed: (bar) => this.#close(bar),
      sound: trySound,
    });
    this.#tabs = new Tabs(user, {
      lead: () => void this.#lead(),
      quit: () => this.#stop(),
      asked: () => this.#line?.again(),
      rings: (rings) => this.#show(rings),
      news: (news) => this.#tell(news),
      hush: (key) => this.#answer(key),
      seen: (key) => this.#seen.add(key),
    });
    const rings = ringsOf(JSON.parse(state || "null")) ?? NOTHING;
    // What the page came with is seen on it; only what comes later need be heard, but for calls.
    for (const bar of barsOf(rings, location.pathname))
      if (bar.sound === "once") this.#hushed.add(bar.key);
    this.#show(rings);
    if (this.#rings.live) this.#tabs.say({ kind: "concern" });
    document.addEventListener("visibilitychange", () => this.#look());
    addEventListener("pageshow", (event) => event.persisted && this.#look());
  }

  async #lead(): Promise<void> {
    const code: Promise<typeof Line> = import(this.section.dataset.line ?? "");
    const { open } = await code.catch(() => ({ open: undefined }));
    // A page older than the site finds its code no more: a newer tab may listen instead.
    if (!open) this.#tabs.quit();
    // Over, or begun once more, before the code came.
    if (!open || !this.#tabs.leads || this.#line) return;
    this.#line = open({
      rings: (rings) => {
        this.#tabs.say({ kind: "rings", rings });
        this.#show(rings);
      },
      news: (news) => {
        this.#tabs.say({ kind: "news", news });
        this.#tell(news);
      },
      signedOut: () => {
        this.#tabs.say({ kind: "rings", rings: NOTHING });
        this.#show(NOTHING);
      },
    });
  }

  #stop(): void {
    this.#line?.close();
    this.#line = undefined;
  }

  /** While a page slept its clock stood still, and news went past it. */
  #look(): void {
    if (document.hidden) return;
    if (this.#line) this.#line.again();
    else if (this.#rings.live) this.#tabs.say({ kind: "asks" });
    else if (moment() - this.#at > STALE_MS) void this.#ask();
    this.#draw();
  }

  async #ask(): Promise<void> {
    this.#at = moment();
    const headers = { Accept: "application/json" };
    const answer = await fetch("/ring", { headers }).catch(() => null);
    if (!answer) return;
    const rings = answer.ok ? ringsOf(await answer.json().catch(() => null)) : NOTHING;
    if (rings) this.#show(rings);
  }

  #show(rings: Rings): void {
    this.#rings = rings;
    this.#at = moment();
    if (rings.live) {
      this.#voice.prepare(() => void this.#offerSound());
      this.#tabs.seek();
    } else this.#tabs.quit();
    this.#draw();
  }

  #tell({ room_id, reason }: News): void {
    const name = this.#rings.places.find((place) => place.room_id === room_id)?.name;
    if (name === undefined) return;
    const bar = {
      values: { name },
      href: `/rooms/${room_id}`,
      sound: "none",
      seconds: null,
    } as const;
    this.#news.set(`over:${room_id}`, {
      ...bar,
      key: `over:${room_id}`,
      kind: reason,
      here: false,
    });
    this.#draw();
  }

  #close(bar: Bar): void {
    this.#news.delete(bar.key);
    this.#draw();
  }

  #hush(key: string): void {
    this.#tabs.say({ kind: "hush", key });
    this.#answer(key);
  }

  #answer(key: string): void {
    this.#hushed.add(key);
    this.#draw();
  }

  #draw(): void {
    const all = barsOf(this.#rings, location.pathname);
    // The console meets whoever enters by itself, with a sound of its own.
    const mine = this.#console ? all.filter((bar) => bar.kind !== "entered") : all;
    // A turn that came makes old what was told of the turn before.
    for (const bar of mine) if (bar.kind === "turn") this.#news.delete(overOf(bar));
    const bars = [...mine, ...this.#news.values()].sort(byUrgency);
    for (const key of this.#hushed)
      if (!bars.some((bar) => bar.key === key)) this.#hushed.delete(key);
    for (const bar of bars)
      if (bar.here && CALLING.has(bar.kind) && !document.hidden) this.#reached(bar.key);
    this.#bars.draw(bars, this.#at, this.#hushed);
    this.#call(bars.filter((bar) => bar.sound !== "none" && !this.#hushed.has(bar.key)));
    void this.#offerSound();
  }

  #reached(key: string): void {
    if (this.#hushed.has(key)) return;
    this.#hushed.add(key);
    this.#tabs.say({ kind: "hush", key });
  }

  #call(loud: Bar[]): void {
    const until = loud.filter((bar) => bar.sound === "until");
    this.#voice.ring(keysOf(until), keysOf(loud.filter((bar) => bar.sound === "once")));
    for (const bar of loud) if (!this.#called.has(bar.key)) this.#callFor(bar);
    for (const key of this.#called.keys())
      if (!loud.some((bar) => bar.key === key)) this.#uncall(key);
  }

  #callFor(bar: Bar): void {
    const text = this.#bars.text(bar);
    this.#called.set(bar.key, text);
    flashTitle(text);
    if (!document.hidden) this.#tabs.say({ kind: "seen", key: bar.key });
    // Of all tabs the one that listens, and only where nobody looks at any of them.
    setTimeout(() => {
      if (this.#line && !this.#seen.has(bar.key) && this.#called.has(bar.key))
        void notify(text, "", bar.key, bar.href);
    }, SEEN_MS);
  }

  #uncall(key: string): void {
    this.#called.delete(key);
    if (this.#called.size === 0) stopFlash();
    if (this.#line) void unnotify(key);
  }

  /** Where no tab may sound yet, one press allows it; whoever has pressed anything need not. */
  async #offerSound(): Promise<void> {
    if (this.#rings.live && !this.#console) trySound();
    const may = await this.#voice.heard();
    this.#bars.offerSound(this.#rings.live && !this.#rings.talking && !may && !this.#console);
  }
}

function overOf(bar: Bar): string {
  return `over:${bar.href.split("/")[2] ?? ""}`;
}

function keysOf(bars: Bar[]): string[] {
  return bars.map((bar) => bar.key);
}

new Ring(part(document, "ring"));
