import { type Certificates, hasOpenssl, makeCertificates } from "@m3game/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { linkTo, startServer, startTrans, type TestServer } from "./support/http2-trans.ts";

describe.skipIf(!hasOpenssl())("TLS (needs the openssl command)", () => {
  let ours: Certificates;
  let others: Certificates;
  let cleanup: AsyncDisposableStack;

  beforeAll(async () => {
    ours = await makeCertificates();
    others = await makeCertificates();
  });

  afterAll(async () => {
    await ours[Symbol.asyncDispose]();
    await others[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    cleanup = new AsyncDisposableStack();
  });

  afterEach(() => cleanup.disposeAsync());

  const tls = ({ cert, key, ca }: Certificates, trusted = ca) => ({ CertFile: cert, KeyFile: key, CaFile: trusted });

  async function listen(section: object): Promise<TestServer> {
    return cleanup.use(await startServer({ section }));
  }

  async function link(server: TestServer, section: object) {
    return linkTo(server, cleanup.use(await startTrans(section)));
  }

  test("calls go over TLS when both sides have it", async () => {
    const server = await listen({ Tls: tls(ours) });
    const connected = await link(server, { Tls: tls(ours) });
    expect(await connected.send({ payload: new Uint8Array(9) }).answer()).toHaveLength(9);
  });

  test("a caller that does not trust the authority gets no connection", async () => {
    const server = await listen({ Tls: tls(ours) });
    const error = await (await link(server, { Tls: tls(others) })).send().error();
    expect(error).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(error.message).toMatch(/certificate/);
    expect(server.host.calls.items).toEqual([]);
  });

  test("a certificate for another address is refused", async () => {
    await using elsewhere = await makeCertificates("127.0.0.2");
    const server = await listen({ Tls: tls(elsewhere) });
    const error = await (await link(server, { Tls: tls(elsewhere) })).send().error();
    expect(error).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(error.message).toContain("127.0.0.2");
  });

  test("plain text and TLS don't mix, and the listener survives it", async () => {
    const secure = await listen({ Tls: tls(ours) });
    const plain = await listen({});
    expect(await (await link(secure, {})).send().error()).toMatchObject({ reason: "NO_CONNECTION" });
    expect(await (await link(plain, { Tls: tls(ours) })).send().error()).toMatchObject({ reason: "NO_CONNECTION" });
    await (await link(secure, { Tls: tls(ours) })).send().answer();
    await (await link(plain, {})).send().answer();
    expect([secure.host.calls.items.length, plain.host.calls.items.length]).toEqual([1, 1]);
  });

  test("with RequireClientCert only callers with a certificate of the authority come in", async () => {
    const server = await listen({ Tls: { ...tls(ours), RequireClientCert: true } });
    await (await link(server, { Tls: tls(ours) })).send().answer();
    const stranger = await link(server, { Tls: tls(others, ours.ca) });
    expect(await stranger.send().error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(server.host.calls.items).toHaveLength(1);
  });

  test("without RequireClientCert callers need no certificate of the authority", async () => {
    const server = await listen({ Tls: tls(ours) });
    await (await link(server, { Tls: tls(others, ours.ca) })).send().answer();
  });

  test("a file that can't be read or used stops the start and is named", async () => {
    const { CertFile, KeyFile, CaFile } = tls(ours);
    const start = (Tls: { CertFile: string; KeyFile: string; CaFile?: string }) => startTrans({ Tls });
    const missing = `${CertFile}.missing`;
    await expect(start({ CertFile: missing, KeyFile })).rejects.toThrow(/Tls\.CertFile.*\.missing/);
    await expect(start({ CertFile, KeyFile, CaFile: missing })).rejects.toThrow(/Tls\.CaFile.*\.missing/);
    await expect(start({ CertFile, KeyFile: others.key })).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    await expect(start({ CertFile: KeyFile, KeyFile, CaFile })).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  });
});
