import type { RoleDB } from "../../../gen/role_pb.js";
import type { Session } from "../session.ts";
import { avatar } from "../ui/avatar.ts";
import { button, div, element, span } from "../ui/dom.ts";
import { toastError } from "../ui/toast.ts";
import type { View } from "../ui/view.ts";
import { nextRank, rankOf } from "./rank.ts";

const powerUp = 100;

/** Who plays: name, rank, power, and what can be changed of them. */
export function profileCard(session: Session): View {
  const body = div("card profile");
  const unwatch = session.profile.watch((role) => body.replaceChildren(...content(session, role)));
  return { element: body, dispose: unwatch };
}

function content(session: Session, role: RoleDB): readonly Node[] {
  const rank = rankOf(role.rating);
  const tag = span("rank", rank.name);
  tag.style.setProperty("--rank", rank.color);
  const train = button({ label: `Train  +${powerUp}`, className: "button-quiet", onError: toastError }, async () => {
    await session.role.rolePowerUp({ powerUp });
    await session.refresh();
  });
  return [
    div("profile-head", avatar(session.roleId, role.name), div("profile-who", nameLine(session, role), tag)),
    div(
      "stats",
      stat("Rating", role.rating),
      stat("Power", role.power),
      stat("Won", role.wins),
      stat("Lost", role.losses),
    ),
    ...wayUp(role.rating),
    train,
  ];
}

/** How far it is to the next rank. */
function wayUp(rating: number): readonly Node[] {
  const next = nextRank(rating);
  if (next === undefined) return [];
  const bar = element("progress", { className: "way-up", max: 1, value: next.share });
  bar.style.setProperty("--rank", next.rank.color);
  const label = `${next.at - rating} to ${next.rank.name}`;
  bar.setAttribute("aria-label", label);
  return [div("way", bar, span("muted", label))];
}

function nameLine(session: Session, { name }: RoleDB): HTMLElement {
  const line = div("name-line", element("h2", { textContent: name }));
  const edit = element("button", { className: "icon-button", type: "button", title: "Rename", textContent: "✎" });
  edit.onclick = () => line.replaceWith(nameForm(session, name, line));
  line.append(edit);
  return line;
}

function nameForm(session: Session, name: string, line: HTMLElement): HTMLElement {
  const input = element("input", {
    className: "input",
    value: name,
    maxLength: 32,
    required: true,
    ariaLabel: "New name",
  });
  const save = element("button", { className: "button button-small", type: "submit", textContent: "Save" });
  const form = element("form", { className: "name-form" }, input, save);
  const close = () => form.replaceWith(line);
  form.onsubmit = async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      await session.role.roleModifyName({ newName: input.value.trim() });
      await session.refresh();
    } catch (error) {
      toastError(error);
      close();
    }
  };
  input.onkeydown = ({ key }) => {
    if (key === "Escape") close();
  };
  queueMicrotask(() => input.select());
  return form;
}

function stat(label: string, value: number): HTMLElement {
  return div("stat", span("stat-value", value.toLocaleString("en")), span("label", label));
}
