import type { Message } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import { forwardCall } from "./forward-call.ts";
import type { LeaderHosting } from "./leader-hosting.ts";
import type { Runner, Server } from "./server.ts";
import type { ServerCall } from "./server-call.ts";

/** How soon a call is sent again while nobody leads. */
const electionMs = 500;

/**
 * Has the calls of a service run on the leader of `name` alone, the app whose `app.leader(name, …)` was elected, whatever
 * instance they reach: another one hands them on, once. While nobody leads, callers wait within their deadline; then they
 * get NOT_LEADER.
 */
export function ledBy(name: string, server: Server): Server {
  return {
    service: server.service,
    finds: "leader",
    start(host) {
      const { leaders } = host;
      if (leaders === undefined) {
        throw reasonError(
          "PLUGIN_MISSING",
          `${server.service.typeName} runs on the leader of ${name}, but the config names no lease plugin: add its [[Plugin.Lease.…]] section`,
        );
      }
      const runnerOf = server.start(host);
      return (method) => {
        const run = runnerOf(method);
        return (call) => (leaders.isLeader(name) ? lead(leaders, name, call, run) : findLeader(leaders, name, call));
      };
    },
  };
}

function lead(leaders: LeaderHosting, name: string, call: ServerCall, run: Runner): MaybePromise<object> {
  const result = run(call);
  if (!(result instanceof Promise)) return result;
  return result.then((response) => {
    if (leaders.isLeader(name)) return response;
    throw reasonError("UNKNOWN_OUTCOME", `this app ceased to lead ${name} while ${call.method} ran`);
  });
}

async function findLeader(leaders: LeaderHosting, name: string, call: ServerCall): Promise<Message> {
  const leader = await leaders.whoLeads(name);
  if (call.hops === 0 && leader !== undefined && leaders.isReachable(leader)) return forwardCall(call, leader);
  const { app } = call.app;
  const hint = leader === undefined || leader === app ? "nobody does at the moment" : `${leader} does`;
  throw reasonError("NOT_LEADER", `${app} does not lead ${name}; ${hint}`, { retryAfterMs: electionMs });
}
