import type { NatsInboundCall } from "./nats-inbound-call.ts";

/** The calls that an app has not answered yet, by caller and serial. */
export class OpenCalls {
  readonly #calls = new Set<NatsInboundCall>();
  readonly #byCaller = new Map<string, Map<number | bigint, NatsInboundCall>>();

  get size(): number {
    return this.#calls.size;
  }

  add(call: NatsInboundCall): void {
    const { sourceApp, serial } = call.message;
    this.#calls.add(call);
    const ofCaller = this.#byCaller.get(sourceApp);
    if (ofCaller === undefined) this.#byCaller.set(sourceApp, new Map([[serial, call]]));
    else ofCaller.set(serial, call);
  }

  /** False when it was answered or cancelled already. */
  remove(call: NatsInboundCall): boolean {
    if (!this.#calls.delete(call)) return false;
    const { sourceApp, serial } = call.message;
    const ofCaller = this.#byCaller.get(sourceApp);
    // Apps of the original use one serial for several calls.
    if (ofCaller?.get(serial) !== call) return true;
    ofCaller.delete(serial);
    if (ofCaller.size === 0) this.#byCaller.delete(sourceApp);
    return true;
  }

  find(sourceApp: string, serial: number | bigint): NatsInboundCall | undefined {
    return this.#byCaller.get(sourceApp)?.get(serial);
  }

  /** Takes all calls out. */
  clear(): readonly NatsInboundCall[] {
    const calls = [...this.#calls];
    this.#calls.clear();
    this.#byCaller.clear();
    return calls;
  }
}
