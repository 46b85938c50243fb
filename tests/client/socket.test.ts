// After a sleep a connection may stand that leads nowhere: who asks over it finds out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askAfresh, Refusal, type Socket } from "../../web/client/socket";

type Answer = (late: Error | null, answer?: object) => void;

function line(answer: (give: Answer) => void): [Socket, string[]] {
  const done: string[] = [];
  const socket = {
    connected: true,
    timeout: () => ({ emit: (_event: string, _payload: object, give: Answer) => answer(give) }),
    disconnect: () => {
      done.push("disconnect");
      return socket;
    },
    connect: () => done.push("connect"),
  };
  return [socket as unknown as Socket, done];
}

test("a connection that doesn't answer is replaced", async () => {
  const [socket, done] = line((give) => give(new Error("late")));
  await assert.rejects(askAfresh(socket, "waiting:watch", {}), Refusal);
  assert.deepEqual(done, ["disconnect", "connect"]);
});

test("one that answers is kept, also where it refuses", async () => {
  const [socket, done] = line((give) => give(null, { ok: true, places: [] }));
  assert.deepEqual(await askAfresh(socket, "waiting:watch", {}), { ok: true, places: [] });
  const [refusing, kept] = line((give) => give(null, { ok: false, code: "too_fast", message: "" }));
  await assert.rejects(askAfresh(refusing, "waiting:watch", {}), { code: "too_fast" });
  assert.deepEqual([done, kept], [[], []]);
});
