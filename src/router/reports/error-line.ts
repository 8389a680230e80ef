/**
 * What is fit for a line of heddle's own on stderr: on one line, without control characters, and
 * not too long, whatever the text is that somebody gave. A key may hold a megabyte, or a line break
 * and what looks like another line.
 */
import type { ErrorRecord } from '../../errors.ts'

declare const FIT: unique symbol

/** A text that may stand in a line: only the functions of this file make one. */
export type Line = string & { readonly [FIT]: true }

/** Characters of a sentence, and of a name in one. */
const MAX_TEXT = 400
const MAX_NAME = 200
/** Frames of this library say nothing about the fault. */
const OWN = new URL('../', import.meta.url).href.replace('file://', '')

/** A frame in a file: `at name (place)` or `at place`. Node's own have other places. */
const FRAME = /^ +at (?:.*\(|async )?((?:file:\/\/)?\/[^()\n]+:\d+:\d+)\)?$/gm

/** A sentence: no text of anybody's gets into it without having been made fit. */
export function line(words: TemplateStringsArray, ...values: readonly (Line | number)[]): Line {
  return String.raw({ raw: words }, ...values) as Line
}

/** The name, key or id of something. */
export function named(name: string): Line {
  return cut(name, MAX_NAME)
}

/** What a user writes on stderr as his own: it is not heddle's to change. */
export function asWritten(text: string): Line {
  return text as Line
}

/** An error: what it is, its code, and where it was thrown. */
export function errorLine(error: ErrorRecord): Line {
  const { name, message, code } = error
  const isNamed = name === 'HeddleError' || message.startsWith(name)
  const said = isNamed ? message : `${name}: ${message}`
  const coded = code === undefined || said.includes(code) ? said : `${said} (${code})`
  const place = placeOf(error)
  return place === undefined ? oneLine(coded) : line`${oneLine(coded)}, at ${oneLine(place)}`
}

/** A text of anybody's on one line, without control characters, and not too long. */
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
