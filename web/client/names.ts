// Names come in any script, and of any characters that somebody can see.

const OPEN = "\u2068";
const CLOSE = "\u2069";
// Letters that run from right to left, and signs that turn what follows.
const TURNS =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066\u2067\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** The text so that it turns nothing around it, whatever its script; once only. */
export function isolated(text: string): string {
  const kept = text.startsWith(OPEN) && text.endsWith(CLOSE);
  return kept || !TURNS.test(text) ? text : `${OPEN}${text}${CLOSE}`;
}

/** What stands for somebody without a portrait: the first character, as people count them. */
export function initial(name: string): string {
  const bare = name.replace(/^\u2068/, "");
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(bare);
  return first?.segment ?? "";
}
