import { CallTable } from "m3game/internal";
import type { NatsInboundCall } from "./nats-inbound-call.ts";

/** The calls that an app has not answered yet, by caller and serial. */
export class OpenCalls {
  /** By the low 32 bits of their serials; those with the same ones are linked. */
  readonly #calls = new CallTable<NatsInboundCall>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(call: NatsInboundCall): void {
    const key = keyOf(call.message.serial);
    call.nextOpen = this.#calls.get(key);
    this.#calls.set(key, call);
    this.#size++;
  }

  /** False when it was answered or cancelled already. */
  remove(call: NatsInboundCall): boolean {
    const key = keyOf(call.message.serial);
    const next = call.nextOpen;
    let open = this.#calls.get(key);
    if (open === call) {
      if (next === undefined) this.#calls.delete(key);
      else this.#calls.set(key, next);
    } else {
      while (open !== undefined && open.nextOpen !== call) open = open.nextOpen;
      if (open === undefined) return false;
      open.nextOpen = next;
    }
    call.nextOpen = undefined;
    this.#size--;
    return true;
  }

  /** The one that came last: apps of the original use one serial for several calls. */
  find(sourceApp: string, serial: number | bigint): NatsInboundCall | undefined {
    let call = this.#calls.get(keyOf(serial));
    while (call !== undefined && (call.message.sourceApp !== sourceApp || call.message.serial !== serial)) {
      call = call.nextOpen;
    }
    return call;
  }

  /** Takes all calls out. */
  clear(): readonly NatsInboundCall[] {
    const calls: NatsInboundCall[] = [];
    for (const first of this.#calls.takeAll()) {
      for (let call: NatsInboundCall | undefined = first; call !== undefined; call = call.nextOpen) calls.push(call);
    }
    for (const call of calls) call.nextOpen = undefined;
    this.#size = 0;
    return calls;
  }
}

function keyOf(serial: number | bigint): number {
  return typeof serial === "number" ? serial >>> 0 : Number(BigInt.asUintN(32, serial));
}
