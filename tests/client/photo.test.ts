// A photo is drawn no larger than the site keeps it, and refused in words before it is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { problemOf, smaller } from "../../web/client/parts/photo";

const BOUNDS = { side: 1600, least: 200, ratio: 8, bytes: 8 * 1024 * 1024 };
const MEGABYTE = 1024 * 1024;

function file(bytes: number, type = "image/jpeg", name = "IMG_0001.JPG"): File {
  const made = new File([], name, { type });
  Object.defineProperty(made, "size", { value: bytes });
  return made;
}

function size(width: number, height: number) {
  return { width, height };
}

test("48 megapixels become the site's longest side, in their shape", () => {
  assert.deepEqual(smaller(file(20 * MEGABYTE), size(8064, 6048), BOUNDS), size(1600, 1200));
  assert.deepEqual(smaller(file(20 * MEGABYTE), size(6048, 8064), BOUNDS), size(1200, 1600));
});

test("what is small already goes as it is, unless its kind or its weight is too much", () => {
  assert.equal(smaller(file(300_000), size(1200, 900), BOUNDS), null);
  assert.deepEqual(smaller(file(300_000, "image/heic"), size(1200, 900), BOUNDS), size(1200, 900));
  assert.deepEqual(
    smaller(file(9 * MEGABYTE, "image/png"), size(900, 900), BOUNDS),
    size(900, 900),
  );
});

test("a photo that the site would refuse is refused before it is sent", () => {
  assert.equal(problemOf(file(1), size(8064, 6048), BOUNDS), null);
  assert.equal(problemOf(file(1), size(20000, 200), BOUNDS), "narrow");
  assert.equal(problemOf(file(1), size(1600, 200), BOUNDS), null);
  assert.equal(problemOf(file(1), size(199, 800), BOUNDS), "small");
});

test("what the browser can't show is named: a kind that nobody reads, or too much of it", () => {
  assert.equal(problemOf(file(MEGABYTE, "image/heic"), null, BOUNDS), "heif");
  assert.equal(problemOf(file(MEGABYTE, "", "IMG_0001.HEIC"), null, BOUNDS), "heif");
  assert.equal(problemOf(file(MEGABYTE, "image/avif", "a"), null, BOUNDS), "heif");
  assert.equal(problemOf(file(9 * MEGABYTE), null, BOUNDS), "heavy");
  // The site reads some that a browser doesn't: it may try.
  assert.equal(problemOf(file(MEGABYTE), null, BOUNDS), null);
});
