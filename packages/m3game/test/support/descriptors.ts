import { createFileRegistry, createRegistry, type DescFile, fromJson, type JsonObject } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, file_google_protobuf_descriptor } from "@bufbuild/protobuf/wkt";
import {
  file_buf_validate_validate,
  field as validateField,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import {
  dbfield_option,
  file_m3_options,
  method_option,
  rpc_option,
  service_option,
  viewfield_option,
} from "../../gen/m3/options_pb.js";

const options = createRegistry(
  rpc_option,
  method_option,
  service_option,
  dbfield_option,
  viewfield_option,
  validateField,
);
const imports: readonly DescFile[] = [file_google_protobuf_descriptor, file_m3_options, file_buf_validate_validate];

/** Compiles a proto3 file that is written as the JSON of its descriptor; it may use the framework's options. */
export function compileFile(json: JsonObject): DescFile {
  const proto = fromJson(
    FileDescriptorProtoSchema,
    { syntax: "proto3", dependency: ["m3/options.proto", "buf/validate/validate.proto"], ...json },
    { registry: options },
  );
  const file = createFileRegistry(proto, (name) => imports.find((known) => `${known.name}.proto` === name)).getFile(
    proto.name,
  );
  if (file === undefined) throw new Error(`${proto.name} was not compiled`);
  return file;
}
