import type { DescService } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import { findHandler, type HandlerSource, makeHandlers, type Server } from "./server.ts";
import type { ServerCall } from "./server-call.ts";
import { AsyncTurn, TurnLock } from "./turn-lock.ts";

/** How many calls wait, and for how long one may keep the others waiting. */
export interface AsyncOptions {
  /** Calls that may wait for their turn; more are refused with OVERLOADED. @default 10_000 */
  readonly maxQueue?: number;
  /**
   * A handler that keeps its turn this long while others wait loses it, in milliseconds: it then runs beside them,
   * and the log names it. @default 30_000
   */
  readonly stuckAfterMs?: number;
}

/**
 * Hosts a service whose handlers run one at a time. While one waits for an RPC made through its own context, the next
 * may run; any other `await` keeps the turn. Calls whose caller gave up while they waited do not run.
 */
export function async<S extends DescService>(
  service: S,
  handlers: HandlerSource<S>,
  options: AsyncOptions = {},
): Server {
  const { maxQueue = 10_000, stuckAfterMs = 30_000 } = options;
  return {
    service,
    finds: "ring",
    start({ app, clock, log }) {
      const made = makeHandlers(handlers, app);
      const lock = new TurnLock({
        clock,
        stuckAfterMs,
        onStuck: (turn) =>
          log.error("handler keeps its turn too long; others run beside it now", { method: turn.name }),
      });
      return (method) => {
        const handler = findHandler(made, method);
        return (call) => runInTurn(lock, maxQueue, call, () => handler(call));
      };
    },
  };
}

function runInTurn(
  lock: TurnLock,
  maxQueue: number,
  call: ServerCall,
  handler: () => MaybePromise<object>,
): MaybePromise<object> {
  return new Promise((resolve, reject) => {
    const turn = new AsyncTurn(lock, call.method, () => {
      if (call.settled) {
        turn.end();
        reject(call.signal.reason);
        return;
      }
      call.turn = turn;
      Promise.resolve()
        .then(handler)
        .finally(() => turn.end())
        .then(resolve, reject);
    });
    if (lock.tryEnter(turn)) return turn.onGranted();
    if (lock.waiting >= maxQueue) {
      return reject(reasonError("OVERLOADED", `${maxQueue} calls wait for their turn at ${call.method}`));
    }
    lock.enter(turn);
  });
}
