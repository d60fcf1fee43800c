// `npm run image [-- --base IMAGE]`: builds the images for real, with buildah, and runs the page and an app of them in namespaces of their
// own: as the user of the image, with a root that can't be written to. Needs Linux, root, buildah, and mmdebstrap where no base is named.
import { parseArgs } from "node:util";
import { readServiceAddresses } from "@m3game/testing/services";
import { buildBase } from "./image/base-image.ts";
import { buildah, imageSize } from "./image/buildah.ts";
import { runApp, runPage } from "./image/run-image.ts";
import { root } from "./lib/root.ts";

const { values } = parseArgs({ options: { base: { type: "string" } } });
try {
  const base = values.base ?? (await buildBase(console.log));
  for (const [image, ...target] of [["m3game"], ["m3game-page", "--target", "page"]] as const) {
    console.log(`Building ${image} ...`);
    const args = ["--layers", "--format", "docker", "--build-arg", `BASE=${base}`, "--tag", image, ...target];
    await buildah("bud", ...args, root);
    const [whole, below] = [await imageSize(image), await imageSize(base)];
    console.log(`It has ${whole} MB, ${whole - below || "less than 1"} MB of them above its base.`);
  }
  await runPage("m3game-page", console.log);
  const { consul, nats, etcd, redis } = readServiceAddresses();
  if (consul === undefined || nats === undefined || etcd === undefined || redis === undefined) {
    console.log("m3game is not run: that takes npm run services -- up");
  } else {
    await runApp("m3game", { consul, nats, etcd, redis }, console.log);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
