import { childrenOf, isNode, lineOf, parseSource, type SyntaxNode } from "./syntax.ts";

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
  visit(parseSource(text), (node) => {
    const specifier = isNode(node.source) ? node.source.value : undefined;
    if (typeof specifier !== "string" || !importing.has(String(node.type))) return;
    found.push({ specifier, line: lineOf(text, node), typeOnly: isTypeOnly(node) });
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

function visit(node: SyntaxNode, visitor: (node: SyntaxNode) => void): void {
  visitor(node);
  for (const child of childrenOf(node)) visit(child, visitor);
}

function isTypeOnly(node: SyntaxNode): boolean {
  if (node.type === "TSImportType") return true;
  return node.importKind === "type" || node.exportKind === "type";
}
