// What one connection's statistics say of what is sent over it: how much gets lost, how late it comes,
// and how much the line carries. Pure: no clock, no connection.
import { KINDS, type Kind } from "../devices/capture.ts";
import { type Entry, number } from "./figures.ts";

/** One look at one's own uplink. What this browser doesn't tell is null. */
export interface Uplink {
  /** When it was taken, in ms of the page's clock. */
  at: number;
  /** Share of the packets that got lost lately, 0 to 1. */
  loss: number;
  /** ms there and back. */
  rtt: number | null;
  /** bit/s that the browser believes the line can carry. */
  room: number | null;
  /** bit/s that were sent since the look before. */
  sent: number | null;
  /** Whether the browser itself keeps its picture down for want of room. */
  limited: boolean;
}

/** Reports of so long are looked at together: of a few packets each says little. */
const LATELY_MS = 5000;
/** Fewer packets say nothing of the line. */
const FEWEST = 40;
/** More reports come only of a browser that is wrong. */
const MOST_REPORTS = 64;

interface Report {
  at: number;
  packets: number;
  lost: number;
}

export class Outgoing {
  /** The newest look; the same one until the other side has reported again. */
  uplink: Uplink | null = null;
  #reports: Report[] = [];
  readonly #stamps = new Map<string, unknown>();
  readonly #packets: Record<Kind, number> = { audio: 0, video: 0 };
  #bytes: { at: number; sent: number } | undefined;

  /** A new look wherever a new report of the other side came: without one nothing is known. */
  read(entries: Iterable<Entry>, now: number): void {
    const all = [...entries];
    const fresh = KINDS.filter((kind) => this.#hear(kind, all, now));
    const loss = this.#loss(now);
    if (fresh.length === 0 || loss === null) return;
    const reports = all.filter(({ type }) => type === "remote-inbound-rtp");
    const pair = all.find(({ type, nominated }) => type === "candidate-pair" && nominated);
    this.uplink = {
      at: now,
      loss,
      rtt: most(reports, "roundTripTime", 1000) ?? most([pair ?? {}], "currentRoundTripTime", 1000),
      room: most([pair ?? {}], "availableOutgoingBitrate", 1),
      sent: this.#sent(all, now),
      limited: all.some(
        ({ type, qualityLimitationReason }) =>
          type === "outbound-rtp" && qualityLimitationReason === "bandwidth",
      ),
    };
  }

  /** Whether the other side has reported anew on a kind. The statistics show the last report again and again. */
  #hear(kind: Kind, entries: Entry[], now: number): boolean {
    const report = entries.find(
      (entry) => entry.type === "remote-inbound-rtp" && entry.kind === kind,
    );
    const stamp = report && [report.ssrc, report.timestamp, report.packetsLost].join();
    if (stamp === undefined || this.#stamps.get(kind) === stamp) return false;
    this.#stamps.set(kind, stamp);
    const sent = packetsOf(kind, entries);
    const packets = Math.max(0, sent - this.#packets[kind]);
    this.#packets[kind] = sent;
    const lost = packets * Math.min(1, number(report?.fractionLost));
    this.#reports = [...this.#reports, { at: now, packets, lost }].slice(-MOST_REPORTS);
    return true;
  }

  #loss(now: number): number | null {
    this.#reports = this.#reports.filter(({ at }) => now - at < LATELY_MS);
    const packets = this.#reports.reduce((total, report) => total + report.packets, 0);
    const lost = this.#reports.reduce((total, report) => total + report.lost, 0);
    return packets < FEWEST ? null : lost / packets;
  }

  #sent(entries: Entry[], now: number): number | null {
    const ours = entries.filter(({ type }) => type === "outbound-rtp");
    const sent = ours.reduce(
      (total, each) => total + number(each.bytesSent) + number(each.headerBytesSent),
      0,
    );
    const before = this.#bytes;
    this.#bytes = { at: now, sent };
    if (!before || now <= before.at || sent < before.sent) return null;
    return ((sent - before.sent) * 8000) / (now - before.at);
  }
}

/** What was sent for the first time: what is sent again is on another account of the reports. */
function packetsOf(kind: Kind, entries: Entry[]): number {
  const ours = entries.filter((entry) => entry.type === "outbound-rtp" && entry.kind === kind);
  return ours.reduce(
    (total, each) => total + number(each.packetsSent) - number(each.retransmittedPacketsSent),
    0,
  );
}

/** The largest figure of that name among the entries, null where none has it. */
function most(entries: Entry[], key: string, times: number): number | null {
  const found = entries.map((entry) => entry[key]).filter((value) => typeof value === "number");
  return found.length === 0 ? null : Math.max(0, ...found) * times;
}
