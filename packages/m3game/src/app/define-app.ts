import type { z } from "zod";
import type { SessionHandler } from "../gate/sessions.ts";
import type { PluginDefinition } from "../plugin/plugin.ts";
import type { Resource } from "../resource/resource.ts";
import type { Interceptor } from "../rpc/interceptor.ts";
import type { Server } from "../server/server.ts";
import type { App } from "./app.ts";

/** What an app is: a value, started by `startApp` or by `m3 run` as often as wanted. */
export interface AppDefinition<C = unknown> {
  /** Its function id, the third part of its app id. */
  readonly func: string;
  /** Which version of the game it is, such as `1.4.2`: its entry in the registry says it. @default none */
  readonly version?: string;
  /** The services it hosts. */
  readonly servers: readonly Server[];
  /** Game config that it loads, from the folder that the config names. @default none */
  readonly resources?: readonly Resource[];
  /** The sessions of game clients, made by `sessions`, for an app whose config names gate plugins. @default none */
  readonly gate?: SessionHandler;
  /** Plugins that a config may name, before the installed packages are looked at. */
  readonly plugins?: readonly PluginDefinition[];
  /** Run around each call this app serves or makes; `call.side` tells which. The first is the outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** What the `[App]` table may hold. @default anything */
  readonly config?: z.ZodType<C>;
  /** False when the app can't work any more and should be restarted. @default always true */
  readonly healthCheck?: () => boolean;
  /** Runs before calls are taken; the app does not start when it throws. */
  onInit?(app: App<C>): void | Promise<void>;
  /** Runs once the app is registered. */
  onReady?(app: App<C>): void | Promise<void>;
  /** Runs when no call is served any more, before plugins stop. */
  onStop?(app: App<C>): void | Promise<void>;
}

/** Defines an app. */
export function defineApp<C = unknown>(definition: AppDefinition<C>): AppDefinition<C> {
  return definition;
}
