import { create, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { blankMaker } from "./blank-message.ts";

/** Values of fields by their names in TypeScript. */
type Init = Readonly<Record<string, unknown>>;

/** Makes messages of one type from their fields, as `create` does. */
export function messageMaker(desc: DescMessage): (init: Init) => Message {
  const blank = blankMaker(desc);
  const isSimple = desc.fields.every(
    ({ fieldKind, scalar }) => fieldKind === "enum" || (fieldKind === "scalar" && scalar !== ScalarType.BYTES),
  );
  if (blank === undefined || !isSimple) return (init) => create(desc, init);
  const names = desc.fields.map(({ localName }) => localName);
  return (init) => {
    const message = blank();
    for (const name of names) {
      const value = init[name];
      if (value !== undefined && value !== null) message[name] = value;
    }
    return message;
  };
}
