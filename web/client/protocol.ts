// Every event of a talk and of the stand-by, as docs/protocol.md tells it. Types only.

export type Side = "caller" | "cast";
export type TalkState = "connecting" | "talking" | "interrupted" | "ended";

export type Why = "silent" | "no_media" | "reconnecting" | "disagree" | "frozen";

/** The server's account of the running talk. All `_ms` are meter positions unless said otherwise. */
export interface Meter {
  state: TalkState;
  connected_ms: number;
  running: boolean;
  free_ms: number;
  minute_ms: number;
  rate: number;
  charged_minutes: number;
  cost: number;
  earned: number | null;
  /** What the last minute charged earned the cast; null for the caller, and before the first. */
  minute_earned: number | null;
  /** The caller's points, or the yen that are left of their tab. */
  points_left: number | null;
  /** How the caller pays; the cast never learns it. */
  pays: "points" | "tab" | null;
  paid_until_ms: number;
  ends_ms: number | null;
  ends_by: "points" | "cap" | "reservation" | null;
  /** Time left to come back while interrupted. */
  return_ms: number | null;
  /** Why the meter stands, and whose side is meant where it is one's. */
  why: Why | null;
  whose: "mine" | "other" | "both" | null;
  /** Whether both send silence and black. */
  dark: boolean;
  /** Real time between two beats from now on. */
  beat_ms: number;
  /** Whether the question stands to go on by voice, and whether both have agreed to. */
  frozen_ask: boolean;
  by_voice: boolean;
  /** The caller's own cap; the cast never learns it. */
  cap_minutes: number | null;
  end_reason: string | null;
  /** Still within the time of its reservation, for which `prepaid` points were paid. */
  reserved: boolean;
  prepaid: number;
  /** Real time left of that; null outside a reservation. */
  reserved_left_ms: number | null;
  /** Who wants to go on by the minute after the reserved end; null outside a reservation. */
  go_on: GoOnWishes | null;
}

export type RecordAct = "ask" | "agree" | "stop" | "look";

/** How it stands with the recording of a talk: its latest question. */
export interface Recording {
  talk_id: number;
  /** Whether one may ask for one. */
  allowed: boolean;
  recording_id: number | null;
  state: "none" | "asked" | "declined" | "lapsed" | "agreed" | "running" | "halted" | "ended";
  /** Who asked, and who declined or stopped it. */
  by: "mine" | "other" | null;
  /** Left to answer. */
  left_ms: number | null;
  /** What has been recorded. */
  elapsed_ms: number;
  ended_by: "mine" | "other" | null;
  end_reason: "stopped" | "talk_over" | "full" | "failed" | "no_way" | null;
}

export interface GoOnWishes {
  mine: boolean;
  other: boolean;
}

/** The cast's next reservation begins soon, and the present talk ends with its beginning. */
export interface ReservedSoon {
  talk_id: number;
  minutes: number;
  reservation_id: number;
  starts_at: string;
}

export interface Said {
  id: number;
  side: Side;
  text: string;
  at: string;
}

export interface JoinRequest {
  talk_id: number;
  tab: string;
  fresh: boolean;
  take_over: boolean;
}

/** From browser to browser, or through the site's relay: then both offer, and the site answers. */
export type MediaPath = "p2p" | "relay";

export interface Joined {
  side: Side;
  polite: boolean;
  pair: number;
  peer: boolean;
  video: boolean;
  path: MediaPath;
  ice_servers: RTCIceServer[];
  /** `relay`: this side hides its address from the other. */
  ice_transport_policy: RTCIceTransportPolicy;
  meter: Meter;
  recording: Recording;
  messages: Said[];
  beat_seconds: number;
}

export interface Signal {
  pair: number;
  description?: RTCSessionDescriptionInit;
  candidate?: RTCIceCandidateInit | null;
}

/** One kind of media since the last beat that the server acknowledged. */
export interface Flow {
  /** Bytes of sound, frames of the picture that were decoded. */
  received: number;
  /** Since that last grew; null: never on this pair. */
  received_ago_ms: number | null;
  /** Bytes of one's own. */
  sent: number;
  /** Since a new receiver report about them came; null: never on this pair. */
  reported_ago_ms: number | null;
  /** Whether the own device is live, and not switched off by its owner. */
  on: boolean;
}

/** A kind that is null says nothing of itself. */
export interface Beat {
  pair: number;
  audio: Flow | null;
  video: Flow | null;
  packets: number;
  lost: number;
  rtt_ms: number;
  hidden: boolean;
}

export interface PeerNews {
  pair: number;
  present: boolean;
  /** For the connection that is made now: what one's own join brought may be out of date. */
  path?: MediaPath;
  ice_servers?: RTCIceServer[];
  ice_transport_policy?: RTCIceTransportPolicy;
}

export interface TalkEntered {
  talk_id: number;
  caller_name: string;
  caller_portrait: string | null;
  /** Of so many talks (`caller_rated`) casts said so of so many; null while there are too few. */
  caller_good: number | null;
  caller_rated: number | null;
  room_title: string;
}

export interface Standby {
  room_id: number;
  since: string;
}

export interface StandbyKept {
  open: boolean;
  /** Seconds until the stand-by ends for want of a device that works; null while all do. */
  closes_in: number | null;
}

/** After a talk: the stand-by goes on by itself when the seconds are over. */
export interface Pause {
  room_id: number;
  seconds: number;
}

export interface StandbyView {
  standby: Standby | null;
  talk_id: number | null;
  pause: Pause | null;
}
