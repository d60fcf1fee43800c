// `node scripts/pack.ts <folder>`: builds every publishable package and puts its tarball into the folder.
import { packAll } from "./pack/pack-all.ts";

const [target] = process.argv.slice(2);
if (target === undefined) {
  console.error("Say where the tarballs go: node scripts/pack.ts <folder>");
  process.exitCode = 2;
} else {
  for (const tarball of await packAll(target)) console.log(tarball);
}
