import { echoMethod } from "@m3game/testing";
import { RouteType } from "m3game/internal";
import { FrameType, noTimeout } from "../../src/frame.ts";
import { rawFrame } from "./raw-peer.ts";

/** A request frame put together by hand, as another implementation would. `pairs` of metadata may be anything. */
export function rawRequest(
  stream: number,
  { flags = 0, method = echoMethod, timeoutMs = noTimeout, pairs = [] as [string, string][], payload = "" } = {},
): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt32BE(stream);
  fixed.writeUInt32BE(timeoutMs, 4);
  fixed[8] = RouteType.RANDOM;
  const metadata =
    pairs.length > 0 ? [u16(pairs.length), ...pairs.flatMap(([key, value]) => [text(key), text(value)])] : [];
  const body = Buffer.concat([fixed, text(method), ...metadata, Buffer.from(payload)]);
  return rawFrame(FrameType.REQUEST, body, flags | (pairs.length > 0 ? 2 : 0));
}

function u16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([u16(bytes.length), bytes]);
}
