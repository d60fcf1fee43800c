import type { EntityHost } from "../../entity/entity-host.ts";
import type { Clock } from "../../meta/clock.ts";
import type { DeadlineWheel } from "../../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../../meta/error.ts";
import type { Logger } from "../../plugin/log.ts";
import type { ClientFactory } from "../../rpc/client-factory.ts";
import { Activation, type ActivationHost } from "./activation.ts";
import type { Actor, ActorClass, ExitReason } from "./actor.ts";
import type { ActorClaim } from "./actor-claim.ts";
import type { ActorConfig } from "./actor-config.ts";
import type { ActorEntities } from "./actor-entities.ts";

/** What the actors of one app share, whatever their kind. */
export interface ActorRuntime {
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly log: Logger;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  /** The longest a tick, a timer or `onInit` may take for its calls, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Gets a claim by its id. Rejects with HeldElsewhere. */
  claim(id: string): Promise<ActorClaim>;
  entities(owner: EntityHost): ActorEntities;
}

/** The actors of one class on one app. */
export class ActorKind<A extends Actor = Actor> implements ActivationHost<A> {
  readonly name: string;
  readonly actorClass: ActorClass<A>;
  /** The periods of the config in milliseconds; 0: never. */
  readonly times: ActivationHost<A>["times"];
  /** Actors whose turn waits for something: what the watchdog looks at. */
  readonly running = new Set<Activation>();
  readonly #runtime: ActorRuntime;
  readonly #activations = new Map<string, Activation<A>>();

  constructor(actorClass: ActorClass<A>, name: string, ticks: boolean, runtime: ActorRuntime) {
    this.actorClass = actorClass;
    this.name = name;
    this.#runtime = runtime;
    const { ActiveTimeOut, SaveTimeInter, TickTimeInter, MaxReqWaitTime } = runtime.config;
    this.times = {
      idleMs: ActiveTimeOut * 1000,
      saveMs: SaveTimeInter * 1000,
      tickMs: ticks ? TickTimeInter : 0,
      waitMs: MaxReqWaitTime * 1000,
    };
  }

  get clock(): Clock {
    return this.#runtime.clock;
  }

  get wheel(): DeadlineWheel {
    return this.#runtime.wheel;
  }

  get log(): Logger {
    return this.#runtime.log;
  }

  get clients(): ClientFactory {
    return this.#runtime.clients;
  }

  get config(): ActorConfig {
    return this.#runtime.config;
  }

  get taskTimeoutMs(): number {
    return this.#runtime.taskTimeoutMs;
  }

  get size(): number {
    return this.#activations.size;
  }

  find(id: string): Activation<A> | undefined {
    return this.#activations.get(id);
  }

  /** The ids of the actors in memory. */
  ids(): readonly string[] {
    return [...this.#activations.keys()];
  }

  /** Starts to activate an actor that is not in memory. What fails is told to the calls that wait for it. */
  activate(id: string, moved?: Uint8Array): Activation<A> {
    const activation = new Activation(this, id);
    this.#activations.set(id, activation);
    void activation.start(moved);
    return activation;
  }

  remove(activation: Activation): void {
    if (this.#activations.get(activation.id) === activation) this.#activations.delete(activation.id);
  }

  /** The claim's id is the same on every app. */
  claim(id: string): Promise<ActorClaim> {
    return this.#runtime.claim(`${this.name}/${id}`);
  }

  entities(owner: EntityHost): ActorEntities {
    return this.#runtime.entities(owner);
  }

  /** Ends an actor in order and gives its claim to `targetApp`. Rejects with NOT_FOUND when it is not here. */
  async handOver(id: string, targetApp: string): Promise<Uint8Array> {
    for (;;) {
      const activation = this.#activations.get(id);
      if (activation === undefined) throw reasonError("NOT_OWNER", `${this.name} ${id} is not active here`);
      if (activation.state === "active") return activation.leave("moved", targetApp);
      await activation.settled();
    }
  }

  /** Ends every actor in order, `targetOf` saying who takes it over, undefined: nobody yet. */
  async leaveAll(reason: ExitReason, targetOf: (id: string) => string | undefined, onMoved: OnMoved): Promise<void> {
    await Promise.all(
      this.ids().map(async (id) => {
        const activation = this.#activations.get(id);
        await activation?.settled();
        if (activation?.state !== "active") return;
        const target = targetOf(id);
        try {
          const state = await activation.leave(target === undefined ? reason : "moved", target);
          if (target !== undefined) await onMoved(target, id, state);
        } catch (error) {
          this.log.error("an actor could not leave in order", { actor: activation.name, error });
        }
      }),
    );
  }

  /** Drops every actor without saving: this app owns none any more. */
  dropAll(error: M3Error): void {
    for (const activation of [...this.#activations.values()]) activation.drop(error);
  }

  /** Names turns that take too long, and gives up those that take far too long. Called about once a second. */
  watch(): void {
    const { StuckTurnTime, EvictTurnTime } = this.config;
    const now = this.clock.now();
    for (const activation of this.running) {
      const { turnStartedAt } = activation;
      if (turnStartedAt === undefined) continue;
      const seconds = (now - turnStartedAt) / 1000;
      if (EvictTurnTime > 0 && seconds >= EvictTurnTime) {
        this.log.error("a stuck actor is given up", { actor: activation.name, turn: activation.turnName, seconds });
        void activation.evict();
      } else if (StuckTurnTime > 0 && seconds >= StuckTurnTime) {
        activation.warnStuck(seconds);
      }
    }
  }
}

/** An actor's claim belongs to `target` now: it should activate it. */
export type OnMoved = (target: string, id: string, state: Uint8Array) => Promise<void>;
