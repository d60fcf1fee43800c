export { logPino, logPino as default } from "./log-pino.ts";
