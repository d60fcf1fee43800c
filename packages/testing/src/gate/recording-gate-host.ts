import type { GateConnection, GateHost, GateReceiver } from "m3game";
import { Received } from "../received.ts";

/** A connection as the host has it. */
export class HostConnection implements GateReceiver {
  readonly connection: GateConnection;
  readonly messages = new Received<Uint8Array>();
  readonly closed = Promise.withResolvers<void>();
  closes = 0;

  constructor(connection: GateConnection) {
    this.connection = connection;
  }

  onMessage(message: Uint8Array): void {
    // What the gate hands over may be used by it again.
    this.messages.listener(new Uint8Array(message));
  }

  onClose(): void {
    this.closes++;
    this.closed.resolve();
  }
}

/** Takes every connection, or none. */
export class RecordingGateHost implements GateHost {
  readonly connections = new Received<HostConnection>();
  refusal: Error | undefined;

  accept(connection: GateConnection): GateReceiver {
    if (this.refusal !== undefined) throw this.refusal;
    const accepted = new HostConnection(connection);
    this.connections.listener(accepted);
    return accepted;
  }
}
