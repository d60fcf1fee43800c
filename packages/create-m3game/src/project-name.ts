/**
 * Why a project can't be called so, undefined when it can: its name is also that of a folder and of an npm package, and npm installs
 * no package into one of the same name.
 */
export function nameProblem(name: string, dependencies: readonly string[]): string | undefined {
  if (!/^[a-z0-9][a-z0-9-]{0,99}$/.test(name)) {
    return `"${name}" can't be the name of a game: write 1 to 100 of a-z 0-9 and -, such as my-game; the first is no -`;
  }
  if (dependencies.includes(name)) return `${name} is the name of a package that every game uses: choose another one`;
  return undefined;
}
