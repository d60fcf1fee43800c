import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { FaultProxy } from "./fault-proxy.ts";

/** A server that sends back what it gets and shows it, behind a proxy, and a connection to it. */
async function startEcho() {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received.push(String(chunk));
      socket.write(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const proxy = await FaultProxy.start(`127.0.0.1:${address.port}`);
  onTestFinished(async () => {
    await proxy[Symbol.asyncDispose]();
    server.close();
  });
  return { proxy, received, client: await open(proxy) };
}

async function open(proxy: FaultProxy): Promise<Socket> {
  const [host, port] = proxy.address.split(":");
  const client = connect(Number(port), host);
  client.on("error", () => {});
  await once(client, "connect");
  return client;
}

async function ask(client: Socket, text: string): Promise<string> {
  client.write(text);
  const [answer] = await once(client, "data");
  return String(answer);
}

test("what was held back arrives once it is healed", async () => {
  const { proxy, received, client } = await startEcho();
  expect(await ask(client, "one")).toBe("one");
  proxy.cut();
  client.write("two");
  const other = await open(proxy);
  other.write("three");
  expect(received).toEqual(["one"]);
  const answers = Promise.all([client, other].map((socket) => once(socket, "data")));
  proxy.heal();
  expect((await answers).map(([answer]) => String(answer))).toEqual(["two", "three"]);
});

test("requests arrive while answers are lost with their connection", async () => {
  const { proxy, received, client } = await startEcho();
  await ask(client, "one");
  proxy.cutAnswers();
  let answers = 0;
  client.on("data", () => answers++);
  client.write("two");
  await expect.poll(() => received).toEqual(["one", "two"]);
  const closed = new Promise((resolve) => client.once("close", resolve));
  proxy.reset();
  await closed;
  expect(answers).toBe(0);
  expect(await ask(await open(proxy), "three")).toBe("three");
});
