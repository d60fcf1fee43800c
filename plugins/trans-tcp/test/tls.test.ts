import { readFile } from "node:fs/promises";
import { transTcp } from "@m3game/trans-tcp";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { preface } from "../src/frame.ts";
import { type Certificate, Certificates } from "./support/certificates.ts";
import { helloFrame } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { TcpFixture, type TcpServer } from "./support/tcp-fixture.ts";

let certificates: Certificates;
let callee: Certificate;
let caller: Certificate;
let stranger: Certificate;
let CaFile: string;
let otherCaFile: string;
let fixture: TcpFixture;

beforeAll(async () => {
  certificates = await Certificates.create();
  const [authority, other] = [await certificates.authority("authority"), await certificates.authority("other")];
  [CaFile, otherCaFile] = [authority.CertFile, other.CertFile];
  callee = await certificates.signed("callee", authority);
  caller = await certificates.signed("caller", authority);
  stranger = await certificates.signed("stranger", other);
});

afterAll(() => certificates[Symbol.asyncDispose]());

beforeEach(() => {
  fixture = new TcpFixture();
});

afterEach(() => fixture[Symbol.asyncDispose]());

async function expectEcho({ listener }: TcpServer, section: object): Promise<void> {
  const link = await fixture.link(listener.endpoint, section);
  const calls = Array.from({ length: 20 }, (_, index) => link.send({ payload: Buffer.alloc(index * 10_000, index) }));
  for (const [index, call] of calls.entries()) {
    expect(Buffer.compare(await call.answer(), Buffer.alloc(index * 10_000, index))).toBe(0);
  }
}

/** What a call over a link to this server fails with. */
async function refusal({ listener }: TcpServer, section: object) {
  const link = await fixture.link(listener.endpoint, section);
  return link.send().error();
}

test("calls go over TLS", async () => {
  const server = await fixture.server({ Tls: { ...callee, CaFile } });
  await expectEcho(server, { Tls: { ...caller, CaFile } });
});

test("with mutual TLS a caller of the right authority is served, another is refused", async () => {
  const server = await fixture.server({ Tls: { ...callee, CaFile, RequireClientCert: true } });
  await expectEcho(server, { Tls: { ...caller, CaFile } });
  const error = await refusal(server, { Tls: { ...stranger, CaFile } });
  expect(error).toMatchObject({ reason: "UNAUTHENTICATED_PEER", notExecuted: true });
  expect(error.message).toContain("the certificate was refused: ");
  expect((await server.context.waitForLine("connection closed")).fields).toMatchObject({
    reason: expect.stringContaining("the certificate was refused"),
  });
  const naked = await fixture.tlsPeer(server, { ca: await readFile(CaFile) });
  naked.socket.write(Buffer.concat([preface, helloFrame(), rawRequest(1)]));
  expect(await naked.goaway()).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
  await naked.closed;
  expect(server.host.calls.items).toHaveLength(20);
  await expectEcho(server, { Tls: { ...caller, CaFile } });
});

test("a callee whose authority the caller does not trust is refused", async () => {
  const server = await fixture.server({ Tls: { ...callee, CaFile } });
  for (const tls of [{ ...caller, CaFile: otherCaFile }, caller]) {
    const error = await refusal(server, { Tls: tls });
    expect(error).toMatchObject({ reason: "UNAUTHENTICATED_PEER", notExecuted: true });
    expect(error.message).toContain("the certificate was refused: ");
  }
  expect(server.host.calls.items).toEqual([]);
});

test("a certificate for another host is refused", async () => {
  const server = await fixture.server({ Host: "127.0.0.2", Tls: { ...callee, CaFile } });
  const error = await refusal(server, { Tls: { ...caller, CaFile } });
  expect(error).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
  expect(error.message).toContain("127.0.0.2");
});

test("TLS on one side only is refused with a hint, the listener goes on", async () => {
  const [secure, plain] = [await fixture.server({ Tls: { ...callee, CaFile } }), await fixture.server()];
  for (const error of [await refusal(secure, {}), await refusal(plain, { Tls: { ...caller, CaFile } })]) {
    expect(error).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(error.message).toMatch(/TLS|Tls|SSL/);
  }
  expect((await secure.context.waitForLine("TLS handshake failed")).level).toBe("warn");
  expect((await plain.context.waitForLine("connection closed")).fields).toMatchObject({
    reason: expect.stringContaining("speaks TLS, this port does not"),
  });
  await expectEcho(secure, { Tls: { ...caller, CaFile } });
  await expectEcho(plain, {});
});

test("a secret works over TLS too", async () => {
  const Secret = "correct horse battery";
  const server = await fixture.server({ Secret, Tls: { ...callee, CaFile } });
  await expectEcho(server, { Secret, Tls: { ...caller, CaFile } });
  expect(await refusal(server, { Tls: { ...caller, CaFile } })).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
});

test("a listener is closed although a caller never begins its TLS handshake", async () => {
  const server = await fixture.server({ Tls: { ...callee, CaFile } });
  const silent = await fixture.stranger(server);
  const garbage = await fixture.stranger(server);
  garbage.socket.write(rawRequest(1));
  await server.context.waitForLine("TLS handshake failed");
  await server.trans[Symbol.asyncDispose]();
  await Promise.all([silent.closed, garbage.closed]);
});

test("a file that can't be read is named, a client check without authorities is refused", async () => {
  await expect(fixture.trans({ Tls: { ...callee, KeyFile: "missing.key" } })).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    message: expect.stringContaining('Tls.KeyFile = "missing.key"'),
  });
  const parsed = transTcp.config.safeParse({ Tls: { ...callee, RequireClientCert: true } });
  expect(parsed.error?.issues).toMatchObject([{ path: ["Tls", "CaFile"] }]);
});

test("files that hold no certificate are refused at the start", async () => {
  for (const Tls of [
    { ...callee, CertFile: callee.KeyFile },
    { ...callee, KeyFile: callee.CertFile },
    { ...callee, KeyFile: caller.KeyFile },
  ]) {
    await expect(fixture.trans({ Tls })).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  }
});
