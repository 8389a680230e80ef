/** What the user of an interface has said, as the task of a run. */
import { randomUUID } from 'node:crypto'
import type { UIMessage } from 'ai'
import type { ChatMessage } from '../agentchat/messages/chat-message.ts'
import { describe, isRecord } from '../describe.ts'
import { HeddleError } from '../errors.ts'
import type { ContentPart } from '../models/model.ts'
import { pictureProblem } from '../models/pictures.ts'

/**
 * The last of the messages, which must be the user's, as a task: what came before is in the
 * conversation already. They come from a browser, so only texts and pictures are taken, a picture
 * as its bytes or by an https: URL of a public host. Data parts are the interface's own, and left
 * out. Throws HEDDLE_INVALID_TASK for any other part, and where there is neither a text that is not
 * blank nor a picture.
 */
export function taskFromUIMessages(messages: readonly UIMessage[]): string | ChatMessage {
  const given: unknown = messages
  if (!Array.isArray(given)) {
    throw refuse(`the messages are ${describe(given)}, and must be the list that useChat sends`)
  }
  const last: unknown = given.at(-1)
  if (!isRecord(last) || last.role !== 'user') {
    const is = isRecord(last) ? `of the role ${describe(last.role)}` : describe(last)
    throw refuse(`the last message of the interface is ${is}, and must be the user's`)
  }
  if (!Array.isArray(last.parts)) {
    throw refuse(`the parts of the user's message are ${describe(last.parts)}, and must be a list`)
  }
  const parts = Array.from(last.parts).flatMap(partOf)
  if (parts.length === 0) throw refuse("the user's message has no text and no picture")
  const texts = parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []))
  if (texts.length === parts.length) return texts.join('\n')
  return { kind: 'multimodal', id: randomUUID(), source: 'user', content: parts }
}

function refuse(problem: string): Error {
  return new HeddleError('HEDDLE_INVALID_TASK', { problem })
}

function partOf(part: unknown): ContentPart[] {
  if (!isRecord(part)) {
    throw refuse(`a part of the user's message is ${describe(part)}, and must be an object`)
  }
  const { type, text, mediaType, url } = part
  if (type === 'text') {
    if (typeof text !== 'string') {
      throw refuse(`a text of the user's message is ${describe(text)}, and must be a string`)
    }
    return text.trim() === '' ? [] : [{ kind: 'text', text }]
  }
  if (type === 'file') return [pictureOf(mediaType, url)]
  if (typeof type === 'string' && type.startsWith('data-')) return []
  throw refuse(`a part of the user's message has the type ${describe(type)}; send texts and files`)
}

function pictureOf(mediaType: unknown, url: unknown): ContentPart {
  if (typeof mediaType !== 'string' || !/^image(\/|$)/i.test(mediaType)) {
    throw refuse(
      `a file of the user's message is of the type ${describe(mediaType)}; send pictures`,
    )
  }
  const picture = typeof url === 'string' ? readPicture(mediaType, url) : undefined
  if (picture !== undefined) return picture
  throw refuse(
    `a picture of the user's message has the URL ${describe(url)}; send its bytes as data:, or a ` +
      'URL with https: of a public host',
  )
}

/** Undefined: its URL is neither of its bytes nor one of a public host. */
function readPicture(mediaType: string, url: string): ContentPart | undefined {
  const comma = url.startsWith('data:') ? url.indexOf(',') : -1
  if (comma === -1) return isPublic(url) ? { kind: 'image-url', url } : undefined
  const [type = '', ...attributes] = url.slice('data:'.length, comma).split(';')
  if (attributes.at(-1) !== 'base64') return undefined
  const isOf = /^image(\/\*)?$/i.test(mediaType) || type.toLowerCase() === mediaType.toLowerCase()
  if (!isOf) {
    const says = `${describe(mediaType)}, and its URL says ${describe(type)}`
    throw refuse(`a picture of the user's message is of the type ${says}`)
  }
  const data = url.slice(comma + 1).replaceAll(/\s/g, '')
  const picture = { kind: 'image', mediaType: type, data } as const
  const problem = pictureProblem(picture)
  if (problem !== undefined) throw refuse(`of a picture of the user's message, ${problem}`)
  return picture
}

/** By its name: what the name leads to is not looked up. */
function isPublic(url: string): boolean {
  const { protocol, hostname = '', username, password } = URL.parse(url) ?? {}
  if (protocol !== 'https:' || username !== '' || password !== '') return false
  const last = hostname.replace(/\.$/, '').split('.').slice(1).at(-1) ?? '' // no IP address either
  return /^[a-z][a-z0-9-]*$/.test(last) && !/^(local|localhost|internal|lan|home)$/.test(last)
}
