import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { CSMsg } from "../gen/m3/gate_pb.js";

type Handler = (content: Uint8Array) => void;

/** Hands out the pushes of a gate, each once. */
export class Pushes {
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #onError: (error: unknown) => void;
  /** The number of the last one that must be acknowledged. */
  #lastNumber = 0;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  on<D extends DescMessage>(schema: D, handler: (message: MessageShape<D>) => void): () => void {
    const handlers = this.#handlers.get(schema.typeName) ?? new Set();
    this.#handlers.set(schema.typeName, handlers);
    const run: Handler = (content) => handler(fromBinary(schema, content));
    handlers.add(run);
    return () => void handlers.delete(run);
  }

  /** True when it has a number, and came for the first time. */
  receive({ pushType, pushNumber, content }: CSMsg): boolean {
    if (pushNumber !== 0) {
      // Sent again, because the gate did not know that it had come.
      if (pushNumber <= this.#lastNumber) return false;
      this.#lastNumber = pushNumber;
    }
    for (const handler of this.#handlers.get(pushType) ?? []) {
      try {
        handler(content);
      } catch (error) {
        this.#onError(error);
      }
    }
    return pushNumber !== 0;
  }

  /** A new session counts anew. */
  restart(): void {
    this.#lastNumber = 0;
  }
}
