const played = ["GetInfo -> June, Junior", "LvUp -> 2", "ModifyName -> Mike", "GetInfo -> Mike, Junior"];

/** What modes print for a player who has never played before, where that does not depend on what others do. */
export const modeLines: Readonly<Record<string, readonly string[]>> = {
  Hello: ["Hello -> Hello , June"],
  Trace: ["TraceHello -> TraceHello , June"],
  ActorCommon: [
    ...["Login -> June, level 1", ...played],
    ...["waiting until nobody has called for a while", "push -> Exited"],
  ],
  ActorMove: [
    ...["at example.world1.actor.2", "Login -> June, level 1", ...played],
    ...["at example.world1.actor.1", "Login -> Mike, level 2", "GetInfo -> Mike, Junior", "LvUp -> 3"],
    ...["ModifyName -> Mike", "GetInfo -> Mike, Junior"],
  ],
};
