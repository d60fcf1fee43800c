import { transHttp2 } from "@m3game/trans-http2";
import { m3gameSubject } from "./m3game.ts";

export const subject = m3gameSubject(transHttp2);
