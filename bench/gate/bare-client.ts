import { once } from "node:events";
import { WebSocket } from "ws";
import type { Issue } from "../harness/subject.ts";
import { answerContent, callFrame, helloStart, loginFrame, pingFrame, requests } from "./frames.ts";

const encoder = new TextEncoder();

type OnMessage = (message: Uint8Array) => void;

/** A logged in client that has one call under way at a time and nothing besides. */
export class BareClient {
  readonly #socket: WebSocket;
  #sequence = 0;
  #onMessage: OnMessage | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (message: Buffer) => this.#onMessage?.(message));
  }

  static async open(url: string, playerId: string): Promise<BareClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, "open");
    const client = new BareClient(socket);
    const answered = new Promise<Uint8Array>((resolve) => client.receive(resolve));
    // The gates here take it for the player's id.
    socket.send(loginFrame(encoder.encode(playerId)));
    answerContent(await answered);
    return client;
  }

  call(request: Uint8Array, onAnswer: OnMessage): void {
    this.#onMessage = onAnswer;
    this.#socket.send(callFrame(helloStart, ++this.#sequence, request));
  }

  /** Hands whatever comes to `onMessage`. */
  receive(onMessage: OnMessage): void {
    this.#onMessage = onMessage;
  }

  ping(): void {
    this.#socket.send(pingFrame());
  }
}

const opening = 100;

/** Logs `count` players in, the first with the number `from`. */
export async function openClients(url: string, count: number, from = 0): Promise<BareClient[]> {
  const clients: BareClient[] = [];
  let next = from;
  const openNext = async () => {
    while (next < from + count) clients.push(await BareClient.open(url, `player-${next++}`));
  };
  await Promise.all(Array.from({ length: opening }, openNext));
  return clients;
}

/** Echo calls over all clients, one under way for each. Every answer is checked. */
export function echoCalls(clients: readonly BareClient[]): Issue {
  const free = [...clients];
  let next = 0;
  return (done) => {
    const client = free.pop();
    const request = requests[next++ % requests.length];
    if (client === undefined || request === undefined) return done(new Error("there are more calls than clients"));
    client.call(request, (answer) => {
      free.push(client);
      try {
        const isEcho = Buffer.compare(answerContent(answer), request) === 0;
        done(isEcho ? undefined : new Error("the answer is not the request"));
      } catch (error) {
        done(error);
      }
    });
  };
}

/** A message of `control` makes the server send one to all members; it is over when each has it. One at a time. */
export function fanOuts(control: BareClient, members: readonly BareClient[], request: Uint8Array): Issue {
  let onAll = () => {};
  let received = 0;
  const onPush = () => {
    if (++received === members.length) onAll();
  };
  for (const member of members) member.receive(onPush);
  return (done) => {
    received = 0;
    onAll = done;
    control.call(request, () => {});
  };
}

const pingMs = 20_000;
const slices = 100;

/** Has every client ping in turn, as often as one of ours does. */
export function keepAlive(clients: readonly BareClient[]): void {
  let slice = 0;
  setInterval(() => {
    for (let index = slice; index < clients.length; index += slices) clients[index]?.ping();
    slice = (slice + 1) % slices;
  }, pingMs / slices);
}
