import type { ClientState, GameClient } from "@m3game/client";
import { type PlayerData, PlayerSer } from "../gen/player_pb.js";
import { element } from "./elements.ts";

/** Shows what went wrong, or anything else that the player should read. */
export function say(what: unknown): void {
  element("status", HTMLElement).textContent = what instanceof Error ? what.message : String(what);
}

/** Shows the game of a player who is logged in. Resolves once all of it is there. */
export async function play(client: GameClient): Promise<void> {
  const calls = client.service(PlayerSer);
  const enter = () => update(calls.enter({}));

  element("dig", HTMLButtonElement).addEventListener("click", () => update(calls.dig({})));
  client.onState((now) => {
    say(describe(now));
    // What happened meanwhile is not known: the session is a new one.
    if (now.state === "online" && !now.resumed) void enter();
  });
  element("game", HTMLElement).hidden = false;
  await enter();
}

/** Shows the player that a call answers with, or why there is none. */
async function update(call: Promise<{ readonly player?: PlayerData | undefined }>): Promise<void> {
  try {
    const { player } = await call;
    say("");
    element("gold", HTMLOutputElement).value = String(player?.gold ?? 0);
  } catch (error) {
    say(error);
  }
}

function describe(now: ClientState): string {
  switch (now.state) {
    case "connecting":
      return "Connecting …";
    case "offline":
      return `Connecting again: ${now.error.message}`;
    case "closed":
      return now.error?.message ?? "";
    case "online":
      return "";
  }
}
