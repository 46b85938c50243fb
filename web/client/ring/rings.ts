// What rings for a person, as the site tells it, and the bars that a page makes of it.

export interface Place {
  room_id: number;
  name: string;
  place: number;
  waiting: number;
  /** Left of a turn, which has the `key`; both null before it. */
  seconds: number | null;
  key: string | null;
  /** Left until the list ends, while the cast takes a pause; else null. */
  pause: number | null;
}

export interface Rings {
  /** Something may ring at any moment. */
  live: boolean;
  /** In a talk, where nothing disturbs. */
  talking: boolean;
  entered: { key: string; talk_id: number; name: string; seconds: number } | null;
  places: Place[];
  asked: {
    key: string;
    request_id: number;
    name: string;
    count: number;
    lapses_at: string;
  } | null;
  /** Talk applications that wait for one's answer. */
  applied: { key: string; name: string; count: number; wait_until: string } | null;
  /** One's own application: `seconds` are left of a ring; `asked_again`: the cast has time now. */
  application: {
    key: string;
    application_id: number;
    room_id: number;
    name: string;
    seconds: number | null;
    wait_until: string;
    asked_again: boolean;
  } | null;
}

export type Reason = "passed" | "lapsed" | "closed";
export type Kind =
  | "entered"
  | "turn"
  | "rung"
  | "applied"
  | "invited"
  | "pause"
  | "waiting"
  | "applying"
  | "asked"
  | Reason;

/** One bar. `sound`: rings until it is answered, once, or not at all. */
export interface Bar {
  key: string;
  kind: Kind;
  values: Record<string, string | number>;
  href: string;
  sound: "until" | "once" | "none";
  /** Seconds left when the site said so. */
  seconds: number | null;
  /** The page to which it leads is this one. */
  here: boolean;
}

export const NOTHING: Rings = {
  live: false,
  talking: false,
  entered: null,
  places: [],
  asked: null,
  applied: null,
  application: null,
};

/** Reads what another tab or the page itself holds; null for what is none of ours. */
export function ringsOf(value: unknown): Rings | null {
  if (typeof value !== "object" || value === null) return null;
  const read = value as Partial<Rings>;
  if (typeof read.live !== "boolean" || !Array.isArray(read.places)) return null;
  return { ...NOTHING, ...read };
}

/** The bars for a page at `path`, the most urgent first. */
export function barsOf(rings: Rings, path: string): Bar[] {
  if (rings.talking) return [];
  const bars = [
    entered(rings),
    ...rings.places.map(placed),
    asked(rings),
    applied(rings),
    application(rings),
  ];
  return (
    bars
      .filter((bar) => bar !== null)
      .map((bar) => ({ ...bar, here: bar.href === path }))
      .sort(byUrgency)
      // On the room's own page its panel says where one stands; a turn must be seen in any case.
      .filter((bar) => !(bar.here && QUIET.has(bar.kind)))
  );
}

export function byUrgency(a: Bar, b: Bar): number {
  return RANK[a.kind] - RANK[b.kind];
}

const RANK: Record<Kind, number> = {
  entered: 0,
  turn: 1,
  rung: 1,
  applied: 2,
  invited: 2,
  passed: 3,
  lapsed: 3,
  closed: 3,
  pause: 4,
  waiting: 5,
  applying: 5,
  asked: 6,
};
const QUIET = new Set<Kind>(["pause", "waiting", "asked", "applied", "applying", "invited"]);

function entered({ entered: found }: Rings): Bar | null {
  if (found === null) return null;
  const { key, talk_id, name, seconds } = found;
  const href = `/talks/${talk_id}`;
  return { key, kind: "entered", values: { name }, href, sound: "until", seconds, here: false };
}

function placed(at: Place): Bar {
  const values = { name: at.name, place: at.place, n: at.waiting };
  const room = `/rooms/${at.room_id}`;
  if (at.key !== null) {
    const { key, seconds } = at;
    return {
      key,
      kind: "turn",
      values,
      href: `${room}/enter`,
      sound: "until",
      seconds,
      here: false,
    };
  }
  const kind = at.pause === null ? "waiting" : "pause";
  const key = `${kind}:${at.room_id}`;
  // Who comes next should know that it takes longer; nobody else need be disturbed for it.
  const sound = kind === "pause" && at.place === 1 ? "once" : "none";
  return { key, kind, values, href: room, sound, seconds: at.pause, here: false };
}

function asked({ asked: found }: Rings): Bar | null {
  if (found === null) return null;
  const { key, request_id, name, count, lapses_at } = found;
  const href = count > 1 ? "/reservations?side=cast" : `/requests/${request_id}`;
  const values = { name, n: count, until: lapses_at };
  return { key, kind: "asked", values, href, sound: "once", seconds: null, here: false };
}

function applied({ applied: found }: Rings): Bar | null {
  if (found === null) return null;
  const { key, name, count, wait_until } = found;
  const values = { name, n: count, until: wait_until };
  const href = "/console/applications";
  return { key, kind: "applied", values, href, sound: "once", seconds: null, here: false };
}

function application({ application: found }: Rings): Bar | null {
  if (found === null) return null;
  const { key, name, seconds } = found;
  const bar = { key, values: { name, until: found.wait_until }, seconds, here: false };
  if (seconds !== null)
    return { ...bar, kind: "rung", href: `/rooms/${found.room_id}/enter`, sound: "until" };
  const href = `/applications/${found.application_id}`;
  if (found.asked_again) return { ...bar, kind: "invited", href, sound: "once" };
  return { ...bar, kind: "applying", href, sound: "none" };
}
