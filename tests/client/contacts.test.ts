// What the writer is asked about before it is sent, and what they are left alone with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Contact, contactsIn } from "../../web/client/parts/contacts";

const FOUND: [string, Contact][] = [
  ["hanako@example.jp までお願いします", "mail"],
  ["ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ", "mail"],
  ["hanako (at) gmail (dot) com", "mail"],
  ["hanako アットマーク gmail ドット com", "mail"],
  ["hana\u200bko@exam\u200bple.jp", "mail"],
  ["090-1234-5678 にかけてください", "phone"],
  ["０９０−１２３４−５６７８", "phone"],
  ["０９０ー１２３４ー５６７８", "phone"],
  ["電話は09012345678です", "phone"],
  ["090 1234 5678", "phone"],
  ["(03) 1234-5678", "phone"],
  ["+81 90 1234 5678", "phone"],
  ["+1 415 555 2671", "phone"],
  ["〇九〇一二三四五六七八", "phone"],
  ["0120-123-456", "phone"],
  ["LINE ID: hanako_88", "line"],
  ["ＬＩＮＥのＩＤ教えます", "line"],
  ["ラインID は hanako", "line"],
  ["LINE交換しませんか", "line"],
  ["カカオのIDは hanako です", "line"],
  ["https://line.me/ti/p/abcdef", "line"],
  ["lin.ee/abc123", "line"],
  ["インスタのアカウント @hanako", "line"],
  ["discord.gg/abc", "line"],
  ["https://pay.paypay.ne.jp/abc", "payment"],
  ["paypal.me/hanako", "payment"],
  ["PayPayで送ってもらえますか", "payment"],
  ["ペイペイIDはこちら", "payment"],
  ["buy.stripe.com/test", "payment"],
  ["口座番号 1234567", "payment"],
  ["普通 1234567", "payment"],
  ["〒150-0002", "address"],
  ["東京都渋谷区渋谷2-21-1に来てください", "address"],
  ["神奈川県横浜市中区本町6丁目50番地", "address"],
];

for (const [text, kind] of FOUND)
  test(`${kind} in: ${text}`, () => {
    assert.ok(contactsIn(text).includes(kind), JSON.stringify(contactsIn(text)));
  });

const INNOCENT = [
  "",
  "はじめまして。映画の話がしたいです。",
  "11月30日の20:00から21:30までお話しできますか？",
  "2026-11-30 の 10:00-10:30 でお願いします",
  "1分100円で、30分なら3,000円ですね。",
  "オンラインのIDって何ですか",
  "オンラインで教えてもらえますか",
  "電話番号は聞きません",
  "東京都に住んでいます。大阪市にもいました。",
  "北海道が好きです",
  "一二三四五の順で",
  "ガイドライン追加しました",
  "PayPayは使えますか？",
  "3.14159265358979",
  "¥1000000000",
  "宿題は 12, 34, 56, 78 ページです",
  "C# と C++ と @property について",
  "メールで届きますか",
  "baseline id",
  "2025/01/02 03:04:05",
];

for (const text of INNOCENT)
  test(`nothing in: ${text}`, () => {
    assert.deepEqual(contactsIn(text), []);
  });

test("several kinds are told, each once", () => {
  const text = "a@b.jp と c@d.jp、090-1234-5678、LINE ID: x";
  assert.deepEqual(contactsIn(text), ["mail", "phone", "line"]);
});

test("no text takes long to look at", () => {
  const hostile = [
    "a".repeat(1000),
    "0 ".repeat(500),
    "@".repeat(1000),
    `${"a.".repeat(499)}@`,
    "東京都".repeat(333),
    `a@${"b-".repeat(490)}`,
    "〇一".repeat(500),
    " (at) ".repeat(160),
    "line ".repeat(200),
  ];
  // Counted in steps, not by a clock: one that backtracks without end never comes back at all.
  for (const text of hostile) assert.ok(Array.isArray(contactsIn(text)));
});
