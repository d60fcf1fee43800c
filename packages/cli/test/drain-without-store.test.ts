import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeWithService } from "@m3game/testing";
import { type LaunchedService, launchService } from "@m3game/testing/services";
import { expect, onTestFinished, test, vi } from "vitest";
import { RemoteServer } from "../src/index.ts";
import { startCli } from "./support/cli-process.ts";
import { examplesFolder } from "./support/examples.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const folder = join(examplesFolder, "actorapp");

function configOf(redis: LaunchedService): string {
  const [host = "", port = ""] = redis.address.split(":");
  return `
[Options.Life]
DrainTimeoutMs = 1000

[[Options.Resource]]
CfgPath = ${JSON.stringify(folder)}

[[Plugin.DB.db_redis]]
Host = "${host}"
Port = ${port}

[[Plugin.Trans.trans_http2]]
Port = 0

[[Server.Actor]]
SaveTimeInter = 60
`;
}

describeWithService("redis", "a drain that can't save", () => {
  test.each([
    ["is gone", (redis: LaunchedService) => redis.stop("SIGKILL")],
    ["does not answer", async (redis: LaunchedService) => redis.signal("SIGSTOP")],
  ] as const)("ends when its time is over, and says what is lost: the store %s", async (_, lose) => {
    const redis = await launchService("redis");
    onTestFinished(() => redis[Symbol.asyncDispose]());
    const configFile = join(await temporaryFolder(), "actor.toml");
    await writeFile(configFile, configOf(redis));
    const started = startCli(["run", join(folder, "app.ts"), "-idstr", "test.world1.actor.1", "-conf", configFile]);
    using server = new RemoteServer(await started.grpcEndpoint(), { timeoutMs: 15_000 });
    await server.call("proto.ActorRegSer/Register", { playerId: "17", name: "June" });
    expect(await server.call("proto.ActorSer/LvUp", { actorId: "17" })).toMatchObject({ level: 2 });
    await lose(redis);
    started.signal("SIGTERM");
    expect(await started.exited).toBe(0);
    const left = started.output
      .split("\n")
      .find((line) => line.includes("not all was done when the time to drain was over"));
    expect(JSON.parse(left ?? "{}")).toMatchObject({ calls: 0, turns: [{ actor: "actor/Player/17" }], unsaved: 1 });
    expect(started.output).toContain("changed entities were not saved");
  });
});
