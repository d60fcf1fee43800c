import { once } from "node:events";
import { Code, M3Error, multi } from "m3game";
import { TalkSer } from "./talk-service.ts";

/** Hosts TalkSer: handlers that answer, that take their time and that fail. */
export const talkSer = multi(TalkSer, {
  say: ({ text, count }) => ({ text: `Hello ${text}`, count }),
  /** Answers once the process gets a line of input. */
  wait: async (request) => {
    const input = once(process.stdin, "data");
    console.log("waiting for input");
    await input;
    return request;
  },
  hang: () => {
    console.log("hanging");
    return new Promise(() => {});
  },
  fail: () => {
    throw new M3Error(Code.NOT_FOUND, "no such player", { reason: "NO_PLAYER" });
  },
  /** A mistake that nobody waits for. */
  reject: (request) => {
    void Promise.reject(new Error("nobody cares"));
    return request;
  },
  debug: (request, ctx) => {
    ctx.log.debug("a line at level debug");
    return request;
  },
  headers: (_request, ctx) => ({ text: [...ctx.metadata].map(([key, value]) => `${key}=${value}`).join(" ") }),
});
