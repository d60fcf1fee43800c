import { createGame, NewGameError } from "create-m3game";
import { UsageError } from "../command.ts";

/** Makes a game in a folder of its own, and resolves with what to tell its owner. */
export async function newGame(name: string | undefined, parent: string): Promise<string> {
  if (name === undefined) throw new UsageError("what is the game called? Name it, such as my-game");
  try {
    return await createGame({ name, in: parent });
  } catch (error) {
    if (error instanceof NewGameError) throw new UsageError(error.message);
    throw error;
  }
}
