import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { credentials, type ServiceError, status } from "@grpc/grpc-js";
import { gateGrpc } from "@m3game/gate-grpc";
import {
  type Certificates,
  decodeGateMessage,
  gateAppStarter,
  gateHello,
  hasOpenssl,
  makeCertificates,
} from "@m3game/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openStream } from "./support/grpc-client.ts";

const startGateApp = gateAppStarter(gateGrpc);

describe.skipIf(!hasOpenssl())("gRPC gate with TLS (needs the openssl command)", () => {
  let ours: Certificates;
  let others: Certificates;

  beforeAll(async () => {
    [ours, others] = [await makeCertificates(), await makeCertificates()];
  });

  afterAll(async () => {
    for (const made of [ours, others]) await made[Symbol.asyncDispose]();
  });

  const startTls = (CertFile: string, KeyFile: string) =>
    startGateApp(`Tls = { CertFile = "${CertFile}", KeyFile = "${KeyFile}" }`);

  /** A stream of a client that trusts this authority; without one, a client that speaks plain text. */
  async function openAs(endpoint: string, authority: string | undefined) {
    const ca = authority === undefined ? undefined : await readFile(authority);
    const { client, stream } = openStream(endpoint, ca && credentials.createSsl(ca));
    onTestFinished(() => client.close());
    stream.on("error", () => {});
    stream.write(gateHello("june"));
    return stream;
  }

  async function expectLogin(endpoint: string): Promise<void> {
    const [answer] = await once(await openAs(endpoint, ours.ca), "data");
    expect(decodeGateMessage(answer).welcome?.resumed).toBe(false);
  }

  async function refusal(endpoint: string, authority: string | undefined): Promise<ServiceError> {
    const stream = await openAs(endpoint, authority);
    return new Promise((resolve) => {
      stream.on("status", resolve);
      stream.resume();
    });
  }

  test("players log in over TLS", async () => {
    const { endpoint } = await startTls(ours.cert, ours.key);
    await expectLogin(endpoint);
  });

  test("who does not trust the authority, or comes without TLS, gets no connection, and the gate goes on", async () => {
    const { endpoint } = await startTls(ours.cert, ours.key);
    const distrusted = await refusal(endpoint, others.ca);
    expect(distrusted).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining("certificate") });
    expect((await refusal(endpoint, undefined)).code).toBe(status.UNAVAILABLE);
    await expectLogin(endpoint);
  });

  test("a file that can't be read or used stops the start and is named", async () => {
    const missing = `${ours.cert}.missing`;
    await expect(startTls(missing, ours.key)).rejects.toThrow(/Tls\.CertFile.*\.missing/);
    await expect(startTls(ours.cert, missing)).rejects.toThrow(/Tls\.KeyFile.*\.missing/);
    await expect(startTls(ours.cert, others.key)).rejects.toThrow(others.key);
    await expect(startTls(ours.key, ours.key)).rejects.toThrow(ours.key);
  });
});
