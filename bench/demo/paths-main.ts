// The process of the players who walk paths: starts them as asked once, keeps their connections, ends with its parent.
import { driveLoad } from "../harness/load.ts";
import type { ClientReply } from "../harness/messages.ts";
import { driveRate } from "../harness/rate.ts";
import { summarizeLatency } from "../harness/stats.ts";
import type { Issue } from "../harness/subject.ts";
import type { PathClient } from "./path-client.ts";
import { type Gate, walkTest1 } from "./test1-path.ts";

export interface PathsRequest {
  readonly gate: Gate;
  /** So many at any moment, or so many started each second. */
  readonly load: { readonly inFlight: number } | { readonly perSecond: number };
  readonly warmupMs: number;
  readonly measureMs: number;
}

export type PathsReply = ClientReply;

/** A gate takes 18 000: the oldest makes room for the next. */
const mostSessions = 12_000;
const sessions = new Set<PathClient>();

function keep(client: PathClient): void {
  sessions.add(client);
  if (sessions.size <= mostSessions) return;
  for (const oldest of sessions) {
    sessions.delete(oldest);
    oldest.close();
    return;
  }
}

function reply(message: PathsReply): void {
  process.send?.(message);
}

function paths(gate: Gate): Issue {
  let account = 0;
  return (done) => {
    walkTest1(gate, `bench-${account++}`).then((client) => {
      keep(client);
      done();
    }, done);
  };
}

process.on("disconnect", () => process.exit());
process.on("message", async ({ gate, load, warmupMs, measureMs }: PathsRequest) => {
  const common = { warmupMs, measureMs, onMeasure: () => reply({ kind: "measuring" }) };
  const issue = paths(gate);
  const result =
    "inFlight" in load
      ? driveLoad(issue, { ...common, ...load, warmupInFlight: load.inFlight })
      : driveRate(issue, { ...common, ...load });
  const { latenciesMs, elapsedMs, before, after } = await result;
  reply({ kind: "stopped" });
  const latency = summarizeLatency(latenciesMs);
  reply({ kind: "measured", latency, count: latenciesMs.length, elapsedMs, before, after });
});
