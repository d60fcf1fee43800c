/**
 * Applies the changes of a block `diff`: lines to remove start with `-`, lines to add with `+`, those around them with a blank. A line
 * `@@` starts the next change. Throws unless each change fits at exactly one place.
 */
export function applyDiff(text: string, diff: string): string {
  return diff.split(/^@@\n/m).reduce(applyChange, text);
}

function applyChange(text: string, change: string): string {
  const lines = change.split("\n").slice(0, -1);
  const unknown = lines.find((line) => !/^[-+ ]/.test(line));
  if (unknown !== undefined) throw new Error(`a line of a diff starts with -, + or a blank: ${unknown}`);
  const side = (other: string) => lines.filter((line) => !line.startsWith(other)).map((line) => `${line.slice(1)}\n`);
  const [before, after] = [side("+").join(""), side("-").join("")];
  const parts = `\n${text}`.split(`\n${before}`);
  if (parts.length !== 2) throw new Error(`found ${parts.length - 1} times, and not once:\n${before}`);
  return parts.join(`\n${after}`).slice(1);
}
