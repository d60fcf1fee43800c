import type { DescService, Message } from "@bufbuild/protobuf";
import { type M3Error, reasonError } from "../meta/error.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Leadership } from "../ownership/leader.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import { forwardCall } from "./forward-call.ts";
import type { HostApp } from "./host-app.ts";
import type { LeaderHosting } from "./leader-hosting.ts";
import type { Runner, Server } from "./server.ts";
import type { ServerCall } from "./server-call.ts";

/** How soon a call is sent again while nobody leads. */
const electionMs = 500;

/**
 * Hosts a service that runs on one app alone, the leader of `name`: each app that hosts it stands for leader once it takes calls.
 * `elect` makes the server when this app is elected, from what it loads by `app.entities().ownedBy(leadership.claim)`, say; it
 * is dropped when this app leads no more. What `elect` rejects with is logged, and the leadership given up.
 *
 * Calls may reach any instance: another one than the leader hands them on, once. While nobody leads, callers wait within
 * their deadline; then they get NOT_LEADER.
 */
export function ledBy<S extends DescService>(
  name: string,
  service: S,
  elect: (leadership: Leadership, app: HostApp) => MaybePromise<Server>,
): Server {
  return {
    service,
    finds: "leader",
    start(host) {
      const { leaders } = host;
      if (leaders === undefined) {
        throw reasonError(
          "PLUGIN_MISSING",
          `${service.typeName} runs on the leader of ${name}, but the config names no lease plugin: add its [[Plugin.Lease.…]] section`,
        );
      }
      let runnerOf: ReturnType<Server["start"]> | undefined;
      leaders.host(name, {
        async onElected(leadership) {
          const server = await elect(leadership, host.app);
          if (server.service !== service) {
            throw new TypeError(`the leader of ${name} must host ${service.typeName}, not ${server.service.typeName}`);
          }
          if (!leadership.signal.aborted) runnerOf = memoize(server.start(host));
        },
        onRevoked() {
          runnerOf = undefined;
        },
      });
      return (method) => (call) => {
        if (!leaders.isLeader(name)) return findLeader(leaders, name, call);
        if (runnerOf === undefined) throw notLeader(`${call.app.app} was elected to lead ${name} and is not ready yet`);
        return lead(leaders, name, call, runnerOf(method));
      };
    },
  };
}

function memoize(runnerOf: (method: MethodMeta) => Runner): (method: MethodMeta) => Runner {
  const runners = new Map<MethodMeta, Runner>();
  return (method) => {
    const known = runners.get(method);
    if (known !== undefined) return known;
    const runner = runnerOf(method);
    runners.set(method, runner);
    return runner;
  };
}

function lead(leaders: LeaderHosting, name: string, call: ServerCall, run: Runner): MaybePromise<object> {
  const result = run(call);
  if (!(result instanceof Promise)) return result;
  return leaders.whileLeading(name, result).then((response) => {
    if (leaders.isLeader(name)) return response;
    throw reasonError("UNKNOWN_OUTCOME", `this app ceased to lead ${name} while ${call.method} ran`);
  });
}

async function findLeader(leaders: LeaderHosting, name: string, call: ServerCall): Promise<Message> {
  const leader = await leaders.whoLeads(name);
  if (call.hops === 0 && leader !== undefined && leaders.isReachable(leader)) return forwardCall(call, leader);
  const { app } = call.app;
  const hint = leader === undefined || leader === app ? "nobody does at the moment" : `${leader} does`;
  throw notLeader(`${app} does not lead ${name}; ${hint}`);
}

function notLeader(message: string): M3Error {
  return reasonError("NOT_LEADER", message, { retryAfterMs: electionMs });
}
