import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The proto files behind some services, by name, by what they define and by what they extend. */
export class DescriptorIndex {
  /** Full names of the services, sorted. */
  readonly services: readonly string[];
  readonly #files = new Map<string, DescFile>();
  readonly #symbols = new Map<string, DescFile>();
  readonly #extensions = new Map<string, Map<number, DescFile>>();

  constructor(services: readonly DescService[]) {
    this.services = services.map((service) => service.typeName).sort();
    for (const service of services) this.#add(service.file);
  }

  /** The file `name.proto`, named as imports name it. */
  file(name: string): DescFile | undefined {
    return this.#files.get(name);
  }

  /** The file that defines a message, field, oneof, enum, enum value, extension, service or method. */
  fileOfSymbol(fullName: string): DescFile | undefined {
    return this.#symbols.get(fullName);
  }

  /** The file that defines extension `number` of a message. */
  fileOfExtension(message: string, number: number): DescFile | undefined {
    return this.#extensions.get(message)?.get(number);
  }

  /** Numbers of the known extensions of a message, undefined when the message is unknown too. */
  extensionNumbers(message: string): readonly number[] | undefined {
    const numbers = this.#extensions.get(message);
    if (numbers !== undefined) return [...numbers.keys()].sort((a, b) => a - b);
    return this.#symbols.has(message) ? [] : undefined;
  }

  #add(file: DescFile): void {
    if (this.#files.has(file.proto.name)) return;
    this.#files.set(file.proto.name, file);
    for (const dependency of file.dependencies) this.#add(dependency);
    for (const type of nestedTypes(file)) {
      this.#symbols.set(type.typeName, file);
      switch (type.kind) {
        case "message":
          for (const member of type.members) this.#symbols.set(`${type.typeName}.${member.name}`, file);
          break;
        case "enum":
          // Enum values live beside their enum.
          for (const value of type.values) this.#symbols.set(`${scopeOf(type.typeName)}${value.name}`, file);
          break;
        case "service":
          for (const method of type.methods) this.#symbols.set(`${type.typeName}.${method.name}`, file);
          break;
        case "extension":
          this.#addExtension(type.extendee.typeName, type.number, file);
      }
    }
  }

  #addExtension(message: string, number: number, file: DescFile): void {
    const numbers = this.#extensions.get(message) ?? new Map<number, DescFile>();
    this.#extensions.set(message, numbers.set(number, file));
  }
}

/** A file's descriptor and those of all it imports, each encoded: itself first, every file before what it imports. */
export function encodeWithImports(file: DescFile): Uint8Array[] {
  const done = new Set<DescFile>();
  const add = (next: DescFile) => {
    if (done.has(next)) return;
    for (const dependency of next.dependencies) add(dependency);
    done.add(next);
  };
  add(file);
  return [...done].reverse().map((next) => toBinary(FileDescriptorProtoSchema, next.proto));
}

function scopeOf(typeName: string): string {
  return typeName.slice(0, typeName.lastIndexOf(".") + 1);
}
