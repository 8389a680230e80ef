/** The options of a run, checked before anything begins. */
import { invalidOption } from '../../option-check.ts'
import { isSignal, strangeName } from '../../option-rules.ts'
import type { NamesOf } from '../messages/options.ts'
import { IF_BUSY, type InputRequest, type RunOptions } from './task.ts'

const NAMES: NamesOf<RunOptions> = { task: true, input: true, signal: true, ifBusy: true }

/**
 * Throws HEDDLE_INVALID_OPTION, which names the option. The task is checked by `messagesOfTask`.
 */
export function checkRun(given: unknown): RunOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalidOption('of run', given, "an object, as in run({ task: 'Find a train' })")
  }
  const stranger = strangeName(given, NAMES)
  if (stranger !== undefined) throw invalidOption(stranger.at, stranger.value, stranger.must)
  const { input, signal, ifBusy } = given as Readonly<Record<string, unknown>>
  if (ifBusy !== undefined && !IF_BUSY.some((one) => one === ifBusy)) {
    throw invalidOption('ifBusy', ifBusy, `one of ${IF_BUSY.join(', ')}`)
  }
  if (signal !== undefined && !isSignal(signal)) {
    throw invalidOption('signal', signal, 'an AbortSignal')
  }
  if (input !== undefined && typeof input !== 'string') {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      throw invalidOption('input', input, 'a string, or strings by request id')
    }
    for (const [id, answer] of Object.entries(input)) {
      if (typeof answer !== 'string') throw invalidOption(`input.${id}`, answer, 'a string')
    }
  }
  return given as RunOptions
}

/** The signal of options that are not checked yet. */
export function signalOf(given: unknown): AbortSignal | undefined {
  const signal: unknown = Object(given).signal
  return isSignal(signal) ? signal : undefined
}

/**
 * The answers by the ids of the open requests. Throws HEDDLE_INVALID_OPTION for an answer without
 * an open request.
 */
export function answersOf(
  input: RunOptions['input'],
  open: readonly InputRequest[],
): ReadonlyMap<string, string> {
  if (input === undefined) return new Map()
  const ids = open.map(({ id }) => `'${id}'`).join(', ')
  const answers = typeof input === 'string' ? [] : Object.entries(input)
  const [first] = open
  if (first === undefined) {
    if (typeof input !== 'string' && answers.length === 0) return new Map()
    const unasked = answers.map(([id]) => `'${id}'`).join(', ')
    const rule = `left out: nothing was asked${unasked === '' ? '' : ` under ${unasked}`}`
    throw invalidOption('input', input, rule)
  }
  if (typeof input === 'string') {
    if (open.length === 1) return new Map([[first.id, input]])
    throw invalidOption('input', input, `answers by request id, since several are open: ${ids}`)
  }
  const stray = answers.find(([id]) => !open.some((one) => one.id === id))
  if (stray === undefined) return new Map(answers)
  const [id, answer] = stray
  throw invalidOption(`input.${id}`, answer, `under the id of an open request: ${ids}`)
}

/** The answers beside a task, of which there must be none. Throws HEDDLE_INVALID_OPTION. */
export function noAnswers(input: RunOptions['input']): Readonly<Record<string, string>> {
  if (input === undefined || (typeof input !== 'string' && Object.keys(input).length === 0)) {
    return {}
  }
  const rule = 'left out beside a task, which drops what was asked before: give one or the other'
  throw invalidOption('input', input, rule)
}
