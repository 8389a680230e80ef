/**
 * What becomes of the errors behind a user interface.
 *
 * Invariant: no error is lost. `onError` gets it, or a line on stderr has it.
 */
import { types } from 'node:util'
import { errorToRecord } from '../errors.ts'
import { invalidOption } from '../option-check.ts'
import { errorLine, line, named } from '../router/reports/error-line.ts'
import { writeLine } from '../router/reports/stderr.ts'

const MASKED = 'An error occurred.'

/** The text of an error for a browser. `what`: what has failed. */
export type ErrorText = (error: unknown, what: string) => string

export function errorTextBy(onError: ((error: unknown) => string) | undefined): ErrorText {
  return (error, what) => {
    if (onError === undefined) return masked(error, what)
    try {
      const text: unknown = onError(error)
      if (typeof text === 'string') return text
      throw oddResult('onError', text, 'a string, at once')
    } catch (mistake) {
      masked(error, what)
      return masked(mistake, 'its onError')
    }
  }
}

function masked(error: unknown, what: string): string {
  const record = errorToRecord(error)
  // where an error of heddle was thrown says nothing to its users
  const { stack: _, ...coded } = record
  const said = errorLine(record.code?.startsWith('HEDDLE_') ? coded : record)
  writeLine(line`error heddle: in a UI message stream, ${named(what)} failed: ${said}`)
  return MASKED
}

/** HEDDLE_INVALID_OPTION: a function of the user returned something else than it must. */
export function oddResult(name: string, given: unknown, must: string): Error {
  // nobody waits for it
  if (types.isPromise(given)) Promise.prototype.then.call(given, undefined, () => {})
  return invalidOption(`what ${name} returns`, given, must)
}
