import { connect } from "@m3game/client";
import { element } from "./elements.ts";
import { play, say } from "./play.ts";

// Set VITE_GATE for a build whose gate is elsewhere: wss://game.example/
const gate = import.meta.env.VITE_GATE ?? `ws://${location.hostname}:20035/`;

const form = element("login", HTMLFormElement);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const name = String(new FormData(form).get("name"));
  try {
    const client = await connect(gate, { token: name });
    form.hidden = true;
    await play(client);
  } catch (error) {
    say(error);
  }
});
