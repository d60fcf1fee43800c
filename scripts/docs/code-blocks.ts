/** A block of code in a page: what follows its fence's language names a file. */
export interface CodeBlock {
  readonly language: string;
  /** Empty for a block that is of no file. */
  readonly file: string;
  readonly code: string;
  /** Where it starts in the page. */
  readonly line: number;
}

/** The blocks of code of a page in Markdown, in their order. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms)].map(
    ({ 1: language = "", 2: file = "", 3: code = "", index }) => ({
      ...{ language, file, code },
      line: page.slice(0, index).split("\n").length,
    }),
  );
}
