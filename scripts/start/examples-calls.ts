/** A call to an app's gRPC port and what it must answer, as JSON. */
export interface SmokeCall {
  readonly method: string;
  readonly request: Readonly<Record<string, string | Readonly<Record<string, string | number>>>>;
  readonly answer: object;
  /** It hears a broadcast, which is on its way when its sender goes on: asked until the answer is right. */
  readonly later?: boolean;
}

interface SmokeRestart {
  readonly apps: readonly [string, ...string[]];
  readonly call: SmokeCall;
}

const posted = { name: "June", content: "Good Morning" };
const heard = { name: "Mike", content: "Good Evening" };
const said = { name: "Mike", content: "Good Night" };

const place = { x: 7, y: 7 };
const standing = { name: "June", srcPos: place, dstPos: place, curPos: place, moveTime: "0", moved: 100 };

const pullChannel = "proto.AsyncSer/SSPullChannel";

/** What is called at each app's gRPC port, in this order. */
export const smokeCalls: Readonly<Record<string, readonly SmokeCall[]>> = {
  "example.world1.simple.1": greetings("proto.SimpleSer", { HelloWorld: "HelloWorld" }),
  "example.world1.multi.1": greetings("proto.MultiSer", {
    Hello: "Hello",
    TraceHello: "TraceHello",
    BreakHello: "BreakHello",
  }),
  "example.world1.async.1": [
    { method: "proto.AsyncSer/TransChannel", request: { msg: posted }, answer: { pass: "" } },
    { method: pullChannel, request: {}, answer: { msgs: [posted] }, later: true },
  ],
  "example.world1.actor.1": playerCalls("June", [posted, said]),
  "example.world1.actor.2": playerCalls("Mary", [posted, said, said]),
  "example.world1.world.1": [
    { method: "proto.WorldSer/CreateEntity", request: { name: "June", srcPos: place }, answer: { entity: standing } },
    { method: "proto.WorldSer/MoveEntity", request: { name: "June", dstPos: place }, answer: { entity: standing } },
    { method: "proto.WorldSer/ViewEntity", request: { name: "June" }, answer: { entity: standing } },
    { method: "proto.WorldSer/ViewPosition", request: { pos: place }, answer: { entities: [standing] } },
  ],
  // Nobody is there to hear it, which its sender is not told: the modes of the example client show what is heard.
  "example.world1.gate.1": [
    { method: "proto.GateSer/SendToCli", request: { playerId: "nobody", content: "hello" }, answer: {} },
  ],
};

/** What traffic rules make of a method, in this order: each request is sent until its call ends as it must. */
export const smokeShaping = {
  app: "example.world1.multi.1",
  method: "proto.MultiSer/BreakHello",
  steps: [
    { request: { req: "you" }, ends: "RATE_LIMITED" },
    { request: { req: "fail" }, ends: "BREAKER_OPEN" },
    { request: { req: "you" }, ends: "OK" },
  ],
} as const;

/** A traced call from one app to its own service: its plugin prints the spans of both sides. */
export const smokeTrace = { app: "example.world1.multi.1", req: "you" } as const;

/** The broadcast that one app sends, and what another has heard by then. */
export const smokeBroadcast = {
  from: "example.world1.multi.1",
  to: "example.world1.async.1",
  msg: heard,
  call: { method: pullChannel, request: {}, answer: { msgs: [posted, said, said, heard] }, later: true },
} as const;

/** The apps that store something: they are stopped and started again, and what they must not have forgotten. */
export const smokeRestart: SmokeRestart = {
  apps: ["example.world1.actor.1", "example.world1.actor.2"],
  call: {
    method: "proto.ActorSer/Login",
    request: { actorId: "June" },
    answer: { actorDb: { actorId: "June", name: "Mike", level: 2 } },
  },
};

function greetings(service: string, methods: Readonly<Record<string, string>>): readonly SmokeCall[] {
  return Object.entries(methods).map(([name, greeting]) => ({
    method: `${service}/${name}`,
    request: { req: "you" },
    answer: { rsp: `${greeting} , you` },
  }));
}

/** A player's life: made, sent away, logged in, levelled up, renamed, and heard on the channel. */
function playerCalls(id: string, msgs: readonly object[]): readonly SmokeCall[] {
  const player = { actorId: id };
  const call = (method: string, request: SmokeCall["request"], answer: object): SmokeCall => ({
    method: `proto.${method}`,
    request,
    answer,
  });
  return [
    call("ActorRegSer/Register", { name: id, playerId: id }, {}),
    call("ActorRegSer/Kick", { leaseId: id }, {}),
    call("ActorSer/Login", player, { actorDb: { ...player, name: id, level: 1 } }),
    call("ActorSer/GetInfo", player, { name: id, title: "Junior" }),
    call("ActorSer/LvUp", player, { level: 2 }),
    call("ActorSer/ModifyName", { ...player, newName: "Mike" }, { name: "Mike" }),
    call("ActorSer/PostChannel", { ...player, content: said.content }, { pass: "" }),
    { ...call("ActorSer/PullChannel", player, { msgs }), later: true },
  ];
}
