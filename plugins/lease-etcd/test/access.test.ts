import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, PassThrough, Transform } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { EtcdClient, EtcdRenewer, readAccess } from "@m3game/etcd-client";
import { KV, Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import { leaseEtcd } from "@m3game/lease-etcd";
import { createPluginContext, describeWithService, hasOpenssl, launchService, makeCertificates } from "@m3game/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { SessionWatch } from "../src/session-watch.ts";
import { startOwnership } from "./support/start-ownership.ts";

let cleanup: AsyncDisposableStack;

beforeEach(() => {
  cleanup = new AsyncDisposableStack();
});

afterEach(() => cleanup.disposeAsync());

/** An etcd that wants the password of its user root. `ask` is for its operator. */
async function launchWithLogin(password: string, args: readonly string[] = []) {
  const server = cleanup.use(await launchService("etcd", { args }));
  let token = "";
  const ask = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`http://${server.address}/v3/auth/${path}`, {
      method: "POST",
      headers: token === "" ? {} : { authorization: token },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  await ask("user/add", { name: "root", password });
  await ask("role/add", { name: "root" });
  await ask("user/grant", { user: "root", role: "root" });
  await ask("enable", {});
  /** One that may read and write the keys of m3game. */
  const addUser = async (name: string) => {
    ({ token } = tokenAnswer.parse(await ask("authenticate", { name: "root", password })));
    await ask("user/add", { name, password });
    await ask("role/add", { name });
    const perm = { permType: "READWRITE", key: btoa("/m3/"), range_end: btoa("/m30") };
    await ask("role/grant", { name, perm });
    await ask("user/grant", { user: name, role: name });
  };
  return Object.assign(server, { addUser });
}

const tokenAnswer = z.object({ token: z.string() });

/** Has etcd give signed tokens, which are good until somebody changes users or roles. */
async function signedTokens(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-etcd-tokens-"));
  cleanup.defer(() => rm(folder, { recursive: true }));
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const [open, secret] = [join(folder, "public.pem"), join(folder, "private.pem")];
  await writeFile(open, publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(secret, privateKey.export({ type: "pkcs8", format: "pem" }));
  return ["--auth-token", `jwt,pub-key=${open},priv-key=${secret},sign-method=RS256,ttl=10m`];
}

/** A TLS listener before a plain etcd. */
async function startTlsFront(etcd: string, { cert, key }: { readonly cert: string; readonly key: string }) {
  const options = { cert: await readFile(cert), key: await readFile(key), ALPNProtocols: ["h2"] };
  return listen(createTlsServer(options, (socket) => relay(socket, etcd, new PassThrough())));
}

/** A relay before an etcd that keeps back its answers, from the first one on, until `release`. `asked` resolves when that is there. */
async function startHoldingFront(etcd: string) {
  const { promise: asked, resolve: answered } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const hold = () =>
    new Transform({
      async transform(chunk: Buffer, _encoding, done) {
        if (isAnswer(chunk)) {
          answered();
          await released;
        }
        done(null, chunk);
      },
    });
  const address = await listen(createServer((socket) => relay(socket, etcd, hold())));
  return { address, asked, release };
}

/** True for what holds a HEADERS frame of HTTP/2: before it etcd says only how it wants to be spoken to. */
function isAnswer(chunk: Buffer): boolean {
  for (let at = 0; at + 9 <= chunk.length; at += 9 + chunk.readUIntBE(at, 3)) if (chunk[at + 3] === 1) return true;
  return false;
}

function relay(socket: Socket, etcd: string, answers: Duplex): void {
  const target = connect(Number(etcd.split(":")[1]), "127.0.0.1");
  for (const end of [socket, target]) end.on("error", () => {});
  socket.pipe(target).pipe(answers).pipe(socket);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.defer(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `127.0.0.1:${address.port}`;
}

/** How many calls of a method an etcd has seen. */
async function callsOf(etcd: string, method: "Authenticate" | "LeaseKeepAlive"): Promise<number> {
  const metrics = await (await fetch(`http://${etcd}/metrics`)).text();
  const match = new RegExp(`^grpc_server_started_total\\{grpc_method="${method}",.*\\} (\\d+)$`, "m").exec(metrics);
  return Number(match?.[1] ?? 0);
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

  test("rights for the keys below /m3/ are enough", async () => {
    const server = await launchWithLogin("right-pw");
    await server.addUser("apps");
    const login = { Username: "apps", Password: "right-pw", DialTimeout: 30 };
    const config = { Endpoints: server.address, ...login, LeaseKeepLiveTime: 60 };
    const { ownership } = cleanup.use(await startOwnership("e.w.f.1", config));
    const { ownership: other } = cleanup.use(await startOwnership("e.w.f.2", config));
    const result = await ownership.acquire("a");
    if (result.status !== "acquired") throw new Error("it is taken");
    expect(await other.acquire("a")).toMatchObject({ status: "taken" });
    await result.claim.transfer("e.w.f.2");
    expect(await other.acquire("a")).toMatchObject({ status: "acquired" });
  });

  test("a signed token that is old, since users have changed, is replaced by one login for all requests", async () => {
    const server = await launchWithLogin("right-pw", await signedTokens());
    const config = { Endpoints: server.address, Username: "root", Password: "right-pw", DialTimeout: 60 };
    using client = new EtcdClient(await readAccess(leaseEtcd.config.parse(config), "lease_etcd"));
    const read = () => client.ask(KV.method.range, { key: Uint8Array.of(1) });
    await read();
    await server.addUser("june");
    const before = await callsOf(server.address, "Authenticate");
    await Promise.all(Array.from({ length: 20 }, read));
    expect(await callsOf(server.address, "Authenticate")).toBe(before + 1);
  });

  test("a session is watched again once its old token has been replaced", async () => {
    const server = await launchWithLogin("right-pw", await signedTokens());
    const config = { Endpoints: server.address, Username: "root", Password: "right-pw", DialTimeout: 60 };
    using client = new EtcdClient(await readAccess(leaseEtcd.config.parse(config), "lease_etcd"));
    const key = new TextEncoder().encode("session");
    const { header } = await client.ask(KV.method.put, { key });
    await server.addUser("june");
    const { clock, log, waitForLine } = createPluginContext("e.w.f.1");
    using watch = new SessionWatch({ client, clock, log, key, revision: (header?.revision ?? 0n) + 1n });
    const { promise: deleted, resolve } = Promise.withResolvers<void>();
    watch.start(resolve);
    await waitForLine("the watch on this app's session broke; opening it anew");
    await client.ask(KV.method.deleteRange, { key });
    await deleted;
  });

  test("a renewal that is given up while it logs in leaves no stream open", async () => {
    const server = await launchWithLogin("right-pw");
    const login = { Username: "root", Password: "right-pw", DialTimeout: 60 };
    const direct = await readAccess(leaseEtcd.config.parse({ Endpoints: server.address, ...login }), "lease_etcd");
    using client = new EtcdClient(direct);
    const { id } = await client.ask(Lease.method.leaseGrant, { ttl: 60n });

    const front = await startHoldingFront(server.address);
    const held = await readAccess(leaseEtcd.config.parse({ Endpoints: front.address, ...login }), "lease_etcd");
    await using renewer = new EtcdRenewer(held, id);
    const givenUp = new AbortController();
    const renewal = renewer.renew(givenUp.signal);
    await front.asked;
    givenUp.abort(new Error("given up"));
    await expect(renewal).rejects.toThrow("given up");
    front.release();
    // It waits for the same login, so it gets its stream after the one that nobody wants any more would have got its own.
    expect(await renewer.renew(new AbortController().signal)).toBeGreaterThan(0);
    expect(await callsOf(server.address, "LeaseKeepAlive")).toBe(1);
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
