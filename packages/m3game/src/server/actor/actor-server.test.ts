import { expect, test } from "vitest";
import { startTestCluster } from "../../../test/support/cluster.ts";
import { HeroEntity } from "../../../test/support/hero-entity.ts";
import { FrontSer } from "../../../test/support/services.ts";
import { defineApp, p2p } from "../../index.ts";
import { Actor } from "./actor.ts";
import { actor } from "./actor-server.ts";

class Player extends Actor {
  readonly hero = this.entity(HeroEntity);
  override async onInit() {
    await this.hero.load({ orCreate: { name: "new" } });
  }
}

const playerSer = actor(FrontSer, Player, {
  keyed: (self) => ({ text: self.hero.data.name, number: (self.hero.data.level += 1) }),
  say: () => ({}),
  repeat: () => ({}),
  tell: () => ({}),
});
const playerApp = defineApp({ func: "front", servers: [playerSer] });

test("an actor keeps its state, and moves with its data to the app that is called for it", async () => {
  const cluster = await startTestCluster([
    { app: playerApp, id: "test.w1.front.1" },
    { app: playerApp, id: "test.w1.front.2" },
  ]);
  const [one, two] = [cluster.app("test.w1.front.1"), cluster.app("test.w1.front.2")];
  const calls = (app: typeof one) => app.client(FrontSer).keyed({ text: "17" });
  expect(await calls(one)).toMatchObject({ text: "new", number: 1 });
  expect(await calls(two)).toMatchObject({ number: 2 });
  expect(one.actors(Player).list().length + two.actors(Player).list().length).toBe(1);
  const there = two.client(FrontSer).to(p2p("test.w1.front.2"));
  expect(await there.keyed({ text: "17" })).toMatchObject({ number: 3 });
  expect(two.actors(Player).list()).toEqual(["17"]);
  expect(one.actors(Player).list()).toEqual([]);
  await two.stop();
  expect(await calls(one)).toMatchObject({ number: 4 });
});
