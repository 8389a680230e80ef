/**
 * Makes text fit for heddle's own lines on stderr: one line, without control characters, and not
 * too long, whatever the given text is. A key may be a megabyte long, or contain a line break and
 * what looks like another line.
 */
import type { ErrorRecord } from '../../errors.ts'

declare const FIT: unique symbol

/** Text that is fit for a line: only the functions of this file make it. */
export type Line = string & { readonly [FIT]: true }

/** The most characters of a sentence, and of a name in one. */
const MAX_TEXT = 400
const MAX_NAME = 200
/** Frames of this library do not help to find the fault. */
const OWN = new URL('../../', import.meta.url).href.replace('file://', '')

/**
 * A stack frame in a file: `at name (place)` or `at place`. Node's own frames have other places.
 */
const FRAME = /^ +at (?:.*\(|async )?((?:file:\/\/)?\/[^()\n]+:\d+:\d+)\)?$/gm

/** A sentence: all text that gets into it has been made fit first. */
export function line(words: TemplateStringsArray, ...values: readonly (Line | number)[]): Line {
  return String.raw({ raw: words }, ...values) as Line
}

/** The name, key or id of something. */
export function named(name: string): Line {
  return cut(name, MAX_NAME)
}

/** Text that users write on stderr themselves: heddle must not change it. */
export function asWritten(text: string): Line {
  return text as Line
}

/** An error as text: its message, its code, and where it was thrown. */
export function errorLine(error: ErrorRecord): Line {
  const { name, message, code } = error
  const isNamed = name === 'HeddleError' || message.startsWith(name)
  const said = isNamed ? message : `${name}: ${message}`
  const coded = code === undefined || said.includes(code) ? said : `${said} (${code})`
  const place = placeOf(error)
  return place === undefined ? oneLine(coded) : line`${oneLine(coded)}, at ${oneLine(place)}`
}

/** Any text on one line, without control characters, and not too long. */
export function oneLine(text: string): Line {
  return cut(text, MAX_TEXT)
}

function cut(text: string, max: number): Line {
  const start = text.length > 4 * max ? text.slice(0, 4 * max) : text
  const plain = start.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  const isCut = plain.length > max || start !== text
  return (isCut ? `${plain.slice(0, max)}…` : plain) as Line
}

/** Where the innermost cause was thrown: file, line, column; in the user's own code if possible. */
function placeOf(error: ErrorRecord): string | undefined {
  const inner = error.cause === undefined ? undefined : placeOf(error.cause)
  if (inner !== undefined) return inner
  const places = [...(error.stack ?? '').matchAll(FRAME)]
    .map(([, place = '']) => place.replace('file://', ''))
    .filter((place) => !place.startsWith(OWN))
  return places.find((place) => !place.includes('/node_modules/')) ?? places[0]
}
