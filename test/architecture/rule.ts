/** The type of a rule, and the walks that most rules are made of. */
import type { Reason } from '../reason.ts'
import type { Sources } from './source-tree.ts'
import { importsOf, type SyntaxNode } from './syntax.ts'

export interface Violation {
  readonly path: string
  readonly line: number
  readonly problem: string
}

/** Paths that a rule does not bind, and why. One that ends in a slash is a folder. */
export type Exempt = Readonly<Record<string, Reason>>

export interface Rule {
  (sources: Sources): Violation[]
  /** The exempt paths that keep the rule, and so need no exemption. */
  readonly needless?: (sources: Sources) => string[]
}

/** The same rule, but for what is exempt. */
export function except(exempt: Exempt, rule: (sources: Sources) => Violation[]): Rule {
  const paths = Object.keys(exempt)
  const isAt = (path: string) => (place: string) => {
    return place.endsWith('/') ? path.startsWith(place) : path === place
  }
  const bound = (sources: Sources) => rule(sources).filter(({ path }) => !paths.some(isAt(path)))
  const needless = (sources: Sources) => {
    const violations = rule(sources)
    return paths.filter((place) => !violations.some(({ path }) => isAt(path)(place)))
  }
  return Object.assign(bound, { needless })
}

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
