import { setTimeout } from "node:timers/promises";
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { App, PluginCallOptions } from "m3game";

/** The calls of a lease plugin, made by an app of the cluster, with faults on their way. */
export class OnlineLink {
  readonly #app: App;
  readonly #lostReplies: string[] = [];
  readonly #heldReplies = new Map<string, PromiseWithResolvers<void>>();
  #isCut = false;

  constructor(app: App) {
    this.#app = app;
  }

  readonly call = async <I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: PluginCallOptions,
  ): Promise<MessageShape<O>> => {
    if (this.#isCut) return nothing(options?.timeoutMs);
    const client = this.#app.client(method.parent);
    const call: Promise<MessageShape<O>> = Reflect.apply(Reflect.get(client, method.localName), client, [
      request,
      options,
    ]);
    const answer = await call;
    await this.#heldReplies.get(method.name)?.promise;
    const lost = this.#lostReplies.indexOf(method.name);
    if (lost >= 0) this.#lostReplies.splice(lost, 1);
    if (this.#isCut || lost >= 0) throw new Error("the answer was lost");
    return answer;
  };

  /** Nothing gets through any more, and no call fails before its time is over. */
  cut(): void {
    this.#isCut = true;
  }

  heal(): void {
    this.#isCut = false;
  }

  /** The next call of the method is executed, and its answer lost. */
  loseReply({ name }: Pick<DescMethodUnary, "name">): void {
    this.#lostReplies.push(name);
  }

  /** Answers of the method stay under way until the result is called. */
  holdReplies({ name }: Pick<DescMethodUnary, "name">): () => void {
    const held = Promise.withResolvers<void>();
    this.#heldReplies.set(name, held);
    return () => {
      this.#heldReplies.delete(name);
      held.resolve();
    };
  }
}

async function nothing(timeoutMs = 5000): Promise<never> {
  await setTimeout(timeoutMs, undefined, { ref: false });
  throw new Error("no answer in time");
}
