import { defineConfig } from "vite";

// The gate takes pages from the origins that config/gate.toml names: on another port this would be another one.
export default defineConfig({ server: { port: 5173, strictPort: true } });
