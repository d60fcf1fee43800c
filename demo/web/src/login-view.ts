import { openSession, type Session } from "./session.ts";
import { div, element } from "./ui/dom.ts";
import { logo } from "./ui/logo.ts";
import type { View } from "./ui/view.ts";

/** Asks for a name and logs in with it. */
export function loginView(name: string, problem: string, onSession: (session: Session, name: string) => void): View {
  const input = element("input", {
    ...{ className: "input", value: name, maxLength: 32, required: true, placeholder: "Your name" },
    ...{ autofocus: true, autocomplete: "off", ariaLabel: "Your name" },
  });
  const enter = element("button", { className: "button button-large", type: "submit", textContent: "Enter" });
  const error = element("p", { className: "problem", textContent: problem });
  error.setAttribute("role", "alert");
  const form = element(
    "form",
    { className: "card login" },
    logo(),
    element("p", {
      className: "muted",
      textContent: "Pick a name. It is your account: come back with it and your role is as you left it.",
    }),
    input,
    enter,
    error,
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    const chosen = input.value.trim();
    if (chosen === "") return;
    enter.disabled = true;
    error.textContent = "";
    try {
      onSession(await openSession(chosen), chosen);
    } catch (reason) {
      error.textContent = reason instanceof Error ? reason.message : String(reason);
    } finally {
      enter.disabled = false;
    }
  };
  return { element: div("login-page", form), dispose: () => {} };
}
