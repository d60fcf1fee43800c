import { actor } from "m3game";
import { PlayerSer } from "../gen/player_pb.js";
import { Player } from "./player.ts";

/** The calls of one player run one at a time, those of different players concurrently. */
export const playerSer = actor(PlayerSer, Player, {
  enter: (self) => ({ player: self.data }),
  dig(self) {
    self.dig();
    return { player: self.data };
  },
});
