export type { CallOptions } from "./calls.ts";
export type { ConnectOptions } from "./client-options.ts";
export type { ClientState } from "./client-state.ts";
export { connect } from "./connect.ts";
export type { GameClient, ServiceClient } from "./game-client.ts";
export { GateError, type GateErrorOptions } from "./gate-error.ts";
export { type Transport, type TransportConnection, type TransportEvents, webSocketTransport } from "./transport.ts";
