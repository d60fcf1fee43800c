import { parseAst } from "vitest/node";

/** A node of a syntax tree, as ESTree has it. */
export type SyntaxNode = Readonly<Record<string, unknown>>;

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value;
}

/** The tree of a TypeScript or JavaScript file. */
export function parseSource(text: string): SyntaxNode {
  return { ...parseAst(text, { lang: "ts" }) };
}

/** The nodes right below a node, in the order of the text. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flat().filter(isNode);
}

export function lineOf(text: string, { start }: SyntaxNode): number {
  return text.slice(0, Number(start)).split("\n").length;
}
