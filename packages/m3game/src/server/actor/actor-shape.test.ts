import { expect, test } from "vitest";
import { z } from "zod";
import { ActorWorld, Player, playerApp } from "../../../test/support/actor-world.ts";
import { failure } from "../../../test/support/cluster.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import { reasonError } from "../../meta/error.ts";
import { definePlugin } from "../../plugin/plugin.ts";
import type { ShapePermit } from "../../plugin/shape.ts";

test("a call that waits for its turn, or is refused, takes no place in the mailbox and activates nothing", async () => {
  const world = await ActorWorld.create();
  const turn = Promise.withResolvers<ShapePermit>();
  const asked = Promise.withResolvers<void>();
  const plugin = definePlugin({
    kind: "shape",
    name: "shape_test",
    config: z.object({}),
    create: () => ({
      enter({ method }) {
        if (method.endsWith("/Any")) throw reasonError("RATE_LIMITED", "full");
        if (!method.endsWith("/Do")) return undefined;
        asked.resolve();
        return turn.promise;
      },
      prepareReload: async () => ({ commit: () => {}, discard: () => {} }),
      [Symbol.asyncDispose]: async () => {},
    }),
  });
  world.more.push({ plugin, config: "[[Plugin.Shape.shape_test]]\n" });
  const order: string[] = [];
  const handlers = {
    do: () => {
      order.push("do");
      return {};
    },
    again: () => {
      order.push("again");
      return {};
    },
  };
  const app = await world.start("1", playerApp(Player, handlers), { MaxReqChanSize: 1 });
  const client = app.client(PlayerSer);
  const waiting = [client.do({ id: "7" }), client.do({ id: "7" })];
  await asked.promise;
  expect(await world.until(failure(client.any({ id: "7" })))).toMatchObject({ reason: "RATE_LIMITED" });
  expect(app.actors(Player).list()).toEqual([]);
  await world.until(client.again({ id: "7" }));
  turn.resolve({ exit: () => {} });
  await world.until(Promise.all(waiting));
  expect(order).toEqual(["again", "do", "do"]);
});
