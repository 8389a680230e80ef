/** The type of a rule, and the walks that most rules are made of. */
import type { Sources } from './source-tree.ts'
import { importsOf, type SyntaxNode } from './syntax.ts'

export interface Violation {
  readonly path: string
  readonly line: number
  readonly problem: string
}

export type Rule = (sources: Sources) => Violation[]

interface PlacedImport {
  readonly path: string
  readonly line: number
  readonly specifier: string
  readonly target: string | undefined
}

export function eachImport(
  sources: Sources,
  check: (found: PlacedImport) => Violation | undefined,
): Violation[] {
  return [...sources].flatMap(([path, text]) =>
    importsOf(path, text).flatMap((found) => check({ path, ...found }) ?? []),
  )
}

export function eachNode(
  sources: Sources,
  find: (text: string) => SyntaxNode[],
  problem: string,
): Violation[] {
  return [...sources].flatMap(([path, text]) =>
    find(text).map((node) => ({ path, line: node.loc.start.line, problem })),
  )
}
