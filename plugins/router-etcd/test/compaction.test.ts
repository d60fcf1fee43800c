import { randomUUID } from "node:crypto";
import { EtcdClient, readAccess } from "@m3game/etcd-client";
import { KV } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import { describeWithService, launchService, Received } from "@m3game/testing";
import { systemClock } from "m3game";
import { expect, test } from "vitest";
import { routerEtcdConfig } from "../src/config.ts";
import { type Asker, KeyWatch, keysUnder } from "../src/key-watch.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describeWithService("etcd", "a watch of router_etcd", () => {
  test("lists anew when etcd has forgotten the revision to go on from", async () => {
    // Of its own: others on a shared one would miss what was compacted too.
    await using etcd = await launchService("etcd");
    using client = new EtcdClient(await readAccess(routerEtcdConfig.parse({ Endpoints: etcd.address }), "test"));
    const prefix = bytes(`/test/${randomUUID()}/`);
    const put = (value: string) => client.ask(KV.method.put, { key: prefix, value: bytes(value) });
    let compacted = 0;
    const asker: Asker = {
      ask: (...args) => client.ask(...args),
      stream: async (method) => {
        // What a watch that begins late misses.
        if (compacted++ === 0) {
          await put("1");
          const { header } = await put("2");
          const body = JSON.stringify({ revision: String(header?.revision), physical: true });
          const answer = await fetch(`http://${etcd.address}/v3/kv/compaction`, { method: "POST", body });
          expect(answer.status).toBe(200);
        }
        return client.stream(method);
      },
    };
    const seen = new Received<readonly string[]>();
    const failures: unknown[] = [];
    await using watch = new KeyWatch(asker, systemClock, keysUnder(prefix), {
      onEntries: (entries) => seen.listener(Array.from(entries, ({ value }) => new TextDecoder().decode(value))),
      onFailure: (error) => failures.push(error),
    });
    await watch.start();
    await seen.until(([value]) => value === "2");
    await put("3");
    await seen.until(([value]) => value === "3");
    expect(seen.items).toEqual([[], ["2"], ["3"]]);
    expect(failures).toEqual([]);
  });
});
