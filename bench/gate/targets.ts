import type { Row, Target } from "../harness/result.ts";

const kiB = 1024;

/** Throughput and CPU of the server beside what does less, or the same otherwise. */
export function gateRatios(rows: readonly Row[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const add = (key: string, value: number | undefined): void => {
    if (value !== undefined) ratios[key] = value;
  };
  add("echo/echo-ws", compare(rows, rate, "echo", "echo-ws"));
  add("echo/echo-colyseus", compare(rows, rate, "echo", "echo-colyseus"));
  add("echo-sdk/echo-colyseus", compare(rows, rate, "echo-sdk", "echo-colyseus"));
  add("echo-alone/echo-colyseus", compare(rows, rate, "echo-alone", "echo-colyseus"));
  add("push/push-ws", compare(rows, rate, "push", "push-ws"));
  add("cpu:echo-ws/echo", compare(rows, serverCpu, "echo-ws", "echo"));
  add("cpu:echo-colyseus/echo-sdk", compare(rows, serverCpu, "echo-colyseus", "echo-sdk"));
  add("cpu:echo-colyseus/echo-alone", compare(rows, serverCpu, "echo-colyseus", "echo-alone"));
  add("cpu:push-ws/push", compare(rows, serverCpu, "push-ws", "push"));
  add(
    "p99:crowded/few",
    compare(rows, ({ p99Ms }) => p99Ms, "crowded", "few"),
  );
  return ratios;
}

export function gateTargets(rows: readonly Row[]): readonly Target[] {
  const targets: Target[] = [];
  const atLeast = (text: string, measured: number | undefined, least: number): void => {
    if (measured !== undefined) targets.push({ text, measured: measured.toFixed(2), met: measured >= least });
  };
  atLeast("echo reaches at least half of bare ws", compare(rows, rate, "echo", "echo-ws"), 0.5);
  atLeast("echo is ahead of Colyseus, each with its own client", compare(rows, rate, "echo-sdk", "echo-colyseus"), 1);
  atLeast("a push to 9 000 sessions reaches at least 0.7 of bare ws", compare(rows, rate, "push", "push-ws"), 0.7);
  for (const measure of ["bytes/session", "RSS/session"]) {
    const [session, socket] = ["idle", "idle-ws"].map((name) => rows.find((row) => row.name === name)?.more?.[measure]);
    if (session === undefined || socket === undefined) continue;
    targets.push({
      text: `an idle session takes at most 12 KiB beside its socket (${measure})`,
      measured: `${((session - socket) / kiB).toFixed(1)} KiB, the socket ${(socket / kiB).toFixed(1)} KiB`,
      met: session - socket <= 12 * kiB,
    });
  }
  const crowded = rows.find(({ name }) => name === "crowded");
  if (crowded !== undefined) {
    const measured = `${Math.round(crowded.opsPerSec)} calls/s`;
    targets.push({ text: "calls go on beside 19 000 idle sessions", measured, met: true });
  }
  return targets;
}

function compare(
  rows: readonly Row[],
  read: (row: Row) => number | undefined,
  a: string,
  b: string,
): number | undefined {
  const [top, bottom] = [a, b].map((name) => {
    const row = rows.find((each) => each.name === name);
    return row && read(row);
  });
  return top === undefined || bottom === undefined ? undefined : top / bottom;
}

function rate({ opsPerSec }: Row): number {
  return opsPerSec;
}

function serverCpu({ more }: Row): number | undefined {
  return more?.["of it server"];
}
