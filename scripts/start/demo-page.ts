import { type ServedPage, servePage } from "@m3game/demo/web/serve-page";
import { isM3Error } from "m3game";
import { reasonError } from "m3game/internal";
import { buildPage } from "./build-page.ts";

const defaultPort = "32400";

/** Builds the page where it must, and serves it at the port of M3_PAGE_PORT. `gates`: where they are by then, `host:port`. */
export async function startPage(gates: () => readonly string[]): Promise<ServedPage> {
  const folder = await buildPage();
  const port = Number(process.env.M3_PAGE_PORT ?? defaultPort);
  try {
    return await servePage({ folder, port, gates: () => gates().map((gate) => `ws://${gate}/`) });
  } catch (cause) {
    if (!isM3Error(cause) || cause.reason !== "PORT_IN_USE") throw cause;
    const advice = "stop what listens there, or name another port for the page by M3_PAGE_PORT";
    throw reasonError("PORT_IN_USE", `127.0.0.1:${port} is in use: ${advice}`, { cause });
  }
}

/** The variable that lets pages of this origin, and of the same port at `localhost`, connect to a gate. */
export function allowedOrigins({ origin }: ServedPage): string {
  return JSON.stringify([origin, origin.replace("127.0.0.1", "localhost")]);
}

/** What is printed once everything runs. */
export function whatToTry({ origin }: ServedPage, gates: readonly string[]): string {
  return `
  Play:  ${origin}

Log in with any name, then find a fight: against a second tab, or a bot that steps in when nobody comes.
The gates are at ${gates.join(" and ")}. In a second terminal:

  npm run -s demo -- Test1                     one player's path: log in, change the role, look at it
  npm run -s demo -- Test2                     a club is made and cancelled
  npm run -s demo -- MutilTest1                10000 players take the path of Test1, a hundred each second
  npm run -s demo -- Fight                     two players find each other and fight
  npm run -s demo -- Soak                      twenty players do all of it for a minute

Ctrl-C stops them.
`;
}
