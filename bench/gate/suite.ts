import { measurePair } from "../harness/pair.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { installPeers, isPeer, peerModule } from "../rpc/peers.ts";
import { counts } from "./sessions.ts";
import { gateRatios, gateTargets } from "./targets.ts";

const own = (file: string): URL => new URL(file, import.meta.url);
const idle = 10_000;

/** Game clients at a gate: calls, pushes, memory. */
export const suite: Suite = {
  name: "gate",
  note: [
    "echo: each session has one call under way, through gate_ws to a multi server in another process over trans_tcp and back.",
    "echo-ws: a bare ws server sends back what comes: no login, no mesh, no codec. Both have the same bare clients.",
    "echo-sdk: the same as echo with @m3game/client; echo-alone: that with a gate which answers by itself, without the mesh.",
    "echo-colyseus: a room's message and its answer, in one process, with Colyseus's own client.",
    "push: one operation is a message of 100 bytes to all; of push-ws it is a send of one buffer to each.",
    "crowded: calls of 100 sessions while 19 000 others are idle and ping; few: the same calls with none.",
    "idle: memory of a session with its socket; idle-ws of a bare socket. One operation is one login.",
    "All clients of a case are in one process, which has a share of CPU like the server's. Not measured: TLS, a network.",
  ].join("\n"),
  cases: () => [
    echo("echo-ws", own("ws-echo.ts")),
    echo("echo", own("gate-echo.ts")),
    echo("echo-sdk", own("gate-sdk.ts")),
    echo("echo-alone", own("gate-alone.ts")),
    echo("echo-colyseus", peerModule("colyseus.ts")),
    push("push-ws", own("ws-push.ts")),
    push("push", own("gate-push.ts")),
    pair("few", own("gate-few.ts"), counts.few, counts.few),
    pair("crowded", own("gate-crowded.ts"), counts.idle, counts.few),
    solo("idle-ws", "idleSockets"),
    solo("idle", "idleSessions"),
  ],
  prepare: async (cases) => {
    if (cases.some((each) => isPeer(each.name))) await installPeers();
  },
  ratios: gateRatios,
  targets: gateTargets,
};

function echo(name: string, subject: URL): Case {
  return pair(name, subject, counts.echo, counts.echo);
}

function push(name: string, subject: URL): Case {
  return pair(name, subject, counts.members, 1);
}

function pair(name: string, subject: URL, sessions: number, inFlight: number): Case {
  const load = { inFlight, warmupInFlight: inFlight, warmupMs: 4000 };
  return {
    name,
    params: { sessions },
    run: ({ measureMs, services }) => measurePair({ subject, services, ...load, measureMs }),
  };
}

function solo(name: string, measure: string): Case {
  const params = { sessions: idle };
  return {
    name,
    params,
    run: ({ measureMs, services }) => measureSolo(own("memory.ts"), measure, { measureMs, services, params }),
  };
}
