export { scriptJs, scriptJs as default } from "./script-js.ts";
