import { randomUUID } from "node:crypto";
import { Actor, actor, defineEntity, type Server } from "m3game";
import { CounterDBSchema, CounterFlagSchema, CounterSer } from "../gen/chaos_pb.js";
import { monotonicMs } from "../monotonic.ts";

export const CounterEntity = defineEntity(CounterDBSchema, { table: "counter", flags: CounterFlagSchema });

export const startCoins = 1000n;

/** A number that is saved before it answers, one that is saved later, and coins that go to other counters. */
export class Counter extends Actor {
  static readonly kind = "Counter";
  readonly #entity = this.entity(CounterEntity);
  /** Names this activation. */
  readonly owner = randomUUID();

  get data() {
    return this.#entity.data;
  }

  override async onInit(): Promise<void> {
    await this.#entity.load({ orCreate: { coins: startCoins, owner: this.owner } });
    this.every(300, () => this.finishSending());
  }

  async save(): Promise<void> {
    this.data.owner = this.owner;
    await this.#entity.save();
  }

  /** Sends the coin that has left again, until it has certainly come in. */
  async finishSending(): Promise<void> {
    const { sending } = this.data;
    if (sending === undefined) return;
    // Only what has certainly left here may come in there.
    await this.save();
    await this.client(CounterSer).receive({ id: sending.to, op: sending.op });
    delete this.data.sending;
    await this.save();
  }

  /** When a handler that began at `began` has run. */
  turn(began: number) {
    return { owner: this.owner, began, ended: monotonicMs() };
  }
}

export const counterSer: Server = actor(CounterSer, Counter, {
  async add(self, { op }) {
    const began = monotonicMs();
    const count = (self.data.count += 1n);
    self.data.lastAdd = op;
    await self.save();
    return { turn: self.turn(began), count };
  },
  addLater(self) {
    const began = monotonicMs();
    self.data.owner = self.owner;
    const later = (self.data.later += 1n);
    return { turn: self.turn(began), later };
  },
  async send(self, { op, to }) {
    const began = monotonicMs();
    await self.finishSending();
    self.data.coins -= 1n;
    self.data.sending = { $typeName: "chaos.Transfer", op, to };
    await self.finishSending();
    return { turn: self.turn(began) };
  },
  async receive(self, { op }) {
    const { data } = self;
    if (!data.received.includes(op)) {
      data.received.push(op);
      data.coins += 1n;
    }
    await self.save();
    return {};
  },
  async read(self) {
    const began = monotonicMs();
    await self.finishSending();
    await self.save();
    const { count, later } = self.data;
    return { turn: self.turn(began), count, later };
  },
});
