import { reasonError } from "./error.ts";

/** An app's identity: `env.world.func.ins`, four parts with no dot inside. */
export interface AppId {
  readonly env: string;
  readonly world: string;
  readonly func: string;
  readonly ins: string;
  /** `env.world.func.ins` */
  readonly app: string;
  /** `env.world.func`, what all instances of one function share. */
  readonly service: string;
}

// No dot, blank or control character: the parts end up in registry names and message subjects (where * and > are wild).
const part = /^[A-Za-z0-9_-]{1,64}$/;

/** Parses `env.world.func.ins`. Throws ID_INVALID, saying which part is wrong. */
export function parseAppId(text: string): AppId {
  const parts = text.split(".");
  const [env, world, func, ins] = parts;
  if (parts.length !== 4 || env === undefined || world === undefined || func === undefined || ins === undefined) {
    throw reasonError(
      "ID_INVALID",
      `app id "${text}" has ${parts.length} parts: write env.world.func.ins, for example example.world1.simple.1`,
    );
  }
  for (const [name, value] of Object.entries({ env, world, func, ins })) {
    if (!part.test(value)) {
      throw reasonError(
        "ID_INVALID",
        `app id "${text}": ${name} is "${value}"; allowed are 1 to 64 of A-Z a-z 0-9 _ and -`,
      );
    }
  }
  return { env, world, func, ins, app: text, service: `${env}.${world}.${func}` };
}

/** The service id of a function in an env and world. */
export function serviceId(env: string, world: string, func: string): string {
  return `${env}.${world}.${func}`;
}
