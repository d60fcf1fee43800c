import { create, type DescMessage, type Message } from "@bufbuild/protobuf";

/** A message while it is being filled. */
export type Fields = Message & Record<string, unknown>;

/**
 * Makes empty messages of one type, as `create` does but by copying one: nothing of it is an object literal that the
 * messages of all types share, which V8 would move to the old generation for all as soon as those of one type live long.
 * Undefined for a type with maps, oneofs, or fields that are found in its prototype.
 */
export function blankMaker(desc: DescMessage): (() => Fields) | undefined {
  const isPlain = desc.members.every((member) => member.kind === "field" && member.fieldKind !== "map");
  const blank: Message = create(desc);
  // Those of google.protobuf have forms of their own in TypeScript.
  if (!isPlain || Object.getPrototypeOf(blank) !== Object.prototype || desc.typeName.startsWith("google.protobuf.")) {
    return undefined;
  }
  const lists = desc.fields.filter(({ fieldKind }) => fieldKind === "list").map(({ localName }) => localName);
  return () => {
    const message: Fields = { ...blank };
    for (const list of lists) message[list] = [];
    return message;
  };
}
