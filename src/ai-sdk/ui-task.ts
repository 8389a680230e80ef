/** What the user of an interface has said, as the task of a run. */
import { randomUUID } from 'node:crypto'
import type { UIMessage } from 'ai'
import type { ChatMessage } from '../agentchat/messages/chat-message.ts'
import { refuseChat } from '../agentchat/messages/refusal.ts'
import { describe, isRecord } from '../describe.ts'
import type { ContentPart } from '../models/model.ts'

/**
 * The last of the messages, which must be the user's, as a task: what came before is in the
 * conversation already. They come from a browser, so anything else is refused: throws
 * HEDDLE_INVALID_TASK for other parts than texts and pictures, and where there is no text or
 * picture.
 */
export function taskFromUIMessages(messages: readonly UIMessage[]): string | ChatMessage {
  const given: unknown = messages
  if (!Array.isArray(given)) throw refuse(`the messages are ${describe(given)}, and must be a list`)
  const last: unknown = given.at(-1)
  if (!isRecord(last) || last.role !== 'user') {
    const is = isRecord(last) ? `of the role ${describe(last.role)}` : describe(last)
    throw refuse(`the last message of the interface is ${is}, and must be the user's`)
  }
  if (!Array.isArray(last.parts)) throw refuse(`its parts are ${describe(last.parts)}, and no list`)
  const parts = last.parts.flatMap(partOf)
  if (parts.length === 0) throw refuse('the message of the user has no text and no picture')
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  if (texts.length === parts.length) return texts.join('\n')
  return { kind: 'multimodal', id: randomUUID(), source: 'user', content: parts }
}

function refuse(problem: string): Error {
  return refuseChat('task', problem)
}

/** Data parts are the interface's own. */
function partOf(part: unknown): ContentPart[] {
  if (!isRecord(part)) throw refuse(`a part of the user's message is ${describe(part)}`)
  const { type, text, mediaType, url } = part
  if (type === 'text' && typeof text === 'string') return [{ kind: 'text', text }]
  if (type === 'file' && typeof url === 'string') return [pictureOf(String(mediaType), url)]
  if (typeof type === 'string' && type.startsWith('data-')) return []
  throw refuse(
    `a part of the user's message is of the type ${describe(type)}; give texts and files`,
  )
}

function pictureOf(mediaType: string, url: string): ContentPart {
  if (!mediaType.startsWith('image/')) {
    throw refuse(`a file of the user's message is of the type '${mediaType}'; give pictures`)
  }
  const data = /^data:[^,]*;base64,([A-Za-z0-9+/=\s]*)$/.exec(url)?.[1]
  if (data !== undefined) return { kind: 'image', mediaType, data }
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return { kind: 'image-url', url }
  throw refuse(`a picture of the user's message has the URL ${describe(url)}; give data: or https:`)
}
