import "./style/base.css";
import "./style/net.css";
import "./style/lobby.css";
import "./style/fight.css";
import { fightView } from "./fight/fight-view.ts";
import { lobbyView } from "./lobby/lobby-view.ts";
import { loginView } from "./login-view.ts";
import { openSession, type Session } from "./session.ts";
import { toast, toastError } from "./ui/toast.ts";
import { Stage } from "./ui/view.ts";

const nameKey = "m3-arena-name";

// The fight that a reload leads back to.
const fightKey = "m3-arena-fight";

// Of a tab, so that two tabs can be two players.
const memory = sessionStorage;

const place = document.getElementById("stage");
if (place === null) throw new Error("index.html has no element with the id stage");
const stage = new Stage(place);

const name = memory.getItem(nameKey) ?? "";
if (name === "") showLogin();
else
  openSession(name).then(
    (session) => enter(session, name),
    (error: Error) => showLogin(error.message),
  );

function showLogin(problem = ""): void {
  stage.show(loginView(memory.getItem(nameKey) ?? "", problem, enter));
}

function enter(session: Session, player: string): void {
  memory.setItem(nameKey, player);
  session.client.onState((state) => {
    if (state.state === "closed") showLogin(state.error?.message ?? "");
    if (state.state === "offline") toast("The connection is gone. Trying again …");
    if (state.state !== "online") return;
    toast("Connected again.");
    // A new session may have missed pushes.
    if (!state.resumed) session.refresh().catch(toastError);
  });
  const fightId = memory.getItem(fightKey);
  if (fightId === null) showLobby(session);
  else showFight(session, fightId);
}

function showLobby(session: Session): void {
  memory.removeItem(fightKey);
  const onLogout = () => {
    memory.removeItem(nameKey);
    session.client.close();
  };
  stage.show(lobbyView(session, { onFight: (fightId) => showFight(session, fightId), onLogout }));
}

function showFight(session: Session, fightId: string): void {
  memory.setItem(fightKey, fightId);
  stage.show(fightView(session, fightId, () => showLobby(session)));
}
