// `npm run compose`: reads the compose file as Docker Compose does, and says what is wrong with it. Builds the reader with Go.
import { buildComposeReader, composeFile, readCompose } from "./compose/compose-file.ts";

try {
  const { services } = await readCompose(await buildComposeReader(), composeFile);
  console.log(`ok      compose.yaml: ${Object.keys(services).length} services`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
