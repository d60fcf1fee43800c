import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { gateWs } from "@m3game/gate-ws";
import {
  type Certificates,
  decodeGateMessage,
  gateAppStarter,
  gateHello,
  hasOpenssl,
  makeCertificates,
} from "@m3game/testing";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connectWs } from "./support/ws-client.ts";

const startGateApp = gateAppStarter(gateWs);

describe.skipIf(!hasOpenssl())("WebSocket gate with TLS (needs the openssl command)", () => {
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

  async function expectLogin(endpoint: string): Promise<void> {
    const socket = await connectWs(`wss://${endpoint}/`, { ca: await readFile(ours.ca) });
    onTestFinished(() => socket.terminate());
    socket.send(gateHello("june"));
    const [answer] = await once(socket, "message");
    expect(decodeGateMessage(answer).welcome?.resumed).toBe(false);
  }

  test("players log in over wss", async () => {
    const { app, endpoint } = await startTls(ours.cert, ours.key);
    expect(app.endpoints.map(({ scheme }) => scheme)).toContain("wss");
    await expectLogin(endpoint);
  });

  test("who does not trust the authority, or comes without TLS, gets no connection, and the gate goes on", async () => {
    const { endpoint } = await startTls(ours.cert, ours.key);
    const ca = await readFile(others.ca);
    await expect(connectWs(`wss://${endpoint}/`, { ca })).rejects.toThrow(/certificate/);
    await expect(connectWs(`ws://${endpoint}/`)).rejects.toThrow();
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
