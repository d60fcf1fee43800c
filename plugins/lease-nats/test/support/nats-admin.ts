import { NatsBucket, NatsClient, natsConfig } from "@m3game/nats-client";
import { createPluginContext, type LeaseAdmin } from "@m3game/testing";
import { appKey, decodeOwner, type Owner } from "../../src/owner.ts";
import { SignsOfLife } from "../../src/signs-of-life.ts";

const bucketName = "m3lease";

/** What an operator does with the tools of NATS. */
export class NatsAdmin implements LeaseAdmin {
  readonly #client: NatsClient;
  readonly #bucket: NatsBucket;
  readonly #signs: SignsOfLife;

  static async connect(url: string): Promise<NatsAdmin> {
    const options = { section: "", context: createPluginContext("test.w.admin.1"), whenLost: "", whenBack: "" };
    const client = await NatsClient.open(natsConfig.parse({ URL: url }), options);
    return new NatsAdmin(client, await NatsBucket.open(client, { name: bucketName, replicas: 1, timeoutMs: 5000 }));
  }

  private constructor(client: NatsClient, bucket: NatsBucket) {
    this.#client = client;
    this.#bucket = bucket;
    this.#signs = new SignsOfLife({ client, bucket: bucketName, replicas: 1 });
  }

  /** Ends an app's session. */
  async revoke(app: string): Promise<void> {
    const owner = await this.#sessionOf(app);
    if (owner !== undefined) await this.#signs.end(owner);
  }

  /** True when the app's session goes on. */
  async hasSession(app: string): Promise<boolean> {
    const owner = await this.#sessionOf(app);
    return owner !== undefined && !(await this.#signs.stateOf(owner)).isOver;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }

  async #sessionOf(app: string): Promise<Owner | undefined> {
    return decodeOwner((await this.#bucket.get(appKey(app)))?.value);
  }
}
