import { withContainer } from "./container.ts";

export interface Servers {
  readonly consul: string;
  readonly nats: string;
  readonly etcd: string;
  readonly redis: string;
}

/** Runs an app of the image as an engine would, asks for its health, and stops it. Rejects when something is not as it should be. */
export async function runApp(image: string, servers: Servers, tell: (line: string) => void): Promise<void> {
  const id = `demo.image${process.pid}.clubrole.1`;
  const args = ["run", "demo/clubroleapp/app.ts", "-idstr", id, "-conf", "demo/config/clubroleapp.toml"];
  await withContainer(image, variablesFor(servers), (app) =>
    app.run(args, async (running) => {
      const [, endpoint = ""] = await running.until(/^ {2}http2 +(\S+)$/m);
      tell(`Its app is ready at ${endpoint}: ${running.describe()}.`);
      const health = app.start("health", endpoint);
      const code = await health.exited;
      if (code !== 0) throw new Error(`m3 health ended with ${code}:\n${health.output}`);
    }),
  );
  tell("It is healthy, and SIGTERM ends it in order.");
}

/** Runs the page's image in the same way, and asks it for the page and the gates. */
export async function runPage(image: string, tell: (line: string) => void): Promise<void> {
  const gate = "wss://game.example/";
  await withContainer(image, { M3_PAGE_PORT: "0" }, (page) =>
    page.run([gate], async (running) => {
      const [, port] = await running.until(/^The page is served at \S+:(\d+)$/m);
      const [html, gates] = await Promise.all(
        ["", "gates.json"].map(async (path) => (await fetch(`http://127.0.0.1:${port}/${path}`)).text()),
      );
      if (!html?.includes("<script")) throw new Error(`it serves no page:\n${html}`);
      if (gates !== JSON.stringify([gate])) throw new Error(`it says that the gates are ${gates}`);
      tell(`It serves the page: ${running.describe()}.`);
    }),
  );
  tell("SIGTERM ends it in order.");
}

/** It shares the network of the machine, and so takes any free ports. */
function variablesFor({ consul, nats, etcd, redis }: Servers): Readonly<Record<string, string>> {
  const [host = "", port = ""] = redis.split(":");
  const listening = ["Trans__trans_tcp", "Trans__trans_http2", "Metric__metric_prom"].flatMap((plugin) => [
    [`M3__Plugin__${plugin}__Port`, "0"],
    [`M3__Plugin__${plugin}__AdvertiseHost`, "127.0.0.1"],
  ]);
  return {
    M3__Plugin__Router__router_consul__ConsulHost: consul,
    M3__Plugin__Broker__broker_nats__URL: nats,
    M3__Plugin__Lease__lease_etcd__Endpoints: etcd,
    M3__Plugin__DB__db_redis__Host: host,
    M3__Plugin__DB__db_redis__Port: port,
    ...Object.fromEntries(listening),
  };
}
