import { describeWithService, launchService } from "@m3game/testing";
import { transNats } from "@m3game/trans-nats";
import { defineApp, multi, p2p, startCluster } from "m3game";
import { expect, test } from "vitest";
import { RelaySer } from "./support/relay-service.ts";

const appId = (ins: number) => `test.world1.relay.${ins}`;

/** Sends the text on to the next of the apps that it names, with the names of all that had it in the answer. */
const relay = defineApp({
  func: "relay",
  servers: [
    multi(RelaySer, {
      relay: async ({ text }, ctx) => {
        const [own = "", ...rest] = text.split(" ");
        if (rest.length === 0) return { text: own };
        const next = await ctx
          .client(RelaySer)
          .to(p2p(appId(Number(rest[0]))))
          .relay({ text: rest.join(" ") });
        return { text: `${own} ${next.text}` };
      },
    }),
  ],
  plugins: [transNats],
});

describeWithService("nats", "apps over trans_nats", () => {
  test("several of one process call each other, and the registry names the NATS server", async () => {
    await using nats = await launchService("nats");
    const config = `[[Plugin.Trans.trans_nats]]\nURL = "nats://${nats.address}"`;
    await using cluster = await startCluster([1, 2, 3].map((ins) => ({ app: relay, id: appId(ins), config })));
    expect(cluster.app(appId(2)).endpoints).toEqual([
      { scheme: "nats", endpoint: `nats://${nats.address}/m3app-${appId(2)}` },
    ]);
    const client = cluster
      .app(appId(1))
      .client(RelaySer)
      .to(p2p(appId(2)));
    const texts = Array.from({ length: 50 }, () => "2 3 1 2");
    const answers = await Promise.all(texts.map((text) => client.relay({ text })));
    expect(answers.map(({ text }) => text)).toEqual(texts);
  });
});
