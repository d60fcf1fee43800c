import { type Client, Room, Server } from "@colyseus/core";
import { Client as GameClient } from "@colyseus/sdk";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { findFreePort } from "@m3game/testing/services";
import { counts } from "../gate/sessions.ts";
import type { Issue, Subject } from "../harness/subject.ts";
import { echoProblem, textSource } from "../rpc/message.ts";

const messageType = "hello";
const joining = 50;

class EchoRoom extends Room {
  override onCreate(): void {
    this.onMessage(messageType, (client: Client, text: string) => client.send(messageType, text));
  }
}

/** Sends a text and waits for it to come back. */
interface Player {
  send(text: string): void;
  onAnswer: (text: string) => void;
}

export const subject: Subject = {
  async serve() {
    const server = new Server({
      transport: new WebSocketTransport({ perMessageDeflate: false }),
      greet: false,
      gracefullyShutdown: false,
    });
    server.define("echo", EchoRoom);
    const port = await findFreePort();
    await server.listen(port, "127.0.0.1");
    return { url: `ws://127.0.0.1:${port}` };
  },

  async connect({ url }) {
    const client = new GameClient(String(url));
    const { roomId } = await client.create("echo");
    const players: Player[] = [];
    let next = 0;
    const join = async () => {
      while (next++ < counts.echo) {
        const room = await client.joinById(roomId);
        const player: Player = { send: (text) => room.send(messageType, text), onAnswer: () => {} };
        room.onMessage(messageType, (text: string) => player.onAnswer(text));
        players.push(player);
      }
    };
    await Promise.all(Array.from({ length: joining }, join));
    return roomCalls(players);
  },
};

function roomCalls(players: readonly Player[]): Issue {
  const free = [...players];
  const nextText = textSource();
  return (done) => {
    const player = free.pop();
    if (player === undefined) return done(new Error("there are more calls than players"));
    const text = nextText();
    player.onAnswer = (received) => {
      free.push(player);
      done(echoProblem(text, received));
    };
    player.send(text);
  };
}
