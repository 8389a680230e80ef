import { posix } from 'node:path'
import { parse } from '@babel/parser'

/** The parts of a syntax node that the rules use. */
export interface SyntaxNode {
  readonly type: string
  readonly loc: {
    readonly start: { readonly line: number }
    readonly end: { readonly line: number }
  }
  readonly [field: string]: unknown
}

/** A node with its parent, and the parent's field that holds it. */
interface Place {
  readonly node: SyntaxNode
  readonly parent: SyntaxNode | undefined
  readonly field: string
}

export interface Import {
  readonly line: number
  readonly specifier: string
  /** The file, by path from the root; `undefined` for packages and built-in modules. */
  readonly target: string | undefined
}

interface Parsed {
  readonly places: readonly Place[]
  readonly failure: { readonly line: number; readonly problem: string } | undefined
}

const parsedTexts = new Map<string, Parsed>()

function parsed(text: string): Parsed {
  let known = parsedTexts.get(text)
  if (known === undefined) {
    known = parseText(text)
    parsedTexts.set(text, known)
  }
  return known
}

function parseText(text: string): Parsed {
  try {
    // Code that parses and does not compile is left to the type check.
    const options = { sourceType: 'module', errorRecovery: true, attachComment: false } as const
    const file = parse(text, { ...options, plugins: ['typescript'] })
    const places: Place[] = []
    walk({ node: file.program as unknown as SyntaxNode, parent: undefined, field: '' }, places)
    return { places, failure: undefined }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const { line } = (error as SyntaxError & { loc: { line: number } }).loc
    return { places: [], failure: { line, problem: error.message } }
  }
}

/** Why the text can't be parsed. All other functions find nothing in such a text. */
export function syntaxErrorIn(text: string): Parsed['failure'] {
  return parsed(text).failure
}

export function nodesOf(text: string, ...types: readonly string[]): SyntaxNode[] {
  return parsed(text)
    .places.map((place) => place.node)
    .filter((node) => types.includes(node.type))
}

const DECLARATIONS = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration']
const EXPRESSIONS = ['ImportExpression', 'TSImportType']

/** Imports, re-exports, `import(…)` of a literal, and types from `import('…')`. */
export function importsOf(path: string, text: string): Import[] {
  return nodesOf(text, ...DECLARATIONS, ...EXPRESSIONS).flatMap((node) => {
    const specifier = textOf(node.source)
    if (specifier === undefined) return []
    return { line: node.loc.start.line, specifier, target: resolve(path, specifier) }
  })
}

/**
 * Uses of a global by its own name or through `globalThis`, without members, keys or types of that
 * name.
 */
export function usesOf(text: string, ...names: readonly string[]): SyntaxNode[] {
  return parsed(text)
    .places.filter(({ node, parent, field }) => {
      if (!names.includes(nameOf(node) ?? '') || parent?.type === 'TSTypeQuery') return false
      if (field === 'property' && parent?.computed === false) {
        return nameOf(parent.object) === 'globalThis'
      }
      const isKey = field === 'key' && parent?.computed !== true
      return !isKey && field !== 'imported' && field !== 'exported'
    })
    .map((place) => place.node)
}

/** `object.property`, as `['Date', 'now']`; `undefined` where the object is not a plain name. */
export function memberNames(node: SyntaxNode): readonly [string, string] | undefined {
  if (node.type !== 'MemberExpression' && node.type !== 'OptionalMemberExpression') return undefined
  const object = nameOf(node.object)
  const property = node.computed ? textOf(node.property) : nameOf(node.property)
  return object === undefined || property === undefined ? undefined : [object, property]
}

export function nameOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'Identifier' ? String(value.name) : undefined
}

export function textOf(value: unknown): string | undefined {
  return isNode(value) && value.type === 'StringLiteral' ? String(value.value) : undefined
}

function resolve(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  if (specifier === 'heddle') return 'src/index.ts'
  if (specifier.startsWith('heddle/')) return `src/${specifier.slice('heddle/'.length)}/index.ts`
  return undefined
}

function walk(place: Place, found: Place[]): void {
  found.push(place)
  for (const [field, value] of Object.entries(place.node)) {
    for (const node of Array.isArray(value) ? value : [value]) {
      if (isNode(node)) walk({ node, parent: place.node, field }, found)
    }
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return value !== null && typeof value === 'object' && 'type' in value && 'loc' in value
}
