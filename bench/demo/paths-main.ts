// The process of the players who walk paths: starts them as asked once, keeps their connections, ends with its parent.
import { driveLoad } from "../harness/load.ts";
import type { ClientReply } from "../harness/messages.ts";
import { driveRate } from "../harness/rate.ts";
import { summarizeLatency } from "../harness/stats.ts";
import type { Issue } from "../harness/subject.ts";
import type { PathClient } from "./path-client.ts";
import { walkTest1 } from "./test1-path.ts";

export interface PathsRequest {
  readonly url: string;
  /** So many at any moment, or so many started each second. */
  readonly load: { readonly inFlight: number } | { readonly perSecond: number };
  readonly warmupMs: number;
  readonly measureMs: number;
}

export type PathsReply = ClientReply;

const sessions: PathClient[] = [];

function reply(message: PathsReply): void {
  process.send?.(message);
}

function paths(url: string): Issue {
  let account = 0;
  return (done) => {
    walkTest1(url, `bench-${account++}`).then((client) => {
      sessions.push(client);
      done();
    }, done);
  };
}

process.on("disconnect", () => process.exit());
process.on("message", async ({ url, load, warmupMs, measureMs }: PathsRequest) => {
  const common = { warmupMs, measureMs, onMeasure: () => reply({ kind: "measuring" }) };
  const issue = paths(url);
  const result =
    "inFlight" in load
      ? driveLoad(issue, { ...common, ...load, warmupInFlight: load.inFlight })
      : driveRate(issue, { ...common, ...load });
  const { latenciesMs, elapsedMs, before, after } = await result;
  reply({ kind: "stopped" });
  const latency = summarizeLatency(latenciesMs);
  reply({ kind: "measured", latency, count: latenciesMs.length, elapsedMs, before, after });
});
