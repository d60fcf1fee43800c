import type { DescMessage, DescService, MessageShape } from "@bufbuild/protobuf";
import type { ServiceClient } from "@m3game/client";

/** A player who is logged in, whatever its client speaks. */
export interface Player {
  readonly id: string;
  service<S extends DescService>(service: S): ServiceClient<S>;
  on<D extends DescMessage>(schema: D, handler: (message: MessageShape<D>) => void): () => void;
  close(): void;
}
