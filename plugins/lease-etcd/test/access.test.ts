import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { leaseEtcd } from "@m3game/lease-etcd";
import { createPluginContext, describeWithService, hasOpenssl, launchService, makeCertificates } from "@m3game/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startOwnership } from "./support/start-ownership.ts";

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

/** An etcd that wants the password of its user root. */
async function launchWithLogin(password: string) {
  const server = cleanup.use(await launchService("etcd"));
  const ask = async (path: string, body: object) => {
    const response = await fetch(`http://${server.address}/v3/auth/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  };
  await ask("user/add", { name: "root", password });
  await ask("role/add", { name: "root" });
  await ask("user/grant", { user: "root", role: "root" });
  await ask("enable", {});
  return server;
}

/** A TLS listener before a plain etcd. */
async function startTlsFront(etcd: string, { cert, key }: { readonly cert: string; readonly key: string }) {
  const options = { cert: await readFile(cert), key: await readFile(key), ALPNProtocols: ["h2"] };
  const server = createServer(options, (socket) => {
    const target = connect(Number(etcd.split(":")[1]), "127.0.0.1");
    for (const end of [socket, target]) end.on("error", () => {});
    socket.pipe(target).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.defer(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `127.0.0.1:${address.port}`;
}

/** Why the plugin does not start. */
async function refusal(config: Parameters<typeof leaseEtcd.config.parse>[0] & object): Promise<unknown> {
  const context = createPluginContext("e.w.f.1");
  try {
    cleanup.use(await leaseEtcd.create(leaseEtcd.config.parse({ DialTimeout: 2, ...config }), context));
  } catch (error) {
    return error;
  }
  throw new Error("it was let in");
}

describeWithService("etcd", "access to etcd", (etcd) => {
  test("with the right password it works, also after etcd forgot who is logged in", async () => {
    const server = await launchWithLogin("right-pw");
    const config = { Endpoints: server.address, Username: "root", Password: "right-pw", LeaseKeepLiveTime: 60 };
    const { ownership } = cleanup.use(await startOwnership("e.w.f.1", config));
    expect(await ownership.acquire("a")).toMatchObject({ status: "acquired" });
    await server.stop();
    await server.start();
    // The first request finds the connection broken.
    await ownership.acquire("b").catch(() => {});
    expect(await ownership.acquire("b")).toMatchObject({ status: "acquired" });
  });

  test("a wrong password, or none, is named as the cause and not shown", async () => {
    const server = await launchWithLogin("right-pw");
    const wrong = await refusal({ Endpoints: server.address, Username: "root", Password: "wrong-pw" });
    expect(String(wrong)).toContain("authentication failed");
    expect(String(wrong)).not.toContain("wrong-pw");
    expect(String(await refusal({ Endpoints: server.address }))).toContain("user name is empty");
  });

  test.runIf(hasOpenssl())("over TLS it works for who trusts the certificate, and for nobody else", async () => {
    const certificates = cleanup.use(await makeCertificates());
    const address = await startTlsFront(etcd, certificates);
    const Tls = { CaFile: certificates.ca };
    const { ownership } = cleanup.use(await startOwnership("tls.w.f.1", { Endpoints: address, Tls }));
    expect(await ownership.acquire("a")).toMatchObject({ status: "acquired" });
    expect(await refusal({ Endpoints: `https://${address}` })).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(await refusal({ Endpoints: address })).toMatchObject({ reason: "PLUGIN_FAILED" });
    const missing = await refusal({ Endpoints: address, Tls: { CaFile: `${certificates.ca}.no` } });
    expect(missing).toMatchObject({ reason: "CONFIG_INVALID" });
    expect(String(missing)).toContain("Tls.CaFile can't be read");
  });
});
