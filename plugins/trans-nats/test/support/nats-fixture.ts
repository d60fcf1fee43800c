import { createPluginContext, type LaunchedService, launchService, RecordingHost, TestLink } from "@m3game/testing";
import { transNats } from "@m3game/trans-nats";
import type { Listener, Trans } from "m3game";

/** App id of the server in these tests. */
export const serverApp = "test.world1.echo.1";

/** A NATS server of the test's own, and transports on it that end with it. */
export class NatsFixture implements AsyncDisposable {
  readonly server: LaunchedService;
  readonly #cleanup = new AsyncDisposableStack();

  private constructor(server: LaunchedService) {
    this.server = server;
    this.#cleanup.use(server);
  }

  static async start(): Promise<NatsFixture> {
    return new NatsFixture(await launchService("nats"));
  }

  get url(): string {
    return this.server.address;
  }

  async trans(section: object = {}) {
    const context = createPluginContext(serverApp);
    const config = transNats.config.parse({ URL: this.url, ...section });
    const trans: Trans = this.#cleanup.use(await transNats.create(config, context));
    return { trans, context };
  }

  /** An app that listens; its calls stay open until the test answers them. */
  async listen(section: object = {}, app: string = serverApp) {
    const host = new RecordingHost(app);
    const { trans, context } = await this.trans(section);
    const listener: Listener = await trans.listen(host);
    return { host, listener, trans, context };
  }

  /** A link to an app of this framework. */
  async link(section: object = {}, app: string = serverApp): Promise<TestLink> {
    const { trans } = await this.trans(section);
    return new TestLink(trans, app, `nats://${this.url}/m3app-${app}`);
  }

  /** A link to an app of the original, which registers the server it listens at. */
  async linkToOriginal(app: string): Promise<TestLink> {
    const { trans } = await this.trans();
    return new TestLink(trans, app, `nats://${this.url}`);
  }

  use<T extends AsyncDisposable>(resource: T): T {
    return this.#cleanup.use(resource);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#cleanup.disposeAsync();
  }
}
