// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what this is about.

/** The text without NUL, which not every store takes. Order by code points stays. */
export function escapeNul(text: string): string {
  return /[\0\x01]/.test(text)
    ? text.replace(/[\0\x01]/g, (character) => (character === "\0" ? "\x01\x01" : "\x01\x02"))
    : text;
}

/** The text that `escapeNul` was given. Throws for what it never makes. */
export function unescapeNul(text: string): string {
  if (!text.includes("\x01")) return text;
  return text.replace(/\x01(.?)/gs, (_match, next: string) => {
    if (next === "\x01") return "\0";
    if (next === "\x02") return "\x01";
    throw new Error("it holds a control character that means nothing");
  });
}
