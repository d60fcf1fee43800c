import { echo } from "@m3game/testing";
import fc from "fast-check";
import { isM3Error } from "m3game";
import { expect, test, vi } from "vitest";
import { FrameType, preface } from "../src/frame.ts";
import { FrameParser } from "../src/frame-parser.ts";
import { KnownNames } from "../src/known-names.ts";
import { readRequest } from "../src/request-frame.ts";
import { framesPerStream, fuzzFrames, mutatedFrames } from "./support/mutated-frames.ts";
import { openSockets } from "./support/open-sockets.ts";
import { helloFrame, RawPeer } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { TcpFixture } from "./support/tcp-fixture.ts";

// A long run: M3_FUZZ_RUNS=1000000 npx vitest run plugins/trans-tcp/test/fuzz.test.ts
const streams = Math.ceil(fuzzFrames / framesPerStream);
// The system keeps the port of a closed connection for a minute: more would use them up.
const connections = Math.min(streams, 20_000);
const timeoutMs = 60_000 + fuzzFrames;

test(
  `${fuzzFrames} valid, replayed, mutated and random frames are decoded or refused with an M3Error`,
  () => {
    const names = new KnownNames();
    fc.assert(
      fc.property(mutatedFrames, fc.array(fc.nat(), { maxLength: 5 }), (frames, cuts) => {
        const bytes = Buffer.concat(frames);
        const parser = new FrameParser(100_000, (type, flags, buffer, start, end) => {
          expect(end).toBeGreaterThanOrEqual(start);
          if (type !== FrameType.REQUEST) return;
          const { payload, method, timeoutMs } = readRequest(flags, buffer, start, end, names);
          expect(payload.length + method.length).toBeLessThanOrEqual(end - start);
          expect(timeoutMs).toBeGreaterThanOrEqual(0);
        });
        const marks = [0, ...cuts.map((at) => at % bytes.length).sort((a, b) => a - b), bytes.length];
        try {
          for (const [index, end] of marks.slice(1).entries()) parser.push(bytes.subarray(marks[index], end));
        } catch (error) {
          expect(["PROTOCOL", "METADATA_INVALID"]).toContain(isM3Error(error) ? error.reason : error);
        }
      }),
      { numRuns: streams },
    );
  },
  timeoutMs,
);

test(
  `a listener survives ${connections} connections of such frames, unharmed and without a leak`,
  async () => {
    await using fixture = new TcpFixture();
    // A connection that leaked would soon keep others out.
    const server = await fixture.server({ MaxConnections: 20, MaxMessageBytes: 4096, MaxInFlight: 10 });
    const open = new Set<unknown>();
    server.host.answer = (call) => {
      // Some calls stay open until their connection ends.
      if (call.notify || call.payload.length % 2 === 0) return echo(call);
      open.add(call);
      call.onCancel = () => open.delete(call);
    };
    const other = await fixture.peer(server);
    let round = 0;
    await fc.assert(
      fc.asyncProperty(mutatedFrames, fc.boolean(), async (frames, greets) => {
        const peer = await RawPeer.connect(server.listener.endpoint);
        const greeting = greets ? Buffer.concat([preface, helloFrame()]) : Buffer.alloc(0);
        peer.socket.end(Buffer.concat([greeting, ...frames]));
        await peer.closed;
        const goaway = peer.frames.items.findIndex(({ type }) => type === FrameType.GOAWAY);
        // Whoever breaks the protocol is told so, last of all.
        if (goaway >= 0) expect(goaway).toBe(peer.frames.items.length - 1);
        if (++round % 20 === 0) await expectServed(other, round * 2);
      }),
      { numRuns: connections },
    );
    await expectServed(other, 1);
    await vi.waitFor(() => expect(openSockets()).toBe(2), { timeout: 20_000 });
    expect(open.size).toBe(0);
    const messages = new Set(server.context.lines.map(({ message }) => message));
    expect(["connection closed", "one-way call refused"]).toEqual(expect.arrayContaining([...messages]));
  },
  timeoutMs,
);

async function expectServed(peer: RawPeer, stream: number): Promise<void> {
  peer.socket.write(rawRequest(stream, { payload: "ab" }));
  expect((await peer.responseTo(stream)).toString()).toBe("ab");
}
