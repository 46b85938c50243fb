// The stage lies where a phone's page can be seen: above the keyboard, and still under two fingers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fit } from "../../web/client/stage/cover";

function laid(...seen: { height: number; offsetTop: number; scale: number }[]): object {
  const lines: Record<string, string | null> = {};
  const style = {
    setProperty: (name: string, value: string | null) => {
      lines[name] = value;
    },
  };
  for (const each of seen) fit(style, each);
  return lines;
}

test("a keyboard takes the stage's height, and where it moves the page the stage follows", () => {
  assert.deepEqual(laid({ height: 412.4, offsetTop: 231.6, scale: 1 }), {
    "--stage-height": "412px",
    "--stage-top": "232px",
  });
  assert.deepEqual(
    laid({ height: 412, offsetTop: 232, scale: 1 }, { height: 740, offsetTop: 0, scale: 1 }),
    { "--stage-height": "740px", "--stage-top": "0px" },
  );
});

test("under two fingers it stays as it is", () => {
  assert.deepEqual(laid({ height: 370, offsetTop: 120, scale: 2 }), {});
});
