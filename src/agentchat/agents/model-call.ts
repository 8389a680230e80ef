/**
 * Calls a model on behalf of an agent. The only place that calls a model client.
 *
 * Owns: what its calls have used.
 * Invariants: the budget is asked before a call, and given its usage after; the caller's calls are
 * numbered, with the same numbers when the turn runs again; a call that has come back is not made
 * again by a later attempt of the turn that asks the same (D7); the wait ends when the signal
 * aborts; a result is checked before anything else sees it.
 */

import { callOut } from '../../agents/call-out.ts'
import { describe } from '../../errors.ts'
import { digestOf } from '../../messages/payload-digest.ts'
import {
  addUsage,
  type ModelClient,
  type ModelPiece,
  type ModelRequest,
  type ModelResult,
  NO_USAGE,
  type Usage,
} from '../../models/model.ts'
import { type Once, onceIn } from './asking.ts'
import type { ChatContext, Spending } from './chat-agent.ts'
import { brokenClient, checkChunk, checkResult, type ModelCaller } from './model-answer.ts'

/** On whose behalf models are called. */
export interface Asker {
  /** The agent or the team, for errors. */
  readonly name: string
  /** Identifies the call to a client, together with the call's number. */
  readonly key: string
  readonly signal: AbortSignal
  /** Undefined: usage is not counted. */
  readonly spending: Spending | undefined
  /** The number of the next call, starting at 0. */
  nextCall(): number
  /** Makes the call while the limit is held that it is under, if any. */
  withLimit<T>(call: () => Promise<T>): Promise<T>
  /** Undefined: the calls are not made again. */
  readonly once?: Once
}

/** What a caller asks; the rest of the request comes from the asker. */
export type Question = Omit<ModelRequest, 'caller' | 'signal'>

/** A chat agent's turn as an asker. The number of calls is in the agent's state. */
export function askerOf(name: string, context: ChatContext): Asker {
  const { key, signal, spending, state } = context
  const once = onceIn(context)
  return {
    name,
    key,
    signal,
    spending,
    nextCall: () => {
      const call = Number(state.calls ?? 0)
      state.calls = call + 1
      return call
    },
    withLimit: (call) => context.withLimit(call),
    ...(once && { once }),
  }
}

export class ModelCalls {
  readonly #asker: Asker
  #usage: Usage = NO_USAGE

  constructor(asker: Asker) {
    this.#asker = asker
  }

  /** The usage of all calls so far. */
  get usage(): Usage {
    return this.#usage
  }

  /**
   * One whole answer. Rejects with HEDDLE_BUDGET, HEDDLE_MODEL_ANSWER when the client breaks its
   * interface, with what the client rejects with, and with the signal's reason.
   */
  whole(model: ModelClient, question: Question): Promise<ModelResult> {
    return this.#ask(model, question, async (request, asked) => {
      return checkResult(asked, await callOut(this.#asker.signal, () => model.create(request)))
    })
  }

  /**
   * As `whole`, from a stream: `show` is called with each piece of the answer as it comes. The
   * model must be able to stream. An answer that an earlier attempt of the turn had comes whole.
   */
  async inChunks(
    model: ModelClient,
    question: Question,
    show: (piece: ModelPiece) => void,
  ): Promise<ModelResult> {
    let isNew = false
    const result = await this.#ask(model, question, (request, asked) => {
      isNew = true
      return this.#resultOf(model, request, asked, show)
    })
    if (!isNew) for (const piece of piecesOf(result)) show(piece)
    return result
  }

  async #ask(
    model: ModelClient,
    question: Question,
    call: (request: ModelRequest, asked: ModelCaller) => Promise<ModelResult>,
  ): Promise<ModelResult> {
    const { name, key, signal, spending, once } = this.#asker
    signal.throwIfAborted()
    spending?.modelCall()
    const caller = { key, call: this.#asker.nextCall() }
    const asked = { agent: name, client: model.name }
    const make = () => {
      return this.#asker.withLimit(() => call({ ...question, caller, signal }, asked))
    }
    const result = await (once === undefined
      ? make()
      : once(`model ${caller.call} ${digestOf([model.name, question])}`, make))
    spending?.used(result.usage)
    this.#usage = addUsage(this.#usage, result.usage)
    return result
  }

  async #resultOf(
    model: ModelClient,
    request: ModelRequest,
    asked: ModelCaller,
    show: (piece: ModelPiece) => void,
  ): Promise<ModelResult> {
    const { signal } = this.#asker
    const parts = partsOf(await callOut(signal, () => model.stream?.(request)))
    if (parts === undefined) throw brokenClient(asked, "gave a stream that can't be iterated")
    if (typeof Object(parts).next !== 'function') {
      throw brokenClient(asked, `gave a stream whose iterator is ${describe(parts)} without next`)
    }
    try {
      for (;;) {
        const step: unknown = await callOut(signal, () => parts.next())
        const { done, value } = Object(step) as Partial<IteratorResult<unknown>>
        if (done === true) throw brokenClient(asked, 'ended its stream without a result')
        const part = checkChunk(asked, value)
        if (part.kind === 'result') return part.result
        show(part)
      }
    } finally {
      letGo(parts)
    }
  }
}

/** An answer that has come back before, in as few pieces as it can be. */
function piecesOf({ thought = '', content, toolCalls }: ModelResult): ModelPiece[] {
  const pieces: ModelPiece[] = [
    { kind: 'thought', text: thought },
    { kind: 'chunk', text: content },
    ...toolCalls.map(({ id: callId, name, arguments: text }) => {
      return { kind: 'tool-input', callId, name, text } as const
    }),
  ]
  return pieces.filter(({ text }) => text !== '')
}

function partsOf(stream: AsyncIterable<unknown> | undefined): AsyncIterator<unknown> | undefined {
  const begin: unknown = Object(stream)[Symbol.asyncIterator]
  return typeof begin === 'function' ? begin.call(stream) : undefined
}

/**
 * Tells a stream that nobody reads it any more, without waiting for it: a generator that hangs
 * would never answer.
 */
function letGo(parts: AsyncIterator<unknown>): void {
  const told = async () => parts.return?.()
  told().catch(() => {})
}
