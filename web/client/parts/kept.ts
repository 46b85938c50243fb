// What was typed into forms, from the press until the site has answered it: kept in this tab alone.

/** A field as it was filled in; `on` is for what is ticked or chosen. */
export interface Field {
  name: string;
  value: string;
  on?: boolean;
}

/** A form as it was filled in: where it goes, and which of the page's forms that go there it is. */
export interface Typed {
  action: string;
  nth: number;
  /** Pressed; else it only stood beside the one that was, and goes back whatever is answered. */
  sent: boolean;
  fields: Field[];
}

/** The page that asks: who reads it (empty: a visitor), and where its forms go. */
export interface Reader {
  who: string;
  actions: readonly string[];
  /** It says that a form did nothing: what was typed is still needed. */
  undone: boolean;
  /** One came here by going back: no page of ours has answered the press. */
  back: boolean;
}

interface Kept {
  who: string;
  at: number;
  undone: boolean;
  forms: Typed[];
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEY = "typed";
const DRAFTS = "drafts";
const LIFE_MS = 60 * 60 * 1000;
const DRAFT_LIFE_MS = 24 * LIFE_MS;
const MOST_DRAFTS = 20;
const MOST_CHARACTERS = 200_000;

/** Keeps what a press sends, and what stands beside it. A press without any text leaves alone what is still needed. */
export function keep(store: Store, who: string, forms: Typed[], now = Date.now()): void {
  if (forms.length > 0) write(store, { who, at: now, undone: false, forms });
  else if (!read(store, now)?.undone) forget(store);
}

export function forget(store: Store): void {
  store.removeItem(KEY);
}

/** What goes back into the forms of this page. What an answer has made needless is forgotten. */
export function arrive(store: Store, reader: Reader, now = Date.now()): Typed[] {
  const kept = read(store, now);
  if (!kept) return [];
  if (reader.undone) {
    write(store, { ...kept, undone: true });
    return [];
  }
  // Who signs in next in this tab may be somebody else; on the way to signing in one is nobody.
  if (kept.who !== "" && kept.who !== reader.who) {
    if (reader.who !== "" || !kept.undone) forget(store);
    return [];
  }
  const here = (form: Typed) => reader.actions.includes(form.action);
  const wanted = kept.forms.filter(
    (form) => here(form) && (kept.undone || reader.back || !form.sent),
  );
  const left = kept.undone ? kept.forms.filter((form) => !here(form)) : [];
  if (left.length > 0) write(store, { ...kept, forms: left });
  else forget(store);
  return wanted;
}

function read(store: Store, now: number): Kept | null {
  try {
    const kept = JSON.parse(store.getItem(KEY) ?? "null") as Kept | null;
    return kept && Array.isArray(kept.forms) && now - kept.at < LIFE_MS ? kept : null;
  } catch {
    return null;
  }
}

function write(store: Store, kept: Kept): void {
  const text = JSON.stringify(kept);
  try {
    if (text.length <= MOST_CHARACTERS) store.setItem(KEY, text);
    else forget(store);
  } catch {
    // A tab without room keeps nothing.
  }
}

/** What somebody has begun to write at a place, with the press that makes one message of it. */
export interface Draft {
  text: string;
  press: string;
}

interface KeptDraft extends Draft {
  at: number;
}

interface Drafts {
  who: string;
  places: Record<string, KeptDraft>;
}

/** Keeps a draft, the latest few of them; an empty one is forgotten. */
export function keepDraft(
  store: Store,
  who: string,
  place: string,
  draft: Draft,
  now = Date.now(),
): void {
  const { [place]: _, ...others } = draftsOf(store, who, now);
  const all = Object.entries(draft.text ? { ...others, [place]: { ...draft, at: now } } : others);
  const latest = all.sort(([, a], [, b]) => b.at - a.at).slice(0, MOST_DRAFTS);
  try {
    store.setItem(DRAFTS, JSON.stringify({ who, places: Object.fromEntries(latest) }));
  } catch {
    // A tab without room keeps nothing.
  }
}

/** What was begun at a place by who reads it now. */
export function draftAt(store: Store, who: string, place: string, now = Date.now()): Draft | null {
  return draftsOf(store, who, now)[place] ?? null;
}

/** Where words stand that go from one page's form to another's: in this tab alone, for an hour. */
const CARRIED = "carried";

/** Lets words go along to the next form that takes them. */
export function carry(store: Store, who: string, text: string, now = Date.now()): void {
  keepDraft(store, who, CARRIED, { text, press: "" }, now);
}

/** The words that were let go along, for a form in which nothing is written yet. */
export function carried(store: Store, who: string, now = Date.now()): string {
  const kept = draftsOf(store, who, now)[CARRIED];
  return kept && now - kept.at < LIFE_MS ? kept.text : "";
}

export function forgetDrafts(store: Store): void {
  store.removeItem(DRAFTS);
}

function draftsOf(store: Store, who: string, now: number): Record<string, KeptDraft> {
  try {
    const kept = JSON.parse(store.getItem(DRAFTS) ?? "null") as Drafts | null;
    if (kept?.who !== who) return {};
    const young = Object.entries(kept.places).filter(([, one]) => now - one.at < DRAFT_LIFE_MS);
    return Object.fromEntries(young);
  } catch {
    return {};
  }
}
