/** An error as a part of one line: what it is, its code, and where it was thrown. */
import type { ErrorRecord } from '../errors.ts'

const MAX_TEXT = 400
/** Frames of this library say nothing about the fault. */
const OWN = new URL('../', import.meta.url).href.replace('file://', '')

/** A frame in a file: `at name (place)` or `at place`. Node's own have other places. */
const FRAME = /^ +at (?:.*\(|async )?((?:file:\/\/)?\/[^()\n]+:\d+:\d+)\)?$/gm

export function errorLine(error: ErrorRecord): string {
  const { name, message, code } = error
  const isNamed = name === 'HeddleError' || message.startsWith(name)
  const said = isNamed ? message : `${name}: ${message}`
  const coded = code === undefined || said.includes(code) ? said : `${said} (${code})`
  const place = placeOf(error)
  return `${oneLine(coded)}${place === undefined ? '' : `, at ${place}`}`
}

/** A text of anybody's on one line, without control characters, and not too long. */
export function oneLine(text: string): string {
  const plain = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return plain.length > MAX_TEXT ? `${plain.slice(0, MAX_TEXT)}…` : plain
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
