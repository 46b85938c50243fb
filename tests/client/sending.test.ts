// What answers a form is a file only where it says so, with a name that is nothing but a name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName } from "../../web/client/parts/sending";

test("a file that is to be saved has its name", () => {
  assert.equal(
    fileName('attachment; filename="hitotoki-2026-11-29.zip"'),
    "hitotoki-2026-11-29.zip",
  );
});

test("a page, or a name with a way in it, is none", () => {
  for (const said of [
    null,
    "",
    "inline",
    'attachment; filename="../x"',
    'inline; filename="a.zip"',
  ])
    assert.equal(fileName(said), null);
});
