import { Code } from "./code.ts";

interface Reason {
  readonly code: Code;
  /** The call was certainly not executed: the framework sends it again by itself, within the deadline. */
  readonly notExecuted: boolean;
  /** When it happens and what to do, for docs/errors.md. */
  readonly help: string;
}

/** Every failure the framework itself reports, with the code it has on the wire. */
export const reasons = {
  CONFIG_INVALID: {
    code: Code.INVALID_ARGUMENT,
    notExecuted: false,
    help: "A config file, environment override or command line is wrong. The message names the key and what is allowed.",
  },
  PROTO_INVALID: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: false,
    help: "A proto option is missing or wrong. The message names file, message and field and what to write instead.",
  },
  PROTO_BREAKS: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: false,
    help: "The protos of the app break those of the running instances of its function. The message lists what breaks; AllowBreakingProtos in [Options.Rpc] starts it all the same.",
  },
  PLUGIN_MISSING: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: false,
    help: "The config names a plugin that is not installed. Correct the name, or install the package that the message names.",
  },
  PLUGIN_FAILED: {
    code: Code.UNAVAILABLE,
    notExecuted: false,
    help: "A plugin could not start, mostly because its server can't be reached. Check its section of the config.",
  },
  PORT_IN_USE: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: false,
    help: "Another process listens on the address. Stop it or configure another port (0 takes any free one).",
  },
  START_TIMEOUT: {
    code: Code.DEADLINE_EXCEEDED,
    notExecuted: false,
    help: "A start or stop stage took longer than its limit. The message names the stage.",
  },
  DUPLICATE_SERVICE: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: false,
    help: "Two servers of one app implement the same service. Remove one.",
  },
  ID_INVALID: {
    code: Code.INVALID_ARGUMENT,
    notExecuted: false,
    help: "An app id is not of the form env.world.func.ins.",
  },
  ROUTE_INVALID: {
    code: Code.INVALID_ARGUMENT,
    notExecuted: true,
    help: "The route can't carry this call: no hash key, an answer wanted from a broadcast, an unknown function.",
  },
  NO_INSTANCE: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The registry knows no instance of the target. Is it started, in the same env and world, and healthy?",
  },
  NO_CONNECTION: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The target is registered but can't be reached, or both apps have no transport in common.",
  },
  WRONG_APP: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The call reached another app than the one it was meant for, mostly just after a restart.",
  },
  OLDER_VERSION: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "An actor has run on a newer version than the instances that are there, or the one that it is to be moved to. Start an instance of the version that the message names, or let its actors go back: m3 canary abort.",
  },
  DRAINING: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The app is shutting down and takes no new work.",
  },
  OVERLOADED: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: true,
    help: "A queue or the limit of calls in flight is full. Slow down, or add instances.",
  },
  RATE_LIMITED: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: true,
    help: "A traffic rule limits the method, or this caller or player, or a gate its client. retryAfterMs says when there is room again; slow down.",
  },
  BREAKER_OPEN: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The method failed or was slow too often, and a traffic rule keeps calls off it for a while. retryAfterMs says how long.",
  },
  UNKNOWN_OUTCOME: {
    code: Code.UNKNOWN,
    notExecuted: false,
    help: "The connection broke before the answer came: the call may or may not have run. Mark the method idempotent to have it retried.",
  },
  UNKNOWN_METHOD: {
    code: Code.UNIMPLEMENTED,
    notExecuted: true,
    help: "The app does not host this service or method.",
  },
  BAD_REQUEST: {
    code: Code.INVALID_ARGUMENT,
    notExecuted: true,
    help: "The request can't be decoded, or breaks a rule of its proto.",
  },
  BAD_RESPONSE: {
    code: Code.INTERNAL,
    notExecuted: false,
    help: "The handler returned something that is no response message, or the answer can't be decoded.",
  },
  METADATA_INVALID: {
    code: Code.INVALID_ARGUMENT,
    notExecuted: true,
    help: "Metadata has a key or value that is not printable ASCII, a key twice, or is too large.",
  },
  MESSAGE_TOO_LARGE: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: true,
    help: "The message is larger than the limit of the transport. Raise MaxMessageBytes on both sides or send less.",
  },
  DEADLINE: {
    code: Code.DEADLINE_EXCEEDED,
    notExecuted: false,
    help: "The call took longer than its deadline.",
  },
  CANCELLED: {
    code: Code.CANCELLED,
    notExecuted: false,
    help: "The caller gave the call up.",
  },
  CONTEXT_ENDED: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: true,
    help: "A context was used after its handler had ended. Await what you start, or use the app's own clients.",
  },
  HANDLER_FAILED: {
    code: Code.INTERNAL,
    notExecuted: false,
    help: "The handler threw. The stack is in the log of the app that ran it.",
  },
  NO_HOOK: {
    code: Code.UNIMPLEMENTED,
    notExecuted: false,
    help: "No script of the app defines the hook, and it has no fallback. Define it, or give defineHook a fallback.",
  },
  SCRIPT_FAILED: {
    code: Code.INTERNAL,
    notExecuted: false,
    help: "A script threw, or its hook gave something else than was asked for. The log of the app says in which file and line.",
  },
  SCRIPT_TIMEOUT: {
    code: Code.DEADLINE_EXCEEDED,
    notExecuted: false,
    help: "A hook ran longer than TimeoutMs of its script plugin allows. Its scripts were started afresh.",
  },
  SCRIPT_MEMORY: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: false,
    help: "A hook needed more memory than MaxMemoryMB of its script plugin allows. Its scripts were started afresh.",
  },
  FENCED: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: true,
    help: "Another owner has taken over: what this one still wanted to write was refused.",
  },
  NOT_OWNER: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "This app does not own the actor, or not any more. Its owner, or the next one, takes the call.",
  },
  NOT_LEADER: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The app does not lead, and nobody does or the message says who. Do the instances of the service stand for leader?",
  },
  NO_SESSION: {
    code: Code.UNAVAILABLE,
    notExecuted: true,
    help: "The app can't be sure of its session with the lease store, and takes nothing new to own. Can it reach that store?",
  },
  APP_ID_TAKEN: {
    code: Code.ALREADY_EXISTS,
    notExecuted: false,
    help: "Another process has the same app id and keeps its session with the lease store. Give each process an id of its own.",
  },
  CONFLICT: {
    code: Code.ABORTED,
    notExecuted: false,
    help: "Somebody else wrote the entity since it was read, and nothing was saved. Call reload() and do the change again.",
  },
  ENTITY_EXISTS: {
    code: Code.ALREADY_EXISTS,
    notExecuted: false,
    help: "An entity with this key is stored already. Load it instead of creating it.",
  },
  ENTITY_INVALID: {
    code: Code.INVALID_ARGUMENT,
    notExecuted: false,
    help: "An entity's key or a value in it does not fit its field. The message names the field.",
  },
  NOT_LOADED: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: false,
    help: "An entity was used before load() or create() had brought its data, or after delete().",
  },
  ROW_UNREADABLE: {
    code: Code.DATA_LOSS,
    notExecuted: false,
    help: "A stored row can't be decoded, or is not what it should be. Nothing overwrites it: repair or remove it in the store.",
  },
  CALL_CYCLE: {
    code: Code.FAILED_PRECONDITION,
    notExecuted: true,
    help: "A chain of calls comes back to an actor that waits for it. Break the circle, or mark the method reentrant.",
  },
  PROTOCOL: {
    code: Code.INTERNAL,
    notExecuted: false,
    help: "The other side broke the protocol; the connection was closed.",
  },
  AUTH_FAILED: {
    code: Code.UNAUTHENTICATED,
    notExecuted: true,
    help: "A client of a gate could not be logged in: onAuth gave it no id that can be used.",
  },
  GATE_FULL: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: true,
    help: "The gate has as many connections as MaxConnections allows. Connect to another gate, or later.",
  },
  NOT_CLIENT_CALLABLE: {
    code: Code.PERMISSION_DENIED,
    notExecuted: true,
    help: "A client called a method that is not for clients. Set cs: true in its options if it should be.",
  },
  TOO_MANY_CALLS: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: true,
    help: "A client has as many calls without an answer as MaxCallsInFlight of its gate allows.",
  },
  PLAYER_OFFLINE: {
    code: Code.NOT_FOUND,
    notExecuted: true,
    help: "The player has no session at any gate.",
  },
  SESSION_REPLACED: {
    code: Code.ABORTED,
    notExecuted: false,
    help: "The player logged in again, here or at another gate: the newer session is the one that stays.",
  },
  SESSION_KICKED: {
    code: Code.ABORTED,
    notExecuted: false,
    help: "The game ended the player's session. The message says why.",
  },
  SESSION_IDLE: {
    code: Code.DEADLINE_EXCEEDED,
    notExecuted: false,
    help: "Nothing came from the client for longer than its gate allows, or its connection stayed broken for longer than the session is kept.",
  },
  SLOW_READER: {
    code: Code.RESOURCE_EXHAUSTED,
    notExecuted: false,
    help: "The client does not read what is sent to it, or does not acknowledge pushes. Send less, or push what may be dropped as droppable or latest.",
  },
  UNAUTHENTICATED_PEER: {
    code: Code.UNAUTHENTICATED,
    notExecuted: true,
    help: "The peer could not prove the shared secret, its certificate was refused, or it asked for what apps only may ask for, without the key of this app's registry entry.",
  },
} as const satisfies Record<string, Reason>;

/** The name of a reason of the framework. */
export type ReasonName = keyof typeof reasons;

/** True when `name` is a reason of this version of the framework. */
export function isReason(name: string): name is ReasonName {
  return Object.hasOwn(reasons, name);
}
