import { type ParserOptions, type ParserPlugin, parse } from '@babel/parser'
import { complexityOf, type FunctionFigures, type SyntaxNode } from './complexity.ts'
import { isTooDeep } from './depth.ts'
import { type Fingerprints, fingerprintsOf } from './fingerprints.ts'

export interface FileFigures {
  readonly kind: 'measured'
  readonly path: string
  readonly bytes: number
  readonly lines: number
  readonly functions: number
  /** The sum over its functions, plus its decisions outside them. */
  readonly complexity: number
  /** The most complex function, or the first of equally complex ones. */
  readonly worst: FunctionFigures | null
  readonly longest: FunctionFigures | null
  /** How many errors the parser recovered from, such as a name declared twice. */
  readonly recovered: number
}

export interface MeasuredFile extends FileFigures {
  readonly fingerprints: Fingerprints
}

export interface UnparsableFile {
  readonly kind: 'unparsable'
  readonly path: string
  readonly bytes: number
  readonly reason: string
}

const TOO_DEEP = 'nested too deeply'

/**
 * Measures the text of a file. The extension of `path` says the language; no file is opened.
 * `bytes` is the file's size; by default, the size of the text. It never fails: a text that can't
 * be measured is unparsable.
 */
export function measureFile(
  path: string,
  text: string,
  bytes: number = Buffer.byteLength(text),
): MeasuredFile | UnparsableFile {
  try {
    return measured(path, text, bytes)
  } catch (error) {
    return { kind: 'unparsable', path, bytes, reason: reasonOf(error, text) }
  }
}

function measured(path: string, text: string, bytes: number): MeasuredFile | UnparsableFile {
  const file = parse(text, parserOptions(path))
  const { functions, outside, levels } = complexityOf(file.program as unknown as SyntaxNode)
  const tokens = file.tokens ?? []
  if (isTooDeep(text, tokens, levels)) return { kind: 'unparsable', path, bytes, reason: TOO_DEEP }
  return {
    kind: 'measured',
    path,
    bytes,
    lines: linesTo(file.loc?.end),
    functions: functions.length,
    complexity: functions.reduce((sum, { complexity }) => sum + complexity, outside),
    worst: highest(functions, ({ complexity }) => complexity),
    longest: highest(functions, ({ lines }) => lines),
    recovered: file.errors?.length ?? 0,
    fingerprints: fingerprintsOf(tokens),
  }
}

/** A file that ends in a line break has no line after it. */
function linesTo(end: { line: number; column: number } | null | undefined): number {
  if (end == null) return 0
  return end.column === 0 ? end.line - 1 : end.line
}

function reasonOf(error: unknown, text: string): string {
  // A stack overflow. Its message would depend on the engine.
  if (error instanceof RangeError) return TOO_DEEP
  if (text.includes('\0')) return 'binary: it has a zero byte'
  return error instanceof Error ? error.message : String(error)
}

function parserOptions(path: string): ParserOptions {
  const shared = {
    plugins: pluginsFor(path),
    tokens: true,
    attachComment: false,
    errorRecovery: true,
  }
  return path.endsWith('.cjs')
    ? { ...shared, sourceType: 'commonjs' }
    : { ...shared, sourceType: 'unambiguous', allowReturnOutsideFunction: true }
}

function pluginsFor(path: string): ParserPlugin[] {
  const plugins: ParserPlugin[] = ['decorators', 'decoratorAutoAccessors']
  if (!/\.[cm]?tsx?$/.test(path)) return [...plugins, 'jsx']
  plugins.push(['typescript', { dts: /\.d\.[cm]?ts$/.test(path) }])
  return path.endsWith('x') ? [...plugins, 'jsx'] : plugins
}

function highest(
  functions: readonly FunctionFigures[],
  figure: (of: FunctionFigures) => number,
): FunctionFigures | null {
  let best: FunctionFigures | null = null
  for (const next of functions) {
    const ahead = best === null ? 1 : figure(next) - figure(best) || best.line - next.line
    if (ahead > 0) best = next
  }
  return best
}
