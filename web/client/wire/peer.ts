// One peer connection for one pair of clients. A new pair gets a new Peer: nothing is ever restarted.
import type { Kind } from "../devices/capture.ts";
import type { Signal } from "../protocol.ts";
import { moment, origin } from "../time.ts";
import { Figures } from "./figures.ts";
import type { Step } from "./ladder.ts";
import { encode, type Note, parseNote } from "./note.ts";
import { Outgoing } from "./outgoing.ts";
import { openNotes, take } from "./ready.ts";
import { Shaping } from "./shaping.ts";

export interface PeerEvents {
  send(signal: Signal): void;
  track(track: MediaStreamTrack): void;
  /** One step nearer to a connection. */
  step(): void;
  note(note: Note): void;
}

/** The polite side waits for the offer. Through the relay both offer to the site, which answers. */
export type Part = "offering" | "polite" | "relayed";

const HELD_CANDIDATES = 64;

export class Peer {
  readonly figures = new Figures();
  readonly outgoing = new Outgoing();
  readonly #pc: RTCPeerConnection;
  readonly #shaping: Shaping;
  #notes: RTCDataChannel | undefined;
  #chain: Promise<void> = Promise.resolve();
  #held: RTCIceCandidateInit[] = [];
  #making = false;
  #ignoring = false;
  #candidates = 0;
  #closed = false;
  #note: Note | undefined;

  constructor(
    readonly pair: number,
    private readonly part: Part,
    private readonly tracks: Record<Kind, MediaStreamTrack | null>,
    kinds: Kind[],
    ways: Pick<RTCConfiguration, "iceServers" | "iceTransportPolicy">,
    private readonly on: PeerEvents,
  ) {
    // To wait for the offer saves a collision on every start.
    const ready = take(part === "polite" ? [] : kinds, ways);
    this.#pc = ready.pc;
    this.#shaping = new Shaping(this.#pc);
    this.#listen();
    if (part === "polite") return;
    if (ready.notes) {
      void this.#adopt(ready.notes);
      return;
    }
    for (const kind of kinds) this.#offerTrack(kind);
    this.#useNotes(openNotes(this.#pc));
  }

  /** Its lines and its channel are there, and perhaps its offer, with the addresses found so far. */
  async #adopt(notes: RTCDataChannel): Promise<void> {
    this.#useNotes(notes);
    const attached = this.#attach();
    const sdp = this.#pc.localDescription?.sdp;
    this.#candidates += sdp?.match(/^a=candidate:/gm)?.length ?? 0;
    if (sdp) this.#sendDescription();
    else await this.#offer();
    await attached.catch((error) => this.#closed || console.error("attach", error));
  }

  #listen(): void {
    const pc = this.#pc;
    pc.ontrack = ({ track }) => this.on.track(track);
    pc.onconnectionstatechange = () => this.#closed || this.on.step();
    pc.onicecandidate = ({ candidate }) => candidate && this.#offerCandidate(candidate);
    pc.onnegotiationneeded = () => void this.#offer();
  }

  /** The polite side opens its channel once it holds an offer. */
  #useNotes(notes: RTCDataChannel): void {
    notes.onopen = () => this.#note && this.tell(this.#note);
    notes.onmessage = ({ data }) => {
      const note = parseNote(data);
      if (note) this.on.note(note);
    };
    this.#notes = notes;
  }

  /** A line without a track is opened too, so that a camera can come later without a new offer. */
  #offerTrack(kind: Kind): void {
    this.#pc.addTransceiver(this.tracks[kind] ?? kind, { direction: "sendrecv" });
  }

  /** The relay needs none: it answers wherever it is spoken to from. */
  #offerCandidate(candidate: RTCIceCandidate): void {
    this.#candidates += 1;
    if (this.part !== "relayed") this.#send({ candidate: candidate.toJSON() });
  }

  async #offer(): Promise<void> {
    // What a connection made in advance needs may be said twice.
    if (this.#making || this.#pc.signalingState !== "stable") return;
    try {
      this.#making = true;
      await this.#pc.setLocalDescription();
      this.#sendDescription();
    } catch (error) {
      if (!this.#closed) console.error("offer", error);
    } finally {
      this.#making = false;
    }
  }

  /** Signals are handled one after the other, in the order in which they came. */
  signal(signal: Signal): void {
    this.#chain = this.#chain
      .then(() => (this.#closed ? undefined : this.#handle(signal)))
      .catch((error) => {
        if (!this.#closed) console.error("signal", error);
      });
  }

  async #handle({ description, candidate }: Signal): Promise<void> {
    if (description) await this.#describe(description);
    if (!candidate || this.#ignoring) return;
    if (this.#pc.remoteDescription) await this.#add(candidate);
    else if (this.#held.length < HELD_CANDIDATES) this.#held.push(candidate);
  }

  async #describe(description: RTCSessionDescriptionInit): Promise<void> {
    const offered = description.type === "offer";
    if (offered && this.part === "relayed") return;
    const collision = offered && (this.#making || this.#pc.signalingState !== "stable");
    this.#ignoring = collision && this.part !== "polite";
    if (this.#ignoring) return;
    await this.#pc.setRemoteDescription(description);
    this.on.step();
    for (const candidate of this.#held.splice(0)) await this.#add(candidate);
    if (!offered) return;
    if (!this.#notes) this.#useNotes(openNotes(this.#pc));
    await this.#attach();
    await this.#pc.setLocalDescription();
    this.#sendDescription();
  }

  /** One that this browser can't read stops none of the others. */
  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#pc.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#closed) console.warn("candidate", error);
    }
  }

  async #attach(): Promise<void> {
    for (const transceiver of this.#pc.getTransceivers()) {
      const kind = transceiver.receiver.track.kind as Kind;
      transceiver.direction = "sendrecv";
      if (transceiver.sender.track !== this.tracks[kind])
        await transceiver.sender.replaceTrack(this.tracks[kind]);
    }
  }

  async replace(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    this.tracks[kind] = track;
    const line = this.#pc.getTransceivers().find((each) => each.receiver.track.kind === kind);
    if (line && line.sender.track !== track) await line.sender.replaceTrack(track);
  }

  tell(note: Note): void {
    this.#note = note;
    if (this.#notes?.readyState === "open") this.#notes.send(encode(note));
  }

  /** Nothing will come of this connection; also where it was made without a network. */
  get failed(): boolean {
    const { connectionState, iceGatheringState } = this.#pc;
    const nowhere = iceGatheringState === "complete" && this.#candidates === 0;
    return connectionState === "failed" || nowhere;
  }

  /** Its own part is done: through the relay, what is missing is the other side's. */
  get waits(): boolean {
    return this.part === "relayed" && this.#pc.connectionState === "connected";
  }

  /** 0…1, how loud the other side is right now. */
  level(): number {
    const voice = this.#pc.getReceivers().find((receiver) => receiver.track.kind === "audio");
    return voice?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  /** Brings `figures` and `outgoing` up to now. */
  async look(): Promise<void> {
    const entries = [...(await this.#pc.getStats()).values()];
    this.figures.read(entries, moment(), origin());
    this.outgoing.read(entries, moment());
  }

  /** Sends as much of the picture as a step says. */
  shape(step: Step): void {
    void this.#shaping.apply(step);
  }

  close(): void {
    this.#closed = true;
    this.#pc.close();
  }

  #sendDescription(): void {
    const description = this.#pc.localDescription;
    if (description) this.#send({ description: { type: description.type, sdp: description.sdp } });
  }

  #send(signal: Omit<Signal, "pair">): void {
    if (!this.#closed) this.on.send({ pair: this.pair, ...signal });
  }
}
