/** The values of sections of a config, by section. */
export type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** All of them; where two name the same value the later one counts. */
export function mergeSections(...all: readonly Sections[]): Sections {
  const merged: Record<string, Readonly<Record<string, string>>> = {};
  for (const [section, values] of all.flatMap(Object.entries<Sections[string]>)) {
    merged[section] = { ...merged[section], ...values };
  }
  return merged;
}

/** The variables that set these values in a config; one for a section that it does not have would add that. */
export function variablesFor(config: string, sections: Sections): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [section, values] of Object.entries(sections)) {
    if (!config.includes(`[[${section}]]`)) continue;
    for (const [key, value] of Object.entries(values)) found[`M3__${section.replaceAll(".", "__")}__${key}`] = value;
  }
  return found;
}
