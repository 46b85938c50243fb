// A push comes from outside: whatever it says, a notification leads into this site and nowhere else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkOf, newsOf } from "../../web/client/parts/news";

const SITE = "https://talk.example";

test("news is read as the site writes it", () => {
  const written = { title: "お知らせ", body: "本文", link: "/points", tag: "notice-1", lang: "ja" };
  assert.deepEqual(newsOf(JSON.stringify(written)), written);
});

test("what is no news shows nothing", () => {
  for (const text of [undefined, "", "{", "null", "1", "[]", "{}", '{"title": 1}', '{"title": ""}'])
    assert.equal(newsOf(text), null);
});

test("what is missing or odd is left out", () => {
  const news = newsOf('{"title": "A", "body": 1, "link": {}}');
  assert.deepEqual(news, { title: "A", body: "", link: "", tag: "", lang: "" });
});

test("a notification leads to a page of this site", () => {
  assert.equal(linkOf("/rooms/1?a=b#c", SITE), `${SITE}/rooms/1?a=b#c`);
  for (const link of ["", undefined, 1, "https://evil.example/", "javascript:alert(1)"])
    assert.equal(linkOf(link, SITE), `${SITE}/inbox`);
  for (const link of ["//evil.example/x", "/\\evil.example/x", "/\t/evil.example/x"])
    assert.equal(new URL(linkOf(link, SITE)).origin, SITE);
});
