// The process of clients that are there and do nothing: opens as many as asked, ends with its parent.
import { openClients } from "./bare-client.ts";

export interface ClientsRequest {
  readonly url: string;
  readonly count: number;
  /** The number of the first. */
  readonly from: number;
}

export interface ClientsReply {
  readonly kind: "open";
}

process.on("disconnect", () => process.exit());
process.on("message", async ({ url, count, from }: ClientsRequest) => {
  await openClients(url, count, from);
  const reply: ClientsReply = { kind: "open" };
  process.send?.(reply);
});
