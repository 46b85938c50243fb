// A connection made before it is needed: when the talk begins its certificate is there, and on the side
// that offers the whole offer, with the addresses at which this browser can be found where they can be
// looked for in advance. It serves one pair alone.
import { KINDS, type Kind } from "../devices/capture.ts";
import { moment } from "../time.ts";

/** Addresses that were found earlier may be none any more. */
const FRESH_MS = 10 * 60 * 1000;
const BUNDLED: RTCConfiguration = { bundlePolicy: "max-bundle" };

export interface Ready {
  pc: RTCPeerConnection;
  /** Open on the side that offers, with a line for each kind; else to be opened. */
  notes?: RTCDataChannel;
}

interface Prepared extends Ready {
  at: number;
  kinds: Kind[];
  /** The servers by which it has looked for addresses; undefined: it has not. */
  servers?: string;
}

let prepared: Prepared | undefined;

/** For the side that answers, or for one that will offer these kinds, by servers that are known. */
export function prepare(kinds: Kind[] = [], servers?: RTCIceServer[]): void {
  forgo();
  try {
    const pc = new RTCPeerConnection({ ...BUNDLED, ...(servers && { iceServers: servers }) });
    prepared = { pc, kinds, at: moment() };
    if (kinds.length === 0) return;
    for (const kind of kinds) pc.addTransceiver(kind, { direction: "sendrecv" });
    prepared.notes = openNotes(pc);
    if (servers) prepared.servers = JSON.stringify(servers);
    // Even an offer that is thrown away makes the next one quicker.
    const offered = servers ? pc.setLocalDescription() : pc.createOffer();
    offered.catch(() => forgo(pc));
  } catch {
    // The talk makes one of its own, or finds out that it can't.
    forgo();
  }
}

/** What is ready for these ways, and these kinds where this side offers; else a new one. */
export function take(kinds: Kind[], ways: RTCConfiguration): Ready {
  const found = prepared;
  prepared = undefined;
  if (found && fits(found, kinds, ways)) return found;
  found?.pc.close();
  return { pc: new RTCPeerConnection({ ...BUNDLED, ...ways }) };
}

function fits({ pc, at, ...made }: Prepared, kinds: Kind[], ways: RTCConfiguration): boolean {
  if (moment() - at > FRESH_MS || made.kinds.join() !== kinds.join()) return false;
  if (made.servers !== undefined)
    return ways.iceTransportPolicy === "all" && JSON.stringify(ways.iceServers) === made.servers;
  try {
    pc.setConfiguration({ ...pc.getConfiguration(), ...ways });
    return true;
  } catch {
    return false;
  }
}

/** Both sides open the same channel by number. */
export function openNotes(pc: RTCPeerConnection): RTCDataChannel {
  return pc.createDataChannel("notes", { negotiated: true, id: 0 });
}

function forgo(only = prepared?.pc): void {
  if (!prepared || prepared.pc !== only) return;
  prepared.pc.close();
  prepared = undefined;
}

/** The kinds of a talk, in the order in which they are offered. */
export function kindsOf(video: boolean): Kind[] {
  return video ? [...KINDS] : ["audio"];
}
