/** The rule for an option that goes into a body of JSON as it is. */
import { isPlain, isRecord, readFrom } from '../describe.ts'
import type { OptionRule, Wrong } from '../option-rules.ts'

const RULE = 'an object of values that JSON carries'

/**
 * An object that JSON carries whole: what `JSON.stringify` would leave out or change, such as a
 * function, NaN or a map, is refused by its place. A field that is undefined is left out.
 */
export const JSON_OBJECT: OptionRule = {
  must: RULE,
  find: (value, at) => (isRecord(value) ? oddIn(value, at, []) : wrong(value, at, RULE)),
}

function wrong(value: unknown, at: string, must: string): Wrong {
  return { kind: 'value', at, value, must }
}

function oddIn(value: unknown, at: string, within: readonly object[]): Wrong | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (Number.isFinite(value)) return undefined
  if (typeof value !== 'object') return wrong(value, at, 'a value that JSON carries')
  if (within.includes(value)) return wrong(value, at, 'no part of itself')
  const path = [...within, value]
  if (Array.isArray(value)) {
    return first(Array.from(value, (item, place) => () => oddIn(item, `${at}[${place}]`, path)))
  }
  if (!isPlain(value)) return wrong(value, at, 'a plain object, or a list')
  const names = Object.keys(value).filter((name) => readFrom(value, name) !== undefined)
  return first(names.map((name) => () => oddIn(readFrom(value, name), `${at}.${name}`, path)))
}

function first(checks: readonly (() => Wrong | undefined)[]): Wrong | undefined {
  for (const check of checks) {
    const found = check()
    if (found !== undefined) return found
  }
  return undefined
}
