// `npm run image [-- --base IMAGE]`: builds the image for real, with buildah, and runs an app of it in namespaces of its own: as the
// user of the image, with a root that can't be written to. Needs Linux, root, buildah, and mmdebstrap where no base is named.
import { parseArgs } from "node:util";
import { readServiceAddresses } from "@m3game/testing/services";
import { buildBase } from "./image/base-image.ts";
import { buildah, imageSize } from "./image/buildah.ts";
import { runImage } from "./image/run-image.ts";
import { root } from "./lib/root.ts";

const { values } = parseArgs({ options: { base: { type: "string" } } });
try {
  const base = values.base ?? (await buildBase(console.log));
  console.log("Building the image ...");
  await buildah("bud", "--layers", "--format", "docker", "--build-arg", `BASE=${base}`, "--tag", "m3game", root);
  const [whole, below] = [await imageSize("m3game"), await imageSize(base)];
  console.log(`The image has ${whole} MB, ${whole - below} MB of them above its base.`);
  const { consul, nats, etcd, redis } = readServiceAddresses();
  if (consul === undefined || nats === undefined || etcd === undefined || redis === undefined) {
    console.log("It is not run: that takes npm run services -- up");
  } else {
    await runImage("m3game", { consul, nats, etcd, redis }, console.log);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
