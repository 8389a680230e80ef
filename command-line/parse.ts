/**
 * Options of a program, checked before its work begins. A wrong option is a {@link CommandError}
 * with exit code 2, which names the option and what to do.
 */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { usageError } from './command-error.ts'
import { printable } from './printable.ts'

export type Option =
  | { readonly kind: 'flag'; readonly help: string }
  /** A whole number. */
  | {
      readonly kind: 'count'
      readonly help: string
      readonly least: number
      readonly most: number
      readonly default: number
    }
  /** `value` stands for it in the help, as in `FILE`. */
  | {
      readonly kind: 'text'
      readonly help: string
      readonly value: string
      readonly default?: string
    }
  /**
   * Several names of a list: `--only a b --only c`. Words after the first would otherwise be
   * operands.
   */
  | { readonly kind: 'names'; readonly help: string; readonly of: readonly string[] }

type Options = Readonly<Record<string, Option>>

export interface CommandSpec<O extends Options = Options> {
  /** What to type before the options: `npm start --`. */
  readonly command: string
  /** What the program does, in a sentence or two. */
  readonly about: string
  readonly options: O
  /** What it takes besides options. Default: nothing. */
  readonly operands?: { readonly value: string; readonly help: string; readonly most: number }
  /** Pairs of options that exclude each other. */
  readonly conflicts?: readonly (readonly [string, string])[]
}

type Value<T extends Option> = T extends { kind: 'flag' }
  ? boolean
  : T extends { kind: 'count' }
    ? number
    : T extends { kind: 'names' }
      ? readonly string[] | undefined
      : T extends { default: string }
        ? string
        : string | undefined

export interface Command<O extends Options = Options> {
  readonly kind: 'run'
  readonly values: { readonly [name in keyof O]: Value<O[name]> }
  readonly operands: readonly string[]
}

/** Throws a CommandError. `--help` and `-h` win over everything else. */
export function parseCommand<const O extends Options>(
  spec: CommandSpec<O>,
  args: readonly string[],
): Command<O> | { readonly kind: 'help' } {
  const types = Object.entries(spec.options).map(([name, { kind }]) => {
    return [name, { type: kind === 'flag' ? 'boolean' : 'string' }] as const
  })
  const options: ParseArgsOptionsConfig = {
    ...Object.fromEntries(types),
    help: { type: 'boolean', short: 'h' },
  }
  // Not strict: its errors have many lines, and do not say what to do. The tokens hold everything
  // that was typed.
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true })
  if (tokens.some((token) => token.kind === 'option' && token.name === 'help')) {
    return { kind: 'help' }
  }
  const values: Record<string, unknown> = defaultsOf(spec.options)
  const given = new Map<string, readonly string[]>()
  const operands: string[] = []
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional') {
      operands.push(token.value)
      continue
    }
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(spec.options, name) ? spec.options[name] : undefined
    if (option === undefined) {
      throw usageError(`there is no option ${shown(rawName)}; there are ${namesOf(spec.options)}`)
    }
    const text = checkedText(rawName, option, value, inlineValue === true)
    const all = [...(given.get(name) ?? []), ...(text === undefined ? [] : [text])]
    given.set(name, all)
    values[name] = text === undefined ? true : checkedValue(rawName, option, text, all)
  }
  const rest = withNames(spec.options, given, values, operands)
  checkOperands(spec, rest)
  for (const [one, other] of spec.conflicts ?? []) {
    if (given.has(one) && given.has(other)) {
      throw usageError(`--${one} and --${other} can't stand together; leave one of them out`)
    }
  }
  return { kind: 'run', values: values as Command<O>['values'], operands: rest }
}

function defaultsOf(options: Options): Record<string, unknown> {
  const defaults = Object.entries(options).map(([name, option]) => {
    if (option.kind === 'flag') return [name, false]
    return [name, 'default' in option ? option.default : undefined]
  })
  return Object.fromEntries(defaults)
}

