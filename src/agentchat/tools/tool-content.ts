/** What a tool shows a model beside text: pictures. */
import * as z from 'zod'
import type { ContentPart } from '../../models/model.ts'
import { readAs } from '../messages/chat-message.ts'
import { contentPart } from '../messages/model-message.ts'
import { refuseChat } from '../messages/refusal.ts'

/** The parts of a tool's result, as `toolContent` made them. */
export interface ToolContent {
  readonly parts: readonly ContentPart[]
}

const made = new WeakSet<object>()

/**
 * A result of texts and pictures, for a tool to return. A model that can't see is shown `<image>`.
 * Throws HEDDLE_INVALID_CHAT_AGENT.
 */
export function toolContent(parts: readonly ContentPart[]): ToolContent {
  const read = readAs<readonly ContentPart[]>(z.array(contentPart).nonempty(), parts)
  if (read.kind === 'refused') throw refuseChat('tool', `of its parts, ${read.problem}`)
  const content = Object.freeze({ parts: read.value })
  made.add(content)
  return content
}

/** The parts of what a tool has returned, if `toolContent` made it. */
export function partsIn(value: unknown): readonly ContentPart[] | undefined {
  return made.has(value as object) ? (value as ToolContent).parts : undefined
}
