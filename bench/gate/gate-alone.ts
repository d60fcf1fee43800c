import type { Subject } from "../harness/subject.ts";
import { startGate } from "./gate-server.ts";
import { sdkCalls } from "./sdk-client.ts";

/** A gate that answers by itself: what Colyseus does, with its only process. */
export const subject: Subject = {
  serve: async () => ({ url: await startGate([]) }),
  connect: ({ url }) => sdkCalls(String(url)),
};
