import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stopTime } from "../../test/support/fake-time.ts";
import { systemClock } from "./clock.ts";
import { DeadlineNode, DeadlineWheel } from "./deadline-wheel.ts";

class Node extends DeadlineNode {
  readonly deadline: number;
  readonly #onDeadline: (node: Node) => void;

  constructor(deadline: number, onDeadline: (node: Node) => void) {
    super();
    this.deadline = deadline;
    this.#onDeadline = onDeadline;
  }

  override onDeadline(): void {
    this.#onDeadline(this);
  }
}

describe("DeadlineWheel", () => {
  let wheel: DeadlineWheel;
  let time: ReturnType<typeof stopTime>;
  let start: number;
  let due: string[];
  const add = (name: string, afterMs: number) => {
    const node = new Node(start + afterMs, () => due.push(name));
    wheel.add(node);
    return node;
  };

  beforeEach(() => {
    time = stopTime();
    wheel = new DeadlineWheel(systemClock);
    start = systemClock.now();
    due = [];
  });

  afterEach(() => wheel[Symbol.dispose]());

  test("a deadline is noticed once, at most 10 ms late, never early", async () => {
    const late: number[] = [];
    for (let afterMs = 1; afterMs <= 300; afterMs += 7) {
      wheel.add(new Node(start + afterMs, (node) => late.push(systemClock.now() - node.deadline)));
    }
    const { size } = wheel;
    await time.pass(400);
    expect(late).toHaveLength(size);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(20);
    expect(wheel.size).toBe(0);
  });

  test("what comes every so many slots is noticed in time, whenever the wheel began", async () => {
    await time.pass(3);
    const late: number[] = [];
    const again = (deadline: number) =>
      wheel.add(
        new Node(deadline, () => {
          late.push(systemClock.now() - deadline);
          again(deadline + 50);
        }),
      );
    again(Math.ceil(systemClock.now() / 10) * 10);
    await time.pass(1000);
    expect(late.length).toBeGreaterThanOrEqual(19);
    expect(Math.max(...late)).toBeLessThan(2);
  });

  test("deadlines further away than one turn of the wheel wait for their turn", async () => {
    add("second turn", 6000);
    add("third turn", 12_000);
    add("first turn", 880);
    await time.pass(1000);
    expect(due).toEqual(["first turn"]);
    await time.pass(4980);
    expect(due).toEqual(["first turn"]);
    await time.pass(6100);
    expect(due).toEqual(["first turn", "second turn", "third turn"]);
  });

  test("a removed node is not told; removing it again does nothing", async () => {
    const node = add("removed", 50);
    add("kept", 50);
    wheel.remove(node);
    wheel.remove(node);
    expect(wheel.size).toBe(1);
    await time.pass(100);
    expect(due).toEqual(["kept"]);
  });

  test("a node may end another of the same moment, and add a new one", async () => {
    const nodes: Node[] = [];
    const endOther = (self: Node) => {
      due.push("one of two");
      for (const other of nodes) if (other !== self) wheel.remove(other);
      add("new", 200);
    };
    nodes.push(new Node(start + 50, endOther), new Node(start + 50, endOther));
    for (const node of nodes) wheel.add(node);
    await time.pass(100);
    expect(due).toEqual(["one of two"]);
    await time.pass(200);
    expect(due).toEqual(["one of two", "new"]);
  });

  test("one that has passed already is noticed at the next look", async () => {
    add("past", -5000);
    await time.pass(20);
    expect(due).toEqual(["past"]);
  });

  test("a node without a deadline is not watched", () => {
    add("never", Number.POSITIVE_INFINITY);
    expect(wheel.size).toBe(0);
  });

  test("after a pause of the process all that fell due is noticed", async () => {
    let pauseMs = 0;
    const paused = new DeadlineWheel({ ...systemClock, now: () => systemClock.now() + pauseMs });
    for (let afterMs = 0; afterMs < 6000; afterMs += 10) {
      paused.add(new Node(start + afterMs, () => due.push(String(afterMs))));
    }
    paused.add(new Node(start + 70_000, () => due.push("too early")));
    pauseMs = 60_000;
    await time.pass(10);
    expect(due).toHaveLength(600);
    expect(paused.size).toBe(1);
    paused[Symbol.dispose]();
  });

  test("disposed, it tells nothing more", async () => {
    add("disposed", 50);
    wheel[Symbol.dispose]();
    await time.pass(100);
    expect(due).toEqual([]);
  });
});
