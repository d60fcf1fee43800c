export { createGame, type NewGame, NewGameError } from "./create-game.ts";
