import { createGame, NewGameError } from "./create-game.ts";

const usage = `npm create m3game NAME

Makes a game in the folder NAME: a proto file, a gate, an actor that is stored,
a test and a page for the browser.
`;

const oldestNode = 20;

/** What the program sees of its process. */
export interface ProgramIo {
  readonly argv: readonly string[];
  /** Of Node: `20.11.0`. */
  readonly version: string;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Runs `create-m3game`. Resolves with the exit code: 0 when the project is there, 1 when not, 2 for a wrong command line. */
export async function runCommandLine({ argv, version, stdout, stderr }: ProgramIo): Promise<number> {
  const [name, ...more] = argv;
  if (name === "--help" || name === "-h") {
    stdout.write(usage);
    return 0;
  }
  if (name === undefined || name.startsWith("-") || more.length > 0) {
    stderr.write(usage);
    return 2;
  }
  if (Number.parseInt(version, 10) < oldestNode) {
    stderr.write(`This is Node ${version}, and a game needs ${oldestNode} or newer. Get one from https://nodejs.org\n`);
    return 1;
  }
  try {
    stdout.write(await createGame({ name }));
    return 0;
  } catch (error) {
    if (!(error instanceof NewGameError)) throw error;
    stderr.write(`${error.message}\n`);
    return 1;
  }
}
