// What one connection's statistics say, each kind of media by itself. Pure: no clock, no connection.
import type { Kind } from "../devices/capture.ts";

/** An entry of getStats(); what is read of it is checked before it is used. */
export type Entry = Record<string, unknown>;

/** Ages beyond this are another clock's. */
const SANE_MS = 60_000;
/** What of a receiver report may change from one to the next. */
const REPORTED = ["packetsLost", "fractionLost", "jitter", "roundTripTimeMeasurements"] as const;

/** Totals of one kind since the connection began; moments in ms of the page's clock. */
export class KindFigures {
  /** Bytes of sound, or frames of the picture that were decoded. */
  received = 0;
  /** When that last grew. */
  receivedAt: number | null = null;
  sent = 0;
  /** When the other's browser last reported on what it received of this. */
  reportedAt: number | null = null;
  #reports = new Map<unknown, string>();

  arrived(total: number, at: number): void {
    if (total > this.received) this.receivedAt = at;
    this.received = total;
  }

  /** The statistics show the last report again and again: only one that differs is new. */
  reported(entry: Entry, at: number): void {
    const figures = [entry.timestamp, entry.packetsReceived, ...REPORTED.map((key) => entry[key])];
    const report = figures.join();
    if (this.#reports.get(entry.ssrc) === report) return;
    this.#reports.set(entry.ssrc, report);
    this.reportedAt = Math.max(this.reportedAt ?? at, at);
  }
}

export class Figures {
  readonly audio = new KindFigures();
  readonly video = new KindFigures();
  packets = 0;
  lost = 0;
  /** ms; 0 while unknown. */
  rtt = 0;
  /** Bytes of both kinds that arrived. */
  bytes = 0;
  /** When these figures were read. */
  lookedAt: number | null = null;
  /** Whether the pair of addresses tells how long the way is; what else does is less fresh. */
  #pairTells = false;

  /** `origin`: the epoch's time at the page's zero, by which the entries' timestamps are told. */
  read(entries: Iterable<Entry>, now: number, origin: number): this {
    const all = [...entries];
    const inbound = all.filter((entry) => entry.type === "inbound-rtp");
    this.lookedAt = now;
    for (const kind of ["audio", "video"] as const) {
      const ofKind = inbound.filter((entry) => entry.kind === kind);
      this.#inbound(kind, ofKind, now, origin);
    }
    for (const entry of all) this.#rest(entry, now, origin);
    this.packets = sum(inbound, "packetsReceived");
    this.lost = sum(inbound, "packetsLost");
    this.bytes = sum(inbound, "bytesReceived");
    return this;
  }

  #inbound(kind: Kind, entries: Entry[], now: number, origin: number): void {
    const total = sum(entries, kind === "audio" ? "bytesReceived" : "framesDecoded");
    const packets = entries.map((entry) => moment(entry.lastPacketReceivedTimestamp, now, origin));
    // A page that was held up finds late what came long before.
    this[kind].arrived(total, packets.length > 0 ? Math.max(...packets) : now);
  }

  #rest(entry: Entry, now: number, origin: number): void {
    if (entry.type === "candidate-pair") {
      if (!entry.nominated || number(entry.currentRoundTripTime) === 0) return;
      this.rtt = Math.round(number(entry.currentRoundTripTime) * 1000);
      this.#pairTells = true;
      return;
    }
    if (entry.kind !== "audio" && entry.kind !== "video") return;
    const figures = this[entry.kind];
    if (entry.type === "outbound-rtp") figures.sent = number(entry.bytesSent);
    if (entry.type !== "remote-inbound-rtp") return;
    figures.reported(entry, moment(entry.timestamp, now, origin));
    // Firefox tells it nowhere else.
    if (!this.#pairTells && number(entry.roundTripTime) > 0)
      this.rtt = Math.round(number(entry.roundTripTime) * 1000);
  }
}

/** A timestamp of the statistics by the page's clock, or now where it can't be right. */
function moment(timestamp: unknown, now: number, origin: number): number {
  if (typeof timestamp !== "number") return now;
  const age = origin + now - timestamp;
  return age >= 0 && age <= SANE_MS ? now - age : now;
}

function sum(entries: Entry[], key: string): number {
  return entries.reduce((total, entry) => total + number(entry[key]), 0);
}

export function number(value: unknown): number {
  return typeof value === "number" ? Math.max(0, value) : 0;
}
