import { transNats } from "@m3game/trans-nats";
import { m3gameSubject } from "./m3game.ts";

export const subject = m3gameSubject(transNats, { section: ({ nats = "" }) => `URL = "${nats}"` });
