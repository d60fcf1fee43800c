import { z } from "zod";
import { monotonicMs } from "../monotonic.ts";

const base64 = z.string().default("");
const answer = z.object({
  result: z.object({
    events: z
      .array(
        z.object({
          type: z.string().default("PUT"),
          kv: z.object({ key: base64, value: base64, mod_revision: z.string() }),
        }),
      )
      .default([]),
  }),
});
const owner = z.object({ app: z.string(), incarnation: z.string() });

/** A change of who holds a claim, as etcd tells it. */
export interface ClaimChange {
  /** The key of the claim. */
  readonly key: string;
  /** Who has it now, undefined: nobody. */
  readonly holder: string | undefined;
  readonly revision: number;
  /** When it was heard of, on the monotonic clock: later than it happened. */
  readonly heardAt: number;
}

/** Hears from etcd itself who holds which claim. */
export class ClaimWatch implements AsyncDisposable {
  readonly changes: ClaimChange[] = [];
  readonly #abort = new AbortController();
  readonly #reading: Promise<void>;

  /** Resolves when it has begun: keys under `prefix` that change from now on are heard of. */
  static async start(etcd: string, prefix: string): Promise<ClaimWatch> {
    const abort = new AbortController();
    const end = `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
    const response = await fetch(`http://${etcd}/v3/watch`, {
      method: "POST",
      body: JSON.stringify({ create_request: { key: btoa(prefix), range_end: btoa(end) } }),
      signal: abort.signal,
    });
    if (response.body === null) throw new Error("etcd gives no stream of changes");
    const lines = linesOf(response.body);
    await lines.next();
    return new ClaimWatch(lines, abort);
  }

  private constructor(lines: AsyncGenerator<string>, abort: AbortController) {
    this.#abort = abort;
    this.#reading = this.#read(lines).catch((error) => {
      if (!abort.signal.aborted) throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async #read(lines: AsyncGenerator<string>): Promise<void> {
    for await (const line of lines) {
      const heardAt = monotonicMs();
      for (const { type, kv } of answer.parse(JSON.parse(line)).result.events) {
        const key = atob(kv.key);
        if (!/^\/m3\/(app|claim)\//.test(key)) continue;
        const { app, incarnation } =
          type === "DELETE" ? { app: undefined, incarnation: "" } : owner.parse(JSON.parse(atob(kv.value)));
        const holder = app === undefined ? undefined : `${app} ${incarnation}`;
        this.changes.push({ key, holder, revision: Number(kv.mod_revision), heardAt });
      }
    }
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
