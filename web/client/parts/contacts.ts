// What in a text looks like a way to meet or to pay outside of the site. It is looked at here, in the
// writer's own browser, and nowhere else.

export type Contact = "mail" | "phone" | "line" | "payment" | "address";

const KANJI_DIGITS = "〇一二三四五六七八九";
const DASHES = /[‐‑‒–—―−－ー~〜]/g;

const MAIL =
  /[\w.+-]+\s*(?:@|[([{]\s*at\s*[)\]}]|アットマーク|あっとまーく)\s*[a-z0-9-]+(?:\s*(?:\.|[([{]\s*dot\s*[)\]}]|ドット|どっと)\s*[a-z0-9-]+)+/;
/** Figures with what people write between them, and what may stand before the first. */
const FIGURES = /(?<![\d.,¥￥])(?:\+|\()?\d(?:[\s().・-]{0,3}\d){8,14}(?!\d)/g;
const SERVICES =
  "(?<![a-zァ-ヿ])(?:line|ライン)|kakao(?:talk)?|カカオ(?:トーク)?|we ?chat|微信|telegram|テレグラム|discord|ディスコード|instagram|インスタ(?:グラム)?|skype|スカイプ|whatsapp";
const ID = `(?:${SERVICES})(?:の|は)?[\\s:：]*(?:id|アイディー?|あいでぃー?|アカウント|垢|qr|交換|教え|追加|@)`;
const LINE = new RegExp(
  `${ID}|(?:^|[^a-z0-9.-])(?:line\\.me|lin\\.ee|t\\.me|wa\\.me|discord\\.(?:gg|com)|instagram\\.com|open\\.kakao\\.com)/`,
);
const PAYMENT =
  /(?:^|[^a-z0-9-])(?:[a-z0-9-]+\.)*(?:paypay\.ne\.jp|paypal\.(?:me|com)|kyash\.me|pay\.line\.me|venmo\.com|cash\.app|buy\.stripe\.com|checkout\.stripe\.com|square\.(?:link|site)|merpay\.com|wise\.com)(?:$|[^a-z0-9-])|(?:paypay|ペイペイ|paypal|ペイパル)(?:の|は)?[\s:：]*(?:id|リンク|アカウント|に送|で送|へ送)|口座(?:番号)?[\s:：は]*\d{7}|(?:普通|当座)(?:預金)?[\s:：]*\d{7}/;
const PREFECTURE = "東京都|北海道|(?:京都|大阪)府|(?:神奈川|和歌山|鹿児島|[^\\s、。]{2})県";
const ADDRESS = new RegExp(
  `〒\\s*\\d{3}-?\\d{4}|(?:${PREFECTURE})[^\\s、。]{1,12}[市区町村郡][^。\\n]{0,24}?\\d+(?:丁目|番地?|号|-\\d)`,
);

/** What kinds of contacts a text seems to hold, each once. */
export function contactsIn(text: string): Contact[] {
  const plain = normalised(text);
  const found: Contact[] = [];
  if (MAIL.test(plain)) found.push("mail");
  if (hasPhone(plain)) found.push("phone");
  if (LINE.test(plain)) found.push("line");
  if (PAYMENT.test(plain)) found.push("payment");
  if (ADDRESS.test(plain)) found.push("address");
  return found;
}

/** One way of writing: half-width, small, figures as figures, and nothing that can't be seen. */
function normalised(text: string): string {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\p{Cf}/gu, "");
  // A long vowel is a dash only between figures.
  return kanjiFigures(plain).replace(DASHES, (dash, at: number, all: string) =>
    /[\d〇一二三四五六七八九]\s?$/.test(all.slice(Math.max(0, at - 2), at)) ? "-" : dash,
  );
}

/** Figures in kanji, where there are as many in a row as in no word: 〇九〇… */
function kanjiFigures(text: string): string {
  return text.replace(/[〇零一二三四五六七八九](?:[\s-]?[〇零一二三四五六七八九]){8,12}/g, (run) =>
    [...run]
      .map((one) => (one === "零" ? "0" : String(KANJI_DIGITS.indexOf(one))))
      .map((figure, at) => (figure === "-1" ? (run[at] ?? "") : figure))
      .join(""),
  );
}

/** Telephone numbers of Japan have ten or eleven figures, the first of them a nought. */
function hasPhone(text: string): boolean {
  for (const [run] of text.matchAll(FIGURES)) {
    const figures = run.replace(/\D/g, "");
    if (run.startsWith("+")) return true;
    if (/^0[1-9]\d{8}$|^0[5-9]0\d{8}$|^0(?:120|800)\d{6,7}$|^81[1-9]\d{8,9}$/.test(figures))
      return true;
  }
  return false;
}
