/**
 * Tool calls that come in parts, several at once.
 *
 * Owns: the calls of one answer.
 * Invariants: an id is never given twice; a call is not told of before its name is known.
 */
import type { ModelPiece, ToolCall } from '../models/model.ts'

/** A part of a call; texts are empty where there are none. */
export interface CallPart {
  /** Which call it belongs to. Some servers leave it out, or say 0 of all. */
  readonly index: number | null | undefined
  readonly id: string
  readonly name: string
  readonly text: string
}

interface Call {
  readonly index: number | undefined
  /** The provider's; may be empty. */
  given: string
  id: string
  name: string
  text: string
  /** How much of the text has been told. */
  told: number
}

export class ToolCallParts {
  readonly #ids: string
  readonly #calls: Call[] = []

  constructor(ids: string) {
    this.#ids = ids
  }

  get calls(): ToolCall[] {
    // some servers send no arguments where a tool takes none
    return this.#calls.map(({ id, name, text }) => ({ id, name, arguments: text || '{}' }))
  }

  /** Takes in a part; returns what is new of the call, once its name is known. */
  add(part: CallPart): ModelPiece[] {
    const call = this.#callOf(part) ?? this.#begin(part)
    if (call.given === '') call.given = part.id
    if (call.name === '') call.name = part.name
    call.text += part.text
    const text = call.text.slice(call.told)
    if (call.name === '' || text === '') return []
    call.told = call.text.length
    return [{ kind: 'tool-input', callId: call.id, name: call.name, text }]
  }

  #callOf({ index, id, name }: CallPart): Call | undefined {
    const beginsAnother = (call: Call) => id !== '' && id !== call.given && name !== ''
    if (typeof index === 'number') {
      const call = this.#calls.findLast((one) => one.index === index)
      return call === undefined || (call.given !== '' && beginsAnother(call)) ? undefined : call
    }
    if (id !== '') {
      const known = this.#calls.find((one) => one.given === id)
      if (known !== undefined || name !== '') return known
    }
    return name === '' ? this.#calls.at(-1) : undefined
  }

  #begin({ index, id }: CallPart): Call {
    const isTaken = id === '' || this.#calls.some((one) => one.id === id)
    const own = isTaken ? `${this.#ids}.${this.#calls.length}` : id
    const call = { index: index ?? undefined, given: id, id: own, name: '', text: '', told: 0 }
    this.#calls.push(call)
    return call
  }
}
