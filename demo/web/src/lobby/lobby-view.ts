import { netPanel } from "../net/net-panel.ts";
import type { Session } from "../session.ts";
import { div, element } from "../ui/dom.ts";
import { logo } from "../ui/logo.ts";
import type { View } from "../ui/view.ts";
import { arenaCard } from "./arena-card.ts";
import { clubCard } from "./club-card.ts";
import { profileCard } from "./profile-card.ts";

export interface LobbyEvents {
  readonly onFight: (fightId: string) => void;
  readonly onLogout: () => void;
}

/** Where a player is between two fights. */
export function lobbyView(session: Session, { onFight, onLogout }: LobbyEvents): View {
  const parts = [profileCard(session), arenaCard(session, onFight), clubCard(session)];
  const net = netPanel(session);
  const logout = element("button", {
    className: "button button-small button-quiet",
    type: "button",
    textContent: "Log out",
  });
  logout.onclick = onLogout;
  return {
    element: div(
      "lobby",
      element("header", { className: "bar" }, logo(), net.element, logout),
      div("cards", ...parts.map((part) => part.element)),
    ),
    dispose() {
      for (const part of [...parts, net]) part.dispose();
    },
  };
}
