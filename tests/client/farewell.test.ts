// Hanging up holds, whatever the connection does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../../web/client/socket";
import { farewell } from "../../web/client/wire/farewell";

test("the word is said until the server has it", async ({ mock }) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const answers = ["offline", "timeout", "internal", ""];
  let silences = 0;
  const leave = async () => {
    const code = answers.shift();
    if (!code) return;
    setImmediate(() => mock.timers.tick(2000));
    throw new Refusal(code, "");
  };
  await farewell(leave, () => {
    silences += 1;
  });
  assert.deepEqual(answers, []);
  assert.equal(silences, 1);
});

for (const code of ["talk_over", "talk_unknown", "not_signed_in"])
  test(`${code} is as good as a yes`, async () => {
    await farewell(
      () => Promise.reject(new Refusal(code, "")),
      () => assert.fail(),
    );
  });
