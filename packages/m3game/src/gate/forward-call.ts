import type { CSMsg } from "../../gen/m3/gate_pb.js";
import { reasonError } from "../meta/error.ts";
import { GateMetaKey, isGateMetaKey } from "../meta/gate-meta-key.ts";
import { checkMetadata, checkMetadataSize, type Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import { RawCall } from "../rpc/raw-call.ts";
import { sentContext } from "../telemetry/span-context.ts";
import type { ClientMethod } from "./client-methods.ts";
import type { GateRuntime } from "./gate-runtime.ts";
import type { ForwardOptions, PlayerCall, Session } from "./sessions.ts";

export interface ForwardedBy {
  readonly session: Session;
  /** The same over all connections and gates. */
  readonly sessionId: string;
  /** An earlier gate may have sent the call already. */
  readonly repeated: boolean;
}

/** A call of a client on its way to the app that runs it. */
export class ForwardCall implements PlayerCall {
  readonly session: Session;
  readonly metas: Metadata;
  readonly #runtime: GateRuntime;
  readonly #message: CSMsg;
  readonly #method: ClientMethod;
  readonly #by: ForwardedBy;

  /** Throws METADATA_INVALID. */
  constructor(runtime: GateRuntime, message: CSMsg, method: ClientMethod, by: ForwardedBy) {
    this.#runtime = runtime;
    this.#message = message;
    this.#method = method;
    this.#by = by;
    this.session = by.session;
    this.metas = runtime.methods.metas(message.metas);
  }

  get meta(): MethodMeta {
    return this.#method.meta;
  }

  get method(): string {
    return this.#message.method;
  }

  get content(): Uint8Array {
    return this.#message.content;
  }

  forward(options: ForwardOptions = {}): Promise<Uint8Array> {
    try {
      return this.#call(options).run();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #call(options: ForwardOptions): RawCall {
    const { methods, calls, callTimeoutMs } = this.#runtime;
    const destination = methods.destination(this.#method, this.session.id, this.metas);
    const { metadata } = destination;
    if (options.metadata !== undefined) {
      for (const [key, value] of checkMetadata(Object.entries(options.metadata))) {
        if (isGateMetaKey(key)) throw reasonError("METADATA_INVALID", `metadata key "${key}" belongs to the framework`);
        metadata.set(key, value);
      }
    }
    metadata.set(GateMetaKey.player, this.session.id);
    const { sequence } = this.#message;
    if (sequence !== 0) {
      metadata.set(GateMetaKey.session, this.#by.sessionId).set(GateMetaKey.sequence, String(sequence));
      if (this.#by.repeated) metadata.set(GateMetaKey.repeat, "1");
    }
    // Without anything from the client or the handler it is what the gate sends, which is short.
    if (this.metas.size > 0 || options.metadata !== undefined) checkMetadataSize(metadata);
    const route = options.route ?? destination.route;
    const isTraced = this.meta.trace && calls.observer !== undefined;
    return new RawCall(calls, {
      meta: this.meta,
      payload: this.content,
      route,
      metadata,
      targetService: route.kind === "p2p" ? route.service : this.#method.targetService,
      linkedContext: isTraced ? sentContext(this.metas) : undefined,
      deadline: calls.clock.now() + (options.timeoutMs ?? callTimeoutMs),
    });
  }
}
