/** What a transport tells of its connection. */
export interface TransportEvents {
  /** Messages can be sent; once. */
  onOpen(): void;
  /** One message of the gate, in the order they came. */
  onMessage(message: Uint8Array): void;
  /** It is over, or could not be had; once. `code`: the gRPC code of the gate's reason, 0 when there was none. */
  onClose(code: number, reason: string): void;
}

/** One connection of a transport, or the attempt to have it. */
export interface TransportConnection {
  /** Sends one message; nothing happens unless it is open. */
  send(message: Uint8Array): void;
  /** Ends it. `onClose` need not follow. */
  close(): void;
}

/** Carries the messages of a client to its gate. */
export type Transport = (url: string, events: TransportEvents) => TransportConnection;

const firstGateCode = 4000;
const lastGateCode = 4016;

/** Connects by the WebSocket of the browser, or of Node. */
export const webSocketTransport: Transport = (url, events) => {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => events.onOpen();
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) events.onMessage(new Uint8Array(data));
  };
  socket.onclose = ({ code, reason }) => {
    events.onClose(code > firstGateCode && code <= lastGateCode ? code - firstGateCode : 0, reason);
  };
  return {
    send(message) {
      if (socket.readyState === socket.OPEN) socket.send(new Uint8Array(message));
    },
    close() {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
};
