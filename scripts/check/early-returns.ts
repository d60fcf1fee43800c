import { globSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { childrenOf, isNode, lineOf, parseSource, type SyntaxNode } from "./syntax.ts";

const sources = "{bench,chaos,demo,drill,examples,packages,plugins,scripts}/**/*.ts";

/**
 * One line per place where an async function returns a call that it did not await, after `using` or `await using`: what the call
 * gives may be a promise, and what it needs is disposed before that is settled.
 */
export function checkEarlyReturns(root: string): readonly string[] {
  const files = globSync(sources, { cwd: root, exclude: (path) => path.includes("node_modules") }).sort();
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    if (!/\busing\s/.test(text)) return [];
    return earlyReturns(text).map(
      (line) => `${file}:${line}: write "return await …", or return behind the block: what is used is disposed before`,
    );
  });
}

/** What a `return` would mean at some place. */
interface Place {
  readonly isAsync: boolean;
  readonly disposes: boolean;
}

/** The lines of such returns. */
export function earlyReturns(text: string): readonly number[] {
  const lines: number[] = [];
  const visit = (node: SyntaxNode, place: Place): void => {
    if (isEarly(node, place)) lines.push(lineOf(text, node));
    let inside = isFunction(node) ? { isAsync: node.async === true, disposes: false } : place;
    for (const child of childrenOf(node)) {
      visit(child, inside);
      if (isUsing(child)) inside = { ...inside, disposes: true };
    }
  };
  visit(parseSource(text), { isAsync: false, disposes: false });
  return lines;
}

function isEarly(node: SyntaxNode, { isAsync, disposes }: Place): boolean {
  return isAsync && disposes && node.type === "ReturnStatement" && mayBePromise(node.argument);
}

function isFunction({ type }: SyntaxNode): boolean {
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

function isUsing({ type, kind }: SyntaxNode): boolean {
  return type === "VariableDeclaration" && (kind === "using" || kind === "await using");
}

/** The value of a call is unknown; of an operator it is what either side gives. */
function mayBePromise(value: unknown): boolean {
  if (!isNode(value)) return false;
  switch (value.type) {
    case "CallExpression":
    case "ImportExpression":
      return true;
    case "ConditionalExpression":
      return mayBePromise(value.consequent) || mayBePromise(value.alternate);
    case "LogicalExpression":
      return mayBePromise(value.left) || mayBePromise(value.right);
    case "ChainExpression":
    case "ParenthesizedExpression":
    case "TSAsExpression":
    case "TSNonNullExpression":
    case "TSSatisfiesExpression":
      return mayBePromise(value.expression);
    default:
      return false;
  }
}
