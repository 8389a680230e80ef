/**
 * Checks that a model client returned what its interface promises, before anything relies on it.
 */

import { dropLate } from '../../agents/call-out.ts'
import { isRecord } from '../../describe.ts'
import { describe, HeddleError } from '../../errors.ts'
import { plainCopy } from '../../messages/plain.ts'
import type { ModelChunk, ModelPiece, ModelResult, ToolCall, Usage } from '../../models/model.ts'

const FINISHES: readonly ModelResult['finish'][] = [
  'stop',
  'length',
  'tool-calls',
  'content-filter',
  'unknown',
]

/** The texts that each piece of an answer has. */
const PIECES: { readonly [Kind in ModelPiece['kind']]: readonly string[] } = {
  chunk: ['text'],
  thought: ['text'],
  'tool-input': ['callId', 'name', 'text'],
}

/** Who called which client: for the error's sentence. */
export interface ModelCaller {
  readonly agent: string
  readonly client: string
}

/** HEDDLE_MODEL_ANSWER: what the client returned breaks its interface. */
export function brokenClient({ agent, client }: ModelCaller, problem: string): HeddleError {
  return new HeddleError('HEDDLE_MODEL_ANSWER', {
    agent,
    problem: `its model client '${client}' ${problem}`,
  })
}

/**
 * The result, with a copy of the part that is kept. Throws HEDDLE_MODEL_ANSWER, which names the
 * agent, the client and the fix.
 */
export function checkResult(asked: ModelCaller, given: unknown): ModelResult {
  if (!isRecord(given)) {
    throw brokenClient(asked, `gave ${describe(given)}, and must give a ModelResult`)
  }
  const { content, toolCalls, thought, finish, usage, metadata } = given
  const refuse = (what: string, value: unknown, must: string) => {
    return brokenClient(asked, `gave a result whose ${what} is ${describe(value)}; ${must}`)
  }
  if (typeof content !== 'string') {
    throw refuse('content', content, "it must be a string, and '' where there is none")
  }
  if (!Array.isArray(toolCalls)) {
    throw refuse('toolCalls', toolCalls, 'it must be a list, and empty where there are none')
  }
  for (const [at, call] of toolCalls.entries()) checkCall(call, at, refuse)
  const ids = toolCalls.map(({ id }: ToolCall) => id)
  const twice = ids.find((id, at) => ids.indexOf(id) < at)
  if (twice !== undefined) {
    const problem = `gave two tool calls with the id ${describe(twice)}; each must have its own`
    throw brokenClient(asked, problem)
  }
  const calls = plainCopy(toolCalls, 'frozen')
  if (calls.kind === 'odd') {
    throw brokenClient(asked, `gave tool calls of which ${calls.problem}; give plain data`)
  }
  if (thought !== undefined && typeof thought !== 'string') {
    throw refuse('thought', thought, 'it must be a string, or undefined where there is none')
  }
  const kept = plainCopy(metadata ?? {}, 'frozen')
  if (kept.kind === 'odd' || !isRecord(kept.value)) {
    throw refuse('metadata', metadata, 'it must be plain data by provider, or undefined')
  }
  if (!FINISHES.includes(finish as never)) {
    throw refuse('finish', finish, `it must be one of ${FINISHES.join(', ')}`)
  }
  return {
    content,
    toolCalls: calls.value as readonly ToolCall[],
    ...(thought !== undefined && { thought }),
    finish: finish as ModelResult['finish'],
    usage: usageOf(usage, refuse),
    ...(metadata !== undefined && { metadata: kept.value }),
  }
}

/** One part of a stream. Throws HEDDLE_MODEL_ANSWER. */
export function checkChunk(asked: ModelCaller, part: unknown): ModelChunk {
  if (isRecord(part)) {
    if (part.kind === 'result') return { kind: 'result', result: checkResult(asked, part.result) }
    const texts = PIECES[part.kind as ModelPiece['kind']] ?? []
    const wrong = texts.find((name) => typeof part[name] !== 'string')
    if (texts.length > 0 && wrong === undefined) return part as unknown as ModelPiece
    if (wrong !== undefined) {
      const is = describe(part[wrong])
      const problem = `streamed a ${part.kind} whose ${wrong} is ${is}, and must be a string`
      throw brokenClient(asked, problem)
    }
  }
  const what = isRecord(part) ? `a part of the kind ${describe(part.kind)}` : describe(part)
  const must = 'a stream yields chunks, each with its text, and last the result'
  throw brokenClient(asked, `streamed ${what}; ${must}`)
}

/** How many tokens a client has counted. Throws HEDDLE_MODEL_ANSWER. */
export function checkCount(asked: ModelCaller, given: unknown): number {
  if (typeof given === 'number' && Number.isFinite(given) && given >= 0) return given
  dropLate(given)
  const must = 'countTokens must give a number at once, 0 or more'
  throw brokenClient(asked, `counted ${describe(given)} as tokens; ${must}`)
}

type Refuse = (what: string, value: unknown, must: string) => HeddleError

function checkCall(call: unknown, at: number, refuse: Refuse): void {
  if (!isRecord(call)) throw refuse(`tool call ${at}`, call, 'it must have id, name and arguments')
  for (const field of ['id', 'name'] as const) {
    if (typeof call[field] === 'string') continue
    throw refuse(`${field} of tool call ${at}`, call[field], 'it must be a string')
  }
  if (typeof call.arguments === 'string') return
  const must = 'give the JSON text, as the model wrote it'
  throw refuse(`arguments of the call to '${call.name}'`, call.arguments, must)
}

function usageOf(usage: unknown, refuse: Refuse): Usage {
  const must = 'give promptTokens and completionTokens, 0 where they are not known'
  if (!isRecord(usage)) throw refuse('usage', usage, must)
  const { promptTokens, completionTokens } = usage
  for (const [name, count] of Object.entries({ promptTokens, completionTokens })) {
    if (!(Number.isFinite(count) && Number(count) >= 0)) throw refuse(`usage.${name}`, count, must)
  }
  return { promptTokens: Number(promptTokens), completionTokens: Number(completionTokens) }
}
