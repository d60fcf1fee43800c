import { type DescField, type DescMessage, getOption, type Message } from "@bufbuild/protobuf";
import {
  isReflectList,
  isReflectMap,
  isReflectMessage,
  type ReflectMessage,
  reflect,
  reflectList,
  reflectMap,
} from "@bufbuild/protobuf/reflect";
import { viewfield_option } from "../../gen/m3/options_pb.js";

/** What a view keeps of one type of message. */
export interface ViewCut {
  readonly desc: DescMessage;
  readonly fields: readonly { readonly field: DescField; readonly below: ViewCut | undefined }[];
}

/** The views that an option of a field names: `"RVBrief, RVDetail"`. */
export function viewNames(list: string): readonly string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** Finds out once what the view `name` keeps. */
export function compileView(schema: DescMessage, name: string): ViewCut {
  const inside = new Map<DescMessage, ViewCut>();
  const outside = new Map<DescMessage, ViewCut>();
  const compile = (desc: DescMessage, isKept: boolean): ViewCut => {
    const known = isKept ? inside : outside;
    const found = known.get(desc);
    if (found !== undefined) return found;
    const fields: { field: DescField; below: ViewCut | undefined }[] = [];
    const cut = { desc, fields };
    // Before its fields are looked at, as a type may hold itself.
    known.set(desc, cut);
    for (const field of desc.fields) {
      const mark = markOf(field, name);
      if (mark === "black") continue;
      const keepsField = isKept || mark === "white";
      if (!keepsField && !(field.message !== undefined && holdsWhite(field.message, name, new Set()))) continue;
      fields.push({ field, below: field.message && compile(field.message, keepsField) });
    }
    return cut;
  };
  return compile(schema, false);
}

function markOf(field: DescField, view: string): "black" | "white" | undefined {
  const { wflag, bflag } = getOption(field, viewfield_option);
  if (viewNames(bflag).includes(view)) return "black";
  return viewNames(wflag).includes(view) ? "white" : undefined;
}

function holdsWhite(desc: DescMessage, view: string, seen: Set<DescMessage>): boolean {
  if (seen.has(desc)) return false;
  seen.add(desc);
  return desc.fields.some((field) => {
    const mark = markOf(field, view);
    if (mark !== undefined) return mark === "white";
    return field.message !== undefined && holdsWhite(field.message, view, seen);
  });
}

/** A copy of the message that holds only what the view keeps. Unknown fields are dropped: nobody knows who may see them. */
export function cutMessage(cut: ViewCut, message: Message): Message {
  return cutReflected(cut, reflect(cut.desc, message, false)).message;
}

function cutReflected({ desc, fields }: ViewCut, source: ReflectMessage): ReflectMessage {
  const target = reflect(desc, undefined, false);
  for (const { field, below } of fields) {
    if (!source.isSet(field)) continue;
    const value: unknown = source.get(field);
    if (field.fieldKind === "list" && isReflectList(value)) {
      const list = reflectList(field, [], false);
      for (const item of value) list.add(copyValue(item, below));
      target.set(field, list);
    } else if (field.fieldKind === "map" && isReflectMap(value)) {
      const map = reflectMap(field, {}, false);
      for (const [key, item] of value) map.set(key, copyValue(item, below));
      target.set(field, map);
    } else {
      target.set(field, copyValue(value, below));
    }
  }
  return target;
}

function copyValue(value: unknown, below: ViewCut | undefined): unknown {
  if (below !== undefined && isReflectMessage(value)) return cutReflected(below, value);
  return value instanceof Uint8Array ? value.slice() : value;
}