/** The value of an option; `undefined` for a flag. */
function checkedText(
  rawName: string,
  option: Option,
  value: string | undefined,
  inline: boolean,
): string | undefined {
  if (option.kind === 'flag') {
    if (inline) throw usageError(`${rawName} takes no value; leave '=${shown(value ?? '')}' out`)
    return undefined
  }
  if (value === undefined || value === '') {
    throw usageError(`${rawName} needs ${wanted(option)}`)
  }
  if (!inline && value.startsWith('-') && value !== '-') {
    const dashed = option.kind === 'text' ? `; if it begins with a dash: ${rawName}=${value}` : ''
    throw usageError(`${rawName} needs ${wanted(option)}${shown(dashed)}`)
  }
  return value
}

function checkedValue(
  rawName: string,
  option: Option,
  text: string,
  all: readonly string[],
): unknown {
  if (option.kind === 'names') {
    for (const name of all) checkName(rawName, option.of, name)
    return all
  }
  if (option.kind !== 'count') return text
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= option.least && number <= option.most) return number
  throw usageError(`${rawName} is '${shown(text)}', and must be ${wanted(option)}`)
}

function checkName(rawName: string, known: readonly string[], name: string): void {
  if (known.includes(name)) return
  throw usageError(`${rawName} has no '${shown(name)}'; there are ${known.join(', ')}`)
}

/** Moves operands to the option that takes several names, if it was given. */
function withNames(
  options: Options,
  given: ReadonlyMap<string, readonly string[]>,
  values: Record<string, unknown>,
  operands: readonly string[],
): readonly string[] {
  const [found] = Object.entries(options).filter(([, { kind }]) => kind === 'names')
  if (found === undefined || !given.has(found[0])) return operands
  const [name, option] = found
  const all = [...(given.get(name) ?? []), ...operands]
  if (option.kind === 'names') for (const one of all) checkName(`--${name}`, option.of, one)
  values[name] = all
  return []
}

function checkOperands({ operands, options }: CommandSpec, found: readonly string[]): void {
  const most = operands?.most ?? 0
  const extra = found[most]
  if (extra === undefined) {
    if (!found.includes('')) return
    throw usageError(`${operands?.value ?? 'a word'} is empty; name it, or leave it out`)
  }
  const takes =
    operands === undefined
      ? `only options: ${namesOf(options)}`
      : `${most === 1 ? 'one' : most} ${operands.value}`
  throw usageError(`'${shown(extra)}' is not expected; this takes ${takes}`)
}

function wanted(option: Exclude<Option, { kind: 'flag' }>): string {
  switch (option.kind) {
    case 'count':
      return `a whole number from ${option.least} to ${option.most}`
    case 'names':
      return `one or more of ${option.of.join(', ')}`
    case 'text':
      return `a value: ${option.value}`
  }
}

function namesOf(options: Options): string {
  return [...Object.keys(options), 'help'].map((name) => `--${name}`).join(', ')
}

/** What was typed, on one line and cut to its length. */
function shown(text: string): string {
  const one = printable(text)
  return one.length <= 80 ? one : `${one.slice(0, 79)}…`
}

export function helpOf(spec: CommandSpec): string {
  const { command, about, options, operands } = spec
  const rows: [string, string][] = Object.entries(options).map(([name, option]) => {
    return [`--${name}${placeholder(option)}`, `${option.help}${defaultText(option)}`]
  })
  if (operands !== undefined) rows.unshift([operands.value, operands.help])
  rows.push(['--help, -h', 'shows this help'])
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  const usage = operands === undefined ? '' : ` [${operands.value}]`
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)
  return [`usage: ${command}${usage} [options]`, '', about, '', ...lines, ''].join('\n')
}

function placeholder(option: Option): string {
  switch (option.kind) {
    case 'flag':
      return ''
    case 'count':
      return ' N'
    case 'names':
      return ' NAME …'
    case 'text':
      return ` ${option.value}`
  }
}

function defaultText(option: Option): string {
  return 'default' in option && option.default !== undefined ? ` (${option.default})` : ''
}
