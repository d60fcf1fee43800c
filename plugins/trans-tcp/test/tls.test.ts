import { readFile } from "node:fs/promises";
import { type Certificates, makeCertificates } from "@m3game/testing";
import { transTcp } from "@m3game/trans-tcp";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { preface } from "../src/frame.ts";
import { helloFrame } from "./support/raw-peer.ts";
import { rawRequest } from "./support/raw-request.ts";
import { TcpFixture, type TcpServer } from "./support/tcp-fixture.ts";

interface Certificate {
  readonly CertFile: string;
  readonly KeyFile: string;
}

let certificates: Certificates[];
let app: Certificate;
let stranger: Certificate;
let CaFile: string;
let otherCaFile: string;
let fixture: TcpFixture;

const filesOf = ({ cert, key }: Certificates): Certificate => ({ CertFile: cert, KeyFile: key });

beforeAll(async () => {
  const [ours, others] = [await makeCertificates(), await makeCertificates()];
  certificates = [ours, others];
  [CaFile, otherCaFile] = [ours.ca, others.ca];
  [app, stranger] = [filesOf(ours), filesOf(others)];
});

afterAll(async () => {
  for (const made of certificates) await made[Symbol.asyncDispose]();
});

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
  const server = await fixture.server({ Tls: { ...app, CaFile } });
  await expectEcho(server, { Tls: { ...app, CaFile } });
});

test("with mutual TLS a caller of the right authority is served, another is refused", async () => {
  const server = await fixture.server({ Tls: { ...app, CaFile, RequireClientCert: true } });
  await expectEcho(server, { Tls: { ...app, CaFile } });
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
  await expectEcho(server, { Tls: { ...app, CaFile } });
});

test("a callee whose authority the caller does not trust is refused", async () => {
  const server = await fixture.server({ Tls: { ...app, CaFile } });
  for (const tls of [{ ...app, CaFile: otherCaFile }, app]) {
    const error = await refusal(server, { Tls: tls });
    expect(error).toMatchObject({ reason: "UNAUTHENTICATED_PEER", notExecuted: true });
    expect(error.message).toContain("the certificate was refused: ");
  }
  expect(server.host.calls.items).toEqual([]);
});

test("a certificate for another host is refused", async () => {
  const server = await fixture.server({ Host: "127.0.0.2", Tls: { ...app, CaFile } });
  const error = await refusal(server, { Tls: { ...app, CaFile } });
  expect(error).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
  expect(error.message).toContain("127.0.0.2");
});

test("TLS on one side only is refused with a hint, the listener goes on", async () => {
  const [secure, plain] = [await fixture.server({ Tls: { ...app, CaFile } }), await fixture.server()];
  for (const error of [await refusal(secure, {}), await refusal(plain, { Tls: { ...app, CaFile } })]) {
    expect(error).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(error.message).toMatch(/TLS|Tls|SSL/);
  }
  expect((await secure.context.waitForLine("TLS handshake failed")).level).toBe("warn");
  expect((await plain.context.waitForLine("connection closed")).fields).toMatchObject({
    reason: expect.stringContaining("speaks TLS, this port does not"),
  });
  await expectEcho(secure, { Tls: { ...app, CaFile } });
  await expectEcho(plain, {});
});

test("a secret works over TLS too", async () => {
  const Secret = "correct horse battery";
  const server = await fixture.server({ Secret, Tls: { ...app, CaFile } });
  await expectEcho(server, { Secret, Tls: { ...app, CaFile } });
  expect(await refusal(server, { Tls: { ...app, CaFile } })).toMatchObject({ reason: "UNAUTHENTICATED_PEER" });
});

test("a listener is closed although a caller never begins its TLS handshake", async () => {
  const server = await fixture.server({ Tls: { ...app, CaFile } });
  const silent = await fixture.stranger(server);
  const garbage = await fixture.stranger(server);
  garbage.socket.write(rawRequest(1));
  await server.context.waitForLine("TLS handshake failed");
  await server.trans[Symbol.asyncDispose]();
  await Promise.all([silent.closed, garbage.closed]);
});

test("a file that can't be read is named, a client check without authorities is refused", async () => {
  await expect(fixture.trans({ Tls: { ...app, KeyFile: "missing.key" } })).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    message: expect.stringContaining('Tls.KeyFile = "missing.key"'),
  });
  const parsed = transTcp.config.safeParse({ Tls: { ...app, RequireClientCert: true } });
  expect(parsed.error?.issues).toMatchObject([{ path: ["Tls", "CaFile"] }]);
});

test("files that hold no certificate are refused at the start", async () => {
  for (const Tls of [
    { ...app, CertFile: app.KeyFile },
    { ...app, KeyFile: app.CertFile },
    { ...app, KeyFile: stranger.KeyFile },
  ]) {
    await expect(fixture.trans({ Tls })).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  }
});
