import { transTcp } from "@m3game/trans-tcp";
import { m3gameSubject } from "./m3game.ts";

export const subject = m3gameSubject(transTcp);
