import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
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

  const startTls = (CertFile: string, KeyFile: string, section = "") =>
    startGateApp(`Tls = { CertFile = "${CertFile}", KeyFile = "${KeyFile}" }\n${section}`);

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

  test.each([
    ["says no more", 0],
    ["takes for ever to write it", 20],
  ])("a client that begins its TLS handshake and %s is cut off", async (_what, writesEachMs) => {
    const { endpoint } = await startTls(ours.cert, ours.key, "HandshakeTimeOut = 0.2");
    const [host, port] = endpoint.split(":");
    const socket = connect(Number(port), host);
    socket.on("error", () => {});
    // The heads of a record and of a ClientHello that fills it: 4096 bytes are to follow.
    socket.write(Buffer.from("160301100001000ffc", "hex"));
    if (writesEachMs > 0) {
      const dripping = setInterval(() => socket.write("a"), writesEachMs);
      onTestFinished(() => clearInterval(dripping));
    }
    socket.resume();
    await new Promise<void>((resolve) => socket.on("close", () => resolve()));
  });

  test("a file that can't be read or used stops the start and is named", async () => {
    const missing = `${ours.cert}.missing`;
    await expect(startTls(missing, ours.key)).rejects.toThrow(/Tls\.CertFile.*\.missing/);
    await expect(startTls(ours.cert, missing)).rejects.toThrow(/Tls\.KeyFile.*\.missing/);
    await expect(startTls(ours.cert, others.key)).rejects.toThrow(others.key);
    await expect(startTls(ours.key, ours.key)).rejects.toThrow(ours.key);
  });
});
