// What moves for long moves on the compositor alone: a page may stand open for hours.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const FOLDER = join("web", "client", "style");
const CHEAP = new Set(["opacity", "transform", "translate", "scale", "rotate"]);
/** A spinner stands only until the answer comes. */
const ENDLESS = ["outcome-wait"];

const sheet = readdirSync(FOLDER)
  .map((name) => readFileSync(join(FOLDER, name), "utf8"))
  .join("\n");

test("every animation changes only what needs no painting", () => {
  const found = [...sheet.matchAll(/@keyframes ([\w-]+) \{([\s\S]*?)\n\}/g)];
  assert.ok(found.length >= 3);
  for (const [, name, body = ""] of found) {
    const changed = [...body.matchAll(/^\s+([a-z-]+):/gm)].map(([, property]) => property ?? "");
    assert.ok(changed.length > 0, name);
    for (const property of changed) assert.ok(CHEAP.has(property), `${name} changes ${property}`);
  }
});

test("and ends by itself", () => {
  const lines = [...sheet.matchAll(/animation:([^;]+);/g)].map(([, value]) => value ?? "");
  const endless = lines.filter((value) => value.includes("infinite"));
  assert.ok(lines.length >= 3);
  assert.deepEqual(
    endless.map((value) => value.trim().split(" ")[0]),
    ENDLESS,
  );
});
