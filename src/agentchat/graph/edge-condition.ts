/** Whether an edge is taken. */
import { jsonText } from '../../json-text.ts'
import { type ChatMessage, textOf } from '../messages.ts'
import type { EdgeCondition } from './graph.ts'

export function holds(condition: EdgeCondition | undefined, message: ChatMessage): boolean {
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
      return condition.test(message)
  }
}

/** A condition in few words. */
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
