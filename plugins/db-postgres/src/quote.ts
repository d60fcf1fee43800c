/** A name as a statement holds it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
