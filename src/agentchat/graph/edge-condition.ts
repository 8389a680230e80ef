/** Whether an edge is taken. */

import { dropLate } from '../../agents/call-out.ts'
import { describe, HeddleError } from '../../errors.ts'
import { jsonText } from '../../json-text.ts'
import { type ChatMessage, textOf } from '../messages/chat-message.ts'
import type { Edge, EdgeCondition } from './graph.ts'

/**
 * Whether an edge is taken. Throws HEDDLE_INVALID_GRAPH when its predicate returns neither true nor
 * false: a promise would always count as true.
 */
export function isTaken(edge: Edge, message: ChatMessage): boolean {
  const { when: condition } = edge
  switch (condition?.kind) {
    case undefined:
      return true
    case 'contains':
      return textOf(message).includes(condition.text)
    case 'field':
      return (
        message.kind === 'structured' &&
        fieldOf(message.content, condition.path) === condition.equals
      )
    case 'predicate':
      return answerOf(edge, condition.test(message))
  }
}

function answerOf({ from, to }: Edge, answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  dropLate(answer)
  const problem = `the predicate of the edge '${from}' → '${to}' gave ${describe(answer)}, and must give true or false at once`
  throw new HeddleError('HEDDLE_INVALID_GRAPH', { problem, path: [from, to] })
}

/** A short name for a condition. */
export function nameOfCondition(condition: EdgeCondition): string {
  if (condition.kind === 'contains') return `'${condition.text}'`
  if (condition.kind === 'field') return `${condition.path} = ${jsonText(condition.equals)}`
  return condition.test.name || 'if'
}

function fieldOf(content: unknown, path: string): unknown {
  let value = content
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
