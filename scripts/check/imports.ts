import { parseAst } from "vitest/node";

/** One place where a file names another module. */
export interface SourceImport {
  readonly specifier: string;
  readonly line: number;
  /** Gone once types are stripped: nothing is loaded because of it. */
  readonly typeOnly: boolean;
}

/** All imports of a TypeScript or JavaScript file: static, re-exports, dynamic with a literal, `import("…")` types. */
export function readImports(text: string): readonly SourceImport[] {
  const found: SourceImport[] = [];
  visit(parseAst(text, { lang: "ts" }), (node) => {
    const specifier = isNode(node.source) ? node.source.value : undefined;
    if (typeof specifier !== "string" || !importing.has(String(node.type))) return;
    const line = text.slice(0, Number(node.start)).split("\n").length;
    found.push({ specifier, line, typeOnly: isTypeOnly(node) });
  });
  return found;
}

const importing: ReadonlySet<string> = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
]);

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function visit(value: unknown, visitor: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, visitor);
  } else if (isNode(value)) {
    visitor(value);
    for (const child of Object.values(value)) visit(child, visitor);
  }
}

function isTypeOnly(node: Node): boolean {
  if (node.type === "TSImportType") return true;
  return node.importKind === "type" || node.exportKind === "type";
}
