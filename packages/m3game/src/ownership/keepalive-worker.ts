// Runs in the keepalive thread. Renews the sessions that the main thread names, however busy that is.
import { type MessagePort, parentPort } from "node:worker_threads";
import { systemClock } from "../meta/clock.ts";
import { importRenewer } from "./import-renewer.ts";
import { KeepaliveCells } from "./keepalive-cells.ts";
import { KeepaliveLoop } from "./keepalive-loop.ts";
import type { KeepaliveCommand, KeepaliveReport } from "./keepalive-messages.ts";

type StartCommand = Extract<KeepaliveCommand, { readonly kind: "start" }>;

if (parentPort !== null) serve(parentPort);

function serve(port: MessagePort): void {
  const loops = new Map<number, Promise<KeepaliveLoop | undefined>>();
  const report = (message: KeepaliveReport) => port.postMessage(message);
  port.on("message", (command: KeepaliveCommand) => {
    if (command.kind === "end") {
      // With its connections closed nothing else keeps the thread.
      port.close();
      return;
    }
    const { session } = command;
    if (command.kind === "start") {
      loops.set(session, start(command, report));
      return;
    }
    const loop = loops.get(session);
    loops.delete(session);
    void stop(loop).then(() => report({ kind: "stopped", session }));
  });
}

async function start(
  command: StartCommand,
  report: (message: KeepaliveReport) => void,
): Promise<KeepaliveLoop | undefined> {
  const { session, module, data, ttlMs, guardMs, stallMs } = command;
  const cells = new KeepaliveCells(command.cells);
  try {
    const renewer = await importRenewer(module, data);
    return KeepaliveLoop.start({
      ...{ clock: systemClock, renewer, ttlMs, guardMs },
      // A main thread that is stuck must lose its session in the end.
      mayRenew: () => systemClock.now() - cells.heartbeat < stallMs,
      events: {
        onRenewed(deadline) {
          cells.deadline = deadline;
          report({ kind: "renewed", session, deadline });
        },
        onFailed: (problem) => report({ kind: "failed", session, problem }),
        onLost: (why) => report({ kind: "lost", session, why }),
      },
    });
  } catch (error) {
    report({ kind: "lost", session, why: `it can't be renewed: ${error}` });
    return undefined;
  }
}

async function stop(loop: Promise<KeepaliveLoop | undefined> | undefined): Promise<void> {
  // The connection of a renewer ends with the thread at the latest.
  await loop?.then((running) => running?.[Symbol.asyncDispose]()).catch(() => {});
}
