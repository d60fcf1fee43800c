import { clone, createFileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { transHttp2 } from "@m3game/trans-http2";
import { transTcp } from "@m3game/trans-tcp";
import { defineApp, defineClient, p2p, startCluster } from "m3game";
import { ActorControlSer } from "m3game/gen/m3/actor_control_pb.js";
import { expect, onTestFinished, test } from "vitest";
import { ActorRegSer, ActorSer } from "../gen/actor_pb.js";
import actorApp from "./app.ts";
import { Player } from "./player.ts";

const [first, second] = ["example.world1.actor.1", "example.world1.actor.2"] as const;
const outside = "example.world1.outside.1";
const player = { actorId: "17" };

test.each(["trans_tcp", "trans_http2"])("a player moves over %s, for apps and for nobody else", async (trans) => {
  const transport = `[[Plugin.Trans.${trans}]]\nHost = "127.0.0.1"\n`;
  const resources = `[[Options.Resource]]\nCfgPath = ${JSON.stringify(import.meta.dirname)}\n`;
  const plugins = [transHttp2, transTcp];
  const cluster = await startCluster([
    { app: defineApp({ func: "outside", servers: [] }), id: outside, config: transport, plugins },
    { app: actorApp, id: first, config: transport + resources, plugins },
    { app: actorApp, id: second, config: transport + resources, plugins },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const client = cluster.app(outside);
  const homes = () => [first, second].filter((id) => cluster.app(id).actors(Player).list().includes("17"));
  await client.client(ActorRegSer).to(p2p(first)).register({ playerId: "17", name: "June" });
  expect(await client.client(ActorSer).to(p2p(first)).lvUp(player)).toMatchObject({ level: 2 });
  expect(await client.client(ActorSer).to(p2p(second)).lvUp(player)).toMatchObject({ level: 3 });
  expect(homes()).toEqual([second]);
  await cluster.app(second).actors(Player).handOver("17", first);
  expect(homes()).toEqual([first]);

  const control = client.client(defineClient(foreignControlSer(), { func: "actor" })).to(p2p(first));
  const request = { kind: "actor/Player", id: "17", targetApp: second };
  await expect(control.handOver(request)).rejects.toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
  expect(homes()).toEqual([first]);
});

/** The service as somebody has it who does not know the option by which apps show each other's keys. */
function foreignControlSer(): typeof ActorControlSer {
  const { file, typeName } = ActorControlSer;
  const proto = clone(FileDescriptorProtoSchema, file.proto);
  for (const service of proto.service) delete service.options;
  const imported = (name: string) => file.dependencies.find((known) => `${known.name}.proto` === name);
  return createFileRegistry(proto, imported).getService(typeName) as typeof ActorControlSer;
}
