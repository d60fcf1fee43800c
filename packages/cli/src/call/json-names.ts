import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import type { DescriptorProto, FileDescriptorProto } from "@bufbuild/protobuf/wkt";

/** Gives each field its name in JSON where the descriptor has none: not every server's reflection sends them. */
export function fillJsonNames(file: FileDescriptorProto): FileDescriptorProto {
  for (const field of file.extension) field.jsonName ||= protoCamelCase(field.name);
  for (const message of file.messageType) fillMessage(message);
  return file;
}

function fillMessage(message: DescriptorProto): void {
  for (const field of [...message.field, ...message.extension]) field.jsonName ||= protoCamelCase(field.name);
  for (const nested of message.nestedType) fillMessage(nested);
}
